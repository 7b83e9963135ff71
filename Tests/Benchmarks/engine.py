"""The engine beside the tools that people use, in one run: nothing to do, cold, restored, hashed, started, remembered.

usage: python3 Tests/Benchmarks/engine.py [PAWL] [--only W1,W2] [--rounds 9] [--write]

PAWL is the binary (default .build-release/release/pawl). Every row is a whole process from nothing, measured from
outside; the rows of a table take turns, each round another one first, so that a machine whose speed drifts slows all
alike, and a ratio is taken between runs of one round. What a run leaves is put back before the next, untimed, and every
run is looked at afterwards: a row that did not do its work ends the benchmark. CPU is user and system time with that
of the children.

  W1   nothing to do on a layered workflow     W3   digests of one large and of many small files; both again, unchanged
  W2   the same workflow cold                  W7   `--version`, `--help`, a gate on two JSON files
  W2r  its outputs deleted, to be restored     W9   64 stages of a second, sixteen at a time; how well that was foretold

It needs cc, ninja, make, git, openssl and b3sum (Debian: gcc ninja-build make git openssl b3sum); DVC and doit are
installed into a venv that this script makes in a temporary folder, or PEERS_VENV names one that has them. About 4 GB of
that folder are used. With --write the tables replace those between the marks in Tests/Benchmarks/README.md. A benchmark
is no test: nothing here fails for being slow.
"""
import argparse
import fcntl
import hashlib
import itertools
import json
import os
import pty
import random
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

import timing
from layered import Layered, save
from timing import Row, cpu, wall

PACKAGES = ["dvc==3.67.1", "doit==0.37.0"]
TOOLS = ["cc", "ninja", "make", "git", "openssl", "b3sum"]
LARGE = 2 << 30
SMALL, SMALL_SIZE = 50_000, 4096
# MiB of pawl's own peak, by the number of stages.
MEMORY = {1_000: 40, 10_000: 150}


class Bench:
    """Where the tools are, what was found so far."""

    def __init__(self, scratch, pawl, rounds):
        self.scratch, self.pawl, self.rounds = scratch, pawl, rounds
        self.launch = timing.Launcher(scratch)
        self.floors = timing.compiled("floors.c", scratch)
        self.peers = timing.peers(scratch, PACKAGES)
        self.launch.environment["PATH"] = self.peers + os.pathsep + os.environ["PATH"]
        self.graphs, self.folders = {}, 0
        self.lines, self.limits, self.peaks = [], [], {}

    def folder(self):
        self.folders += 1
        path = os.path.join(self.scratch, f"{self.folders:03d}")
        os.makedirs(path)
        return path

    def graph(self, count):
        return self.graphs.setdefault(count, Layered(count))

    def layered(self, count, tool):
        return self.graph(count).write(self.folder(), tool)

    def once(self, row):
        """What brings a row's folder into the state that it needs, untimed."""
        row.run(self.launch)

    def case(self, title, rows, rounds=None):
        """Runs the rows, the first of which is pawl's, and keeps their table."""
        print(f"# {title}", file=sys.stderr, flush=True)
        timing.take_turns(self.launch, rows, rounds or self.rounds)
        lines = timing.table(title, rows[0], rows)
        self.lines += lines
        print("\n".join(lines), flush=True)

    def limit(self, what, figure, most, unit, digits=1):
        held = "✓" if figure <= most else "✗"
        self.limits.append(f"| {what} | {figure:.{digits}f} {unit} | ≤ {most:g} {unit} {held} |")

    def remember_peak(self, stages, row):
        self.peaks[stages] = max([self.peaks.get(stages, 0)] + [run.peak for run in row.runs.values()])


def says(text):
    return lambda run: run.status == 0 and text in run.output


aside = itertools.count()


def without(folder, *paths, keeps=()):
    """Takes away what a tool has made and what it remembers.

    Nothing is removed: ext4 passes over the inodes of files that were removed in the last seconds one by one, which
    would charge whoever makes files next with up to a millisecond for each.
    """
    def ready():
        place = os.path.join(os.path.dirname(folder), "aside", str(next(aside)))
        os.makedirs(place)
        for path in (*paths, "out"):
            if os.path.exists(os.path.join(folder, path)):
                os.rename(os.path.join(folder, path), os.path.join(place, os.path.basename(path)))
        os.mkdir(os.path.join(folder, "out"))
        for name in keeps:
            shutil.copy(os.path.join(place, "out", name), os.path.join(folder, "out", name))

    return ready


# W1


def nothing_to_do(bench):
    for count in (100, 1_000, 10_000):
        graph = bench.graph(count)
        places = {tool: bench.layered(count, tool) for tool in ("pawl", "ninja", "make", "doit", "floor")}
        graph.make_outputs(places["floor"])
        ours = [bench.pawl, "run", "pawl.yaml", "--quiet"]
        rows = [
            Row("pawl", ours, places["pawl"], proof=says("all up to date")),
            Row("ninja", ["ninja"], places["ninja"], proof=says("no work to do"),
                goal={1_000: 0.7, 10_000: 0.5}.get(count)),
            Row("make", ["make"], places["make"], proof=says("Nothing to be done")),
            Row("doit", ["doit"], places["doit"], proof=lambda run: run.status == 0 and "\n.  " not in run.output),
            Row("stat every path (C)", [bench.floors, "stat", "paths"], places["floor"], proof=says("done")),
        ]
        # The second run of pawl finds nothing to do and keeps its trace.
        for words, place in ((ours, "pawl"), (ours, "pawl"), (["ninja"], "ninja"), (["make"], "make"), (["doit"], "doit")):
            bench.once(Row(place, words, places[place]))
        if count == 100:
            rows.append(Row("dvc repro", ["dvc", "repro"], bench.layered(count, "dvc"), proof=says("up to date")))
        bench.case(f"W1: nothing to do, {count:,} stages", rows, bench.rounds * (3 if count < 10_000 else 1))
        bench.remember_peak(count, rows[0])
        planned_anew(bench, count, places)


def planned_anew(bench, count, places):
    """The workflow file has changed, its meaning has not: all is planned and found done."""
    def touched(file):
        def ready():
            with open(file, "a") as text:
                text.write("# again\n")

        return ready

    rows = [
        Row("pawl", [bench.pawl, "run", "pawl.yaml", "--quiet"], places["pawl"],
            touched(os.path.join(places["pawl"], "pawl.yaml")), says("all up to date")),
        Row("ninja", ["ninja"], places["ninja"], touched(os.path.join(places["ninja"], "build.ninja")),
            says("no work to do")),
    ]
    bench.case(f"W1: nothing to do, {count:,} stages, a comment in the workflow's file", rows)
    bench.remember_peak(count, rows[0])


# W2


def cold(bench):
    for count in (10, 100, 1_000, 10_000):
        graph = bench.graph(count)
        places = {tool: bench.layered(count, tool) for tool in ("pawl", "ninja", "make", "floor")}
        dvc = bench.layered(count, "dvc") if count == 100 else None
        for jobs in (1, 2) if count < 10_000 else (2,):
            def row(name, tool, argv, *state, **more):
                place = dvc if tool == "dvc" else places[tool]
                return Row(name, argv, place, without(place, *state, keeps=[".gitignore"] * (tool == "dvc")),
                           lambda run: run.status == 0 and graph.are_made(place), **more)

            slow = count == 10_000
            rows = [
                row("pawl", "pawl", [bench.pawl, "run", "pawl.yaml", "--quiet", "--jobs", str(jobs)], ".pawl",
                    "pawl-report", slow=slow),
                row("ninja", "ninja", ["ninja", f"-j{jobs}"], ".ninja_log", ".ninja_deps", slow=slow, goal=1.05),
                row("make", "make", ["make", f"-j{jobs}"], slow=slow),
                row("posix_spawn of sh (C)", "floor", [bench.floors, "spawn", "commands", str(jobs)], slow=slow),
            ]
            if dvc and jobs == 1:
                rows.append(row("dvc repro", "dvc", ["dvc", "repro"], "dvc.lock", ".dvc/cache", ".dvc/tmp",
                                bench.launch.environment["DVC_SITE_CACHE_DIR"], slow=True, goal=1 / 80))
            bench.case(f"W2: cold, {count:,} stages, {jobs} at a time", rows)
            bench.remember_peak(count, rows[0])
            own = [(run.cpu - rows[3].runs[turn].cpu) * 1000 / count for turn, run in rows[0].runs.items()]
            if count >= 100:
                bench.limit(f"own CPU a stage, {count:,} stages, {jobs} at a time", statistics.median(own), 0.1, "ms", 3)


def restore(bench):
    for count in (100, 1_000):
        graph = bench.graph(count)
        places = {tool: bench.layered(count, tool) for tool in ("pawl", "floor", "dvc")}
        ours = [bench.pawl, "run", "pawl.yaml", "--quiet"]
        bench.once(Row("pawl", ours, places["pawl"]))
        graph.make_outputs(places["floor"])
        shutil.copytree(os.path.join(places["floor"], "out"), os.path.join(places["floor"], "kept"))

        def row(name, tool, argv, goal=None):
            place = places[tool]
            return Row(name, argv, place, without(place, keeps=[".gitignore"] * (tool == "dvc")),
                       lambda run: run.status == 0 and graph.are_made(place), goal)

        rows = [
            row("pawl", "pawl", ours),
            row("dvc checkout", "dvc", ["dvc", "checkout"], 0.02),
            row("cp -r", "floor", ["cp", "-r", "kept/.", "out"], 2),
        ]
        bench.case(f"W2r: {count:,} deleted outputs restored", rows)


# W3


def reading(bench, what):
    """A project of one stage that reads `what`."""
    place = bench.folder()
    os.makedirs(os.path.join(place, "out"))
    save(place, "pawl.yaml", f"pawl: 1\nname: reads\nstages:\n  read:\n    run: 'true'\n    inputs: [{what}]\n")
    return place


def one_large_file(bench):
    place = reading(bench, "data.bin")
    chance, digest = random.Random(3), hashlib.sha256()
    with open(os.path.join(place, "data.bin"), "wb") as file:
        for _ in range(LARGE >> 20):
            piece = chance.randbytes(1 << 20)
            digest.update(piece)
            file.write(piece)
    kept = os.path.join(place, ".pawl", "digests")
    rows = [
        Row("pawl plan", [bench.pawl, "plan", "pawl.yaml"], place, without(place, ".pawl"),
            lambda run: run.status == 0 and digest.digest() in open(kept, "rb").read()),
        Row("openssl dgst -sha256", ["openssl", "dgst", "-sha256", "data.bin"], place, proof=says(digest.hexdigest()),
            goal=1.0),
        Row("b3sum, one thread", ["b3sum", "--num-threads", "1", "data.bin"], place),
    ]
    bench.case(f"W3: the digest of one file of {LARGE >> 20:,} MiB", rows, min(bench.rounds, 5))
    shutil.rmtree(place)


def many_small_files(bench):
    place, chance, paths = reading(bench, "many"), random.Random(4), []
    for index in range(SMALL):
        folder = f"many/d{index // 1000:02d}"
        if index % 1000 == 0:
            os.makedirs(os.path.join(place, folder))
        paths.append(f"{folder}/f{index:05d}.bin")
        with open(os.path.join(place, paths[-1]), "wb") as file:
            file.write(chance.randbytes(SMALL_SIZE))
    save(place, "paths", "".join(path + "\n" for path in paths))
    save(place, ".gitignore", ".pawl/\npawl-report/\npaths\n")
    git = ["git", "-C", place, "-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "files"], ["status"]):
        subprocess.run([*git, *words], check=True, env=bench.launch.environment, stdout=subprocess.DEVNULL)
    plan, run = [bench.pawl, "plan", "pawl.yaml"], [bench.pawl, "run", "pawl.yaml", "--quiet"]
    kept = os.path.join(place, ".pawl", "digests")
    bench.case(f"W3: the digests of {SMALL:,} files of {SMALL_SIZE // 1024} KiB", [
        Row("pawl plan", plan, place, without(place, ".pawl"),
            lambda run: run.status == 0 and os.path.getsize(kept) >= SMALL * 32),
        Row("b3sum, two processes", ["sh", "-c", "xargs -a paths -P 2 -n 1000 b3sum --num-threads 1 > /dev/null"], place,
            goal=1.05),
        Row("sha256sum, two processes", ["sh", "-c", "xargs -a paths -P 2 -n 1000 sha256sum > /dev/null"], place),
    ])
    again = [
        Row("git status", ["git", "status", "--porcelain"], place, proof=lambda run: run.status == 0 and not run.output,
            goal=1.0),
        Row("stat every path (C)", [bench.floors, "stat", "paths"], place, proof=says("done")),
    ]
    for words in (run, run):
        bench.once(Row("pawl", words, place))
    for name, words in (("pawl run", run), ("pawl plan", plan)):
        for row in again:
            row.runs = {}
        rows = [Row(name, words, place, proof=says("all up to date")), *again]
        bench.case(f"W3: {SMALL:,} unchanged files looked at again, `{name}`", rows)
    shutil.rmtree(place)


# W7


def starting(bench):
    place, rounds = bench.folder(), bench.rounds * 5
    for asks, goal in (("--version", 1.0), ("--help", 1.0)):
        rows = [
            Row(f"pawl {asks}", [bench.pawl, asks], place, proof=says("pawl")),
            # Asked for help, ninja gives it and exits with 1.
            Row(f"ninja {asks}", ["ninja", asks], place, proof=lambda run: run.status < 2 and run.output, goal=goal),
            Row(f"make {asks}", ["make", asks], place),
            Row(f"git {asks}", ["git", asks], place),
            Row("/bin/true", ["/bin/true"], place),
        ]
        bench.case(f"W7: `{asks}`", rows, rounds)
        bench.limit(f"peak memory of `{asks}`", max(run.peak for run in rows[0].runs.values()), 6, "MiB")
    for name, accuracy in (("new", 0.912), ("old", 0.915)):
        save(place, f"{name}.json", json.dumps({"accuracy": accuracy}))
    compare = ("import json; new, old = (json.load(open(f + '.json'))['accuracy'] for f in ('new', 'old'))\n"
               "print('pass' if new >= old - 0.01 else 'fail')")
    bench.case("W7: a gate on two JSON files", [
        Row("pawl gate", [bench.pawl, "gate", "--candidate", "new.json", "--baseline", "old.json", "--rule",
                          "accuracy >= baseline - 1pt"], place, proof=says("pass")),
        Row("python3, seven words of it", ["python3", "-c", compare], place, proof=says("pass")),
    ], rounds)


# W9


def sixteen_at_a_time(bench):
    names = [f"s{index:02d}" for index in range(64)]
    ours, theirs = bench.folder(), bench.folder()
    save(ours, "pawl.yaml", "pawl: 1\nname: sleeps\nstages:\n" + "".join(
        f"  {name}:\n    run: sleep 1 && echo {name} > out/{name}\n    outputs: [out/{name}]\n" for name in names))
    save(theirs, "build.ninja", "rule s\n  command = sleep 1 && echo $out > $out\n" + "".join(
        f"build out/{name}: s\n" for name in names))
    for place in (ours, theirs):
        os.makedirs(os.path.join(place, "out"))
    command = [bench.pawl, "run", "pawl.yaml", "--jobs", "16"]

    def made(place):
        return lambda run: run.status == 0 and sorted(os.listdir(os.path.join(place, "out"))) == names

    rows = [
        Row("pawl", [*command, "--quiet"], ours, without(ours, ".pawl"), made(ours)),
        Row("ninja", ["ninja", "-j16"], theirs, without(theirs, ".ninja_log"), made(theirs)),
    ]
    bench.case("W9: 64 stages of `sleep 1`, sixteen at a time", rows, min(bench.rounds, 3))
    bench.limit("64 stages of a second, `--jobs 16`", rows[0].median(wall), 6, "s")
    told, took = foretold([*command, "--force"], ours)
    bench.limit(f"the second run's forecast, {told:.1f} s, is off the {took:.1f} s it took by",
                abs(told - took) / took * 100, 20, "%", 0)


def foretold(command, place):
    """Seconds that the live view first says are left, and that are left then in truth."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k != "CI"} | {"TERM": "xterm"}
    child = subprocess.Popen(command, cwd=place, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    text, found, at = "", None, 0.0
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:
            break
        text += piece.decode(errors="replace")
        if not found:
            found, at = re.search(r"about ([0-9.]+) (ms|s) left", text), time.monotonic()
    child.wait()
    left = time.monotonic() - at
    os.close(ours)
    if child.returncode or not found:
        sys.exit(f"no forecast was seen in {text[-800:]!r}")
    return float(found[1]) / (1000 if found[2] == "ms" else 1), left


WORKLOADS = {
    "W1": [nothing_to_do], "W2": [cold], "W2r": [restore], "W3": [one_large_file, many_small_files], "W7": [starting],
    "W9": [sixteen_at_a_time],
}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("pawl", nargs="?", default=".build-release/release/pawl")
    options.add_argument("--only", default=",".join(WORKLOADS))
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--write", action="store_true")
    wanted = options.parse_args()
    only = wanted.only.split(",")
    if wanted.write and set(only) != set(WORKLOADS):
        options.error("--write puts all tables into the README: leave --only out")
    if unknown := set(only) - set(WORKLOADS):
        options.error(f"no workload is called {', '.join(sorted(unknown))}: there are {', '.join(WORKLOADS)}")
    if absent := timing.missing(*TOOLS):
        options.error(f"not installed: {', '.join(absent)}")
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(scratch, os.path.abspath(wanted.pawl), wanted.rounds)
        for name in only:
            for workload in WORKLOADS[name]:
                workload(bench)
        for stages, most in MEMORY.items():
            if stages in bench.peaks:
                bench.limit(f"peak memory at {stages:,} stages, the most of all runs", bench.peaks[stages], most, "MiB")
        if bench.limits:
            limits = ["", "| limit | figure | goal |", "|---|--:|--:|", *bench.limits]
            print("\n".join(limits))
            bench.lines += limits
    if wanted.write:
        timing.write("engine.py", f"{os.cpu_count()} processors.\n" + "\n".join(bench.lines))


if __name__ == "__main__":
    main()
