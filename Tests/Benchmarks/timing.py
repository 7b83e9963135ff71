"""What the benchmarks share: a process measured from outside, rows that take turns, a table with ratios, peers in a venv."""
import dataclasses
import os
import shutil
import statistics
import subprocess
import sys
import typing
import venv

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclasses.dataclass
class Run:
    """One process that ended: wall and CPU (user and system, children included) in seconds, the largest peak in MiB."""

    wall: float
    cpu: float
    peak: float
    status: int
    output: str


class Launcher:
    """Starts whole processes by a small C program and returns what the kernel says of them."""

    def __init__(self, folder):
        self.folder = folder
        self.binary = compiled("launch.c", folder)
        self.log = os.path.join(folder, "output.log")
        # Nobody's settings, and Python tools that stay off the network.
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("DVC_", "GIT_"))} | {
            "LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": "/dev/null", "DVC_NO_ANALYTICS": "1", "DO_NOT_TRACK": "1",
            "DVC_SITE_CACHE_DIR": os.path.join(folder, "dvc-site"), "XDG_CACHE_HOME": os.path.join(folder, "caches"),
        }

    def __call__(self, argv, folder="."):
        told = subprocess.run([self.binary, self.log, *argv], cwd=folder, env=self.environment, check=True,
                              capture_output=True, text=True)
        wall, cpu, peak, status = map(int, told.stdout.split())
        with open(self.log, errors="replace") as log:
            return Run(wall / 1e9, cpu / 1e6, peak / 1024, status, log.read())


@dataclasses.dataclass
class Row:
    """One tool's way to do a case's work.

    `ready` brings back the state from before it, untimed; `proof` looks whether the work was done; `goal` is the most
    that pawl may take as a share of this row. A `slow` row runs once, without a warm-up.
    """

    name: str
    argv: list
    folder: str = "."
    ready: typing.Callable[[], None] = lambda: None
    proof: typing.Callable[[Run], bool] = lambda run: run.status == 0
    goal: float = None
    slow: bool = False
    runs: dict = dataclasses.field(default_factory=dict)

    def run(self, launch):
        self.ready()
        run = launch(self.argv, self.folder)
        if not self.proof(run):
            sys.exit(f"{self.name} ({' '.join(self.argv)[:200]}) did not do its work: status {run.status}, "
                     f"{run.output[-600:]}")
        return run

    def median(self, of):
        return statistics.median(of(run) for run in self.runs.values())


def take_turns(launch, rows, rounds, budget=20):
    """Runs every row in every round, each time another first; one that would take over `budget` seconds runs less."""
    quota = {}
    for row in rows:
        warm = None if row.slow else row.run(launch).wall
        quota[row.name] = 1 if warm is None else max(2, min(rounds, int(budget / warm)))
    for turn in range(rounds):
        first = turn % len(rows)
        for row in rows[first:] + rows[:first]:
            if turn < quota[row.name]:
                row.runs[turn] = row.run(launch)


def ratios(ours, theirs, of):
    """Ours by theirs, of the rounds that both ran in."""
    return [of(run) / max(of(theirs.runs[turn]), 1e-9) for turn, run in ours.runs.items() if turn in theirs.runs]


def wall(run):
    return run.wall


def cpu(run):
    return run.cpu


def spread(values, digits=2):
    """The median, with the least and the most."""
    values = list(values)
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} … {max(values):.{digits}f})"


def table(title, ours, rows):
    """Lines of a table: every row's own figures, and what part of them `ours` takes."""
    unit, scale = ("s", 1) if ours.median(wall) >= 1 else ("ms", 1000)
    lines = ["", f"**{title}**", "",
             f"| row | runs | wall {unit} | CPU {unit} | peak MiB | pawl / it: wall | CPU | goal |",
             "|---|--:|--:|--:|--:|--:|--:|--:|"]
    for row in rows:
        figures = [spread(run.wall * scale for run in row.runs.values()), f"{row.median(cpu) * scale:.2f}",
                   f"{max(run.peak for run in row.runs.values()):.0f}"]
        shares = ["", "", ""]
        if row is not ours:
            walls, cpus = ratios(ours, row, wall), ratios(ours, row, cpu)
            digits = 2 if statistics.median(walls) >= 0.1 else 4
            shares = [spread(walls, digits), spread(cpus, digits), verdict(row.goal, walls, cpus)]
        lines.append("| " + " | ".join([row.name, str(len(row.runs)), *figures, *shares]) + " |")
    return lines


def verdict(goal, walls, cpus):
    """The goal, and by which measure it is missed."""
    if goal is None:
        return ""
    missed = [name for name, values in (("wall", walls), ("CPU", cpus)) if statistics.median(values) > goal]
    return f"≤ {goal:.4g} " + ("✗ " + ", ".join(missed) if missed else "✓")


def compiled(source, folder):
    """A C program of this folder, built into `folder`."""
    binary = os.path.join(folder, source.removesuffix(".c"))
    subprocess.run(["cc", "-O2", "-o", binary, os.path.join(HERE, source)], check=True)
    return binary


def peers(folder, packages):
    """The `bin` of a venv that has the packages: the one that PEERS_VENV names, or a new one."""
    named = os.environ.get("PEERS_VENV")
    target = os.path.abspath(named) if named else os.path.join(folder, "peers")
    if not named:
        venv.create(target, with_pip=True)
        subprocess.run([os.path.join(target, "bin", "python"), "-m", "pip", "install", "-q", *packages], check=True)
    return os.path.join(target, "bin")


def missing(*tools):
    """Those that are not installed."""
    return [tool for tool in tools if not shutil.which(tool)]


def write(name, text):
    """Puts a table between its marks in this folder's README."""
    path = os.path.join(HERE, "README.md")
    page = open(path).read()
    mark = f"<!-- {name} -->"
    before, _, rest = page.partition(mark)
    open(path, "w").write(f"{before}{mark}\n{text}\n<!-- end -->{rest.partition('<!-- end -->')[2]}")
