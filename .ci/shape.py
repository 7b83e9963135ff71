"""Holds the tree to its own rules: no upward import, a pure core, short files and functions.

Prints every offender; exits 1 when a rule without exceptions is broken. Files above 400 lines must say why at the top.
"""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
order = [
    "PawlStatistics", "PawlCore", "PawlFormats", "CPawlSystem", "PawlSystem", "PawlGate", "PawlWorkflow", "PawlEngine",
    "PawlReports", "pawl",
]
pure = {"PawlStatistics", "PawlCore", "PawlGate"}
outside = {
    "PawlFormats": {"Yams", "TOMLKit"}, "PawlSystem": {"Crypto"}, "PawlReports": {"Mustache"}, "pawl": {"ArgumentParser"},
}
everywhere = {"Glibc", "Synchronization", "FoundationEssentials"}
problems = []

for target in order:
    for path in sorted((root / "Sources" / target).rglob("*.swift")):
        text = path.read_text()
        name = path.relative_to(root)
        lines = text.count("\n")
        if lines > 400 and "one thing" not in text[:2000]:
            problems.append(f"{name}: {lines} lines, and no reason at its top")
        for module in re.findall(r"^(?:\w+ )?import (?:struct |enum |func )?(\w+)", text, re.M):
            if module in order:
                if order.index(module) >= order.index(target):
                    problems.append(f"{name}: imports {module}, which is not above {target}")
            elif target in pure and module not in {"Glibc", "Synchronization"}:
                problems.append(f"{name}: {target} is pure and must not import {module}")
            elif module not in everywhere | outside.get(target, set()):
                problems.append(f"{name}: {target} must not import {module}")
        for found in re.finditer(r"\btry!|\bfatalError\(|\bas!|@unchecked Sendable", text):
            problems.append(f"{name}: `{found.group(0)}`")
        if re.search(r"(Utils?|Helpers?|Manager|Misc|Common)\.swift$", path.name):
            problems.append(f"{name}: the name says nothing")

# What stands in an extension folder must be offered: a file that no catalogue names is dead.
reports = (root / "Sources/pawl/Catalogue.swift").read_text()
kinds = "".join(path.read_text() for path in (root / "Sources/PawlWorkflow").rglob("*.swift") if "StageKind.Type" in path.read_text())
for folder, protocol, catalogue in [
    ("Sources/PawlReports/Formats", "Report", reports), ("Sources/PawlWorkflow/Kinds", "StageKind", kinds)
]:
    for path in sorted((root / folder).glob("*.swift")):
        for name in re.findall(rf"enum (\w+): {protocol}\b", path.read_text()):
            if f"{name}.self" not in catalogue:
                problems.append(f"{path.relative_to(root)}: `{name}` is in no catalogue")

for problem in problems:
    print(problem)
print(f"{len(problems)} problems of shape")
sys.exit(1 if problems else 0)
