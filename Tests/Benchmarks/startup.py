"""Start-up beside the peers, in one run: `python3 Tests/Benchmarks/startup.py .build-release/release/pawl`.

Whole processes, interleaved so that a machine whose speed drifts slows all alike; prints medians and ratios to each
peer that is installed. A benchmark is no test: nothing here fails.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 40


def main(pawl):
    with tempfile.TemporaryDirectory() as folder:
        new, old = os.path.join(folder, "new.json"), os.path.join(folder, "old.json")
        json.dump({"accuracy": 0.912}, open(new, "w"))
        json.dump({"accuracy": 0.915}, open(old, "w"))
        rule = "accuracy >= baseline - 1pt"
        rows = {
            "/bin/true": ["/bin/true"],
            "ninja --version": ["ninja", "--version"],
            "make --version": ["make", "--version"],
            "git --version": ["git", "--version"],
            "python3 -c pass": ["python3", "-c", "pass"],
            "pawl --version": [pawl, "--version"],
            "pawl --help": [pawl, "--help"],
            "pawl gate, two JSON files": [pawl, "gate", "--candidate", new, "--baseline", old, "--rule", rule],
        }
        rows = {name: argv for name, argv in rows.items() if shutil.which(argv[0])}
        times = {name: [] for name in rows}
        for round in range(ROUNDS + 2):
            for name, argv in rows.items():
                start = time.perf_counter()
                subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
                if round >= 2:
                    times[name].append(time.perf_counter() - start)
        medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
        print(f"| command | median ms | min ms | x ninja | x /bin/true |\n|---|--:|--:|--:|--:|")
        for name, median in medians.items():
            ninja = f"{median / medians['ninja --version']:.2f}" if "ninja --version" in medians else "–"
            print(f"| {name} | {median:.2f} | {min(times[name]) * 1000:.2f} | {ninja} | {median / medians['/bin/true']:.2f} |")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".build-release/release/pawl"))
