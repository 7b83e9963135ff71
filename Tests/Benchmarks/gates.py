"""Gates on a million pairs beside what a careful user would write with the public Python tools, in one run.

usage: python3 Tests/Benchmarks/gates.py [PAWL] [--rows 1000000] [--rounds 7] [--auc-rounds 3] [--write]

PAWL is the binary (default .build/release/pawl). Both sides read the same two CSV files and start from nothing: whole
processes, in turn (pawl, peer, peer, pawl …), so that a machine whose speed drifts slows both alike; a ratio is taken
between neighbours, and the table has its median, minimum and maximum. CPU is user + system time of the whole process.

The peers: polars reads and joins, NumPy computes (accuracy by the multinomial trick, DeLong by midranks, McNemar by
hand), numba bootstraps the AUC over presorted scores with all cores. They are installed into a venv that this script
makes in a temporary folder, or PEERS_VENV names one that has them. With --write the table replaces the one between the
marks in Tests/Benchmarks/README.md. A benchmark is no test: nothing here fails for being slow.
"""
import argparse
import os
import subprocess
import tempfile

import timing
from timing import Row, cpu, spread, wall

PACKAGES = ["numpy==2.4.6", "polars==2.1.0", "numba==0.68.1"]
DRAWS = 10_000

GENERATE = r"""
import sys
import numpy as np
folder, n = sys.argv[1], int(sys.argv[2])
r = np.random.default_rng(20_26)
label = r.random(n) < 0.3
shared = r.normal(size=n)
for name, gap in (("baseline", 1.2), ("candidate", 1.25)):
    score = 1 / (1 + np.exp(-(gap * (label - 0.5) + 0.8 * shared + 0.6 * r.normal(size=n))))
    with open(f"{folder}/{name}.csv", "w") as out:
        out.write("id,label,predicted,score\n")
        out.writelines(f"{i},{y:d},{s >= 0.5:d},{s:.9f}\n" for i, (y, s) in enumerate(zip(label, score)))
"""

PEER = r"""
import sys
from math import erfc, sqrt
import numpy as np
import polars as pl

what, folder, draws = sys.argv[1], sys.argv[2], int(sys.argv[3])

def side(name):
    return pl.read_csv(f"{folder}/{name}.csv", columns=["id", "label", "score"])

both = side("baseline").join(side("candidate"), on="id", how="inner", suffix="_new")
y = both["label"].to_numpy() == 1
old, new = both["score"].to_numpy(), both["score_new"].to_numpy()
n = len(y)

def disagreeing():
    was, now = (old >= 0.5) == y, (new >= 0.5) == y
    return int((was & ~now).sum()), int((~was & now).sum())

def midranks(x):
    order = np.argsort(x)
    z = x[order]
    first = np.flatnonzero(np.concatenate(([True], z[1:] != z[:-1])))
    last = np.concatenate((first[1:], [len(z)]))
    ranks = np.empty(len(x))
    ranks[order] = np.repeat((first + last + 1) / 2, last - first)
    return ranks

if what == "accuracy":
    lost, won = disagreeing()
    drawn = np.random.default_rng(0).multinomial(n, [lost / n, won / n, 1 - (lost + won) / n], size=draws)
    print(np.percentile((drawn[:, 1] - drawn[:, 0]) / n, [2.5, 97.5]))
elif what == "mcnemar":
    lost, won = disagreeing()
    chi = (abs(won - lost) - 1) ** 2 / (won + lost)
    print((won - lost) / n, erfc(sqrt(chi / 2)))
elif what == "delong":
    p, q = int(y.sum()), int(n - y.sum())
    areas, above, below = [], [], []
    for score in (old, new):
        ranks = midranks(score)
        areas.append((ranks[y].sum() - p * (p + 1) / 2) / (p * q))
        above.append((ranks[y] - midranks(score[y])) / q)
        below.append(1 - (ranks[~y] - midranks(score[~y])) / p)
    s = np.cov(*above) / p + np.cov(*below) / q
    z = (areas[1] - areas[0]) / sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1])
    print(areas, z)
else:
    import numba as nb

    @nb.njit(parallel=True, cache=True)
    def resample(draws, place, mine, tied_old, theirs, tied_new):
        out = np.empty(draws)
        for k in nb.prange(draws):
            np.random.seed(k)
            weight = np.zeros(len(mine), np.uint8)
            for _ in range(len(mine)):
                weight[np.random.randint(0, len(mine))] += 1
            areas = np.empty(2)
            for model in range(2):
                wins = below = positives = held_p = held_n = 0.0
                for j in range(len(mine)):
                    tied = tied_old[j] if model == 0 else tied_new[j]
                    if not tied:
                        wins += held_p * (below + held_n / 2)
                        positives += held_p
                        below += held_n
                        held_p = held_n = 0.0
                    if (mine[j] if model == 0 else theirs[j]):
                        held_p += weight[j] if model == 0 else weight[place[j]]
                    else:
                        held_n += weight[j] if model == 0 else weight[place[j]]
                wins += held_p * (below + held_n / 2)
                areas[model] = wins / ((positives + held_p) * (below + held_n))
            out[k] = areas[1] - areas[0]
        return out

    a, b = np.argsort(old), np.argsort(new)
    rank = np.empty(n, np.int64)
    rank[a] = np.arange(n)
    tied = lambda s: np.concatenate(([False], s[1:] == s[:-1]))
    print(np.percentile(resample(draws, rank[b].astype(np.uint32), y[a], tied(old[a]), y[b], tied(new[b])), [2.5, 97.5]))
"""

POLICY = """predictions: {{ task: binary, id: id, label: label, prediction: predicted, score: score, positive: 1 }}
rules:
  - {{ metric: {metric}, may-lose: 0.01, test: {test} }}
"""

CASES = [
    ("accuracy", "accuracy", "paired-bootstrap", "polars, NumPy multinomial"),
    ("mcnemar", "accuracy", "mcnemar", "polars, NumPy"),
    ("delong", "auc", "delong", "polars, NumPy midranks"),
    ("auc", "auc", "paired-bootstrap", "polars, numba presorted"),
]


def case(name, policy, pawl, python, script, folder, draws):
    ours = [pawl, "gate", "--baseline", "baseline.csv", "--candidate", "candidate.csv", "--policy", policy,
            "--format", "json"]
    # 1 and 5 are verdicts as well.
    return [Row("pawl", ours, folder, proof=lambda run: run.status in (0, 1, 5)),
            Row("peer", [python, script, name, folder, str(draws)], folder)]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("pawl", nargs="?", default=".build/release/pawl")
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--auc-rounds", type=int, default=3)
    options.add_argument("--write", action="store_true")
    wanted = options.parse_args()
    pawl = os.path.abspath(wanted.pawl)
    with tempfile.TemporaryDirectory() as folder:
        launch = timing.Launcher(folder)
        python = os.path.join(timing.peers(folder, PACKAGES), "python")
        subprocess.run([python, "-c", GENERATE, folder, str(wanted.rows)], check=True)
        script = os.path.join(folder, "peer.py")
        open(script, "w").write(PEER)
        os.chdir(folder)
        evidence = sum(os.path.getsize(f"{side}.csv") for side in ("baseline", "candidate")) / 2**20
        lines = [
            f"{wanted.rows:,} pairs, two CSV files of {evidence:.0f} MiB together, {os.cpu_count()} processors.",
            "",
            "| gate | peer | peer wall s | pawl wall s | wall ratio | CPU ratio | pawl peak MiB (x evidence) |",
            "|---|---|--:|--:|--:|--:|--:|",
        ]
        notes = []
        for name, metric, test, peer in CASES:
            policy = f"{name}.yaml"
            open(policy, "w").write(POLICY.format(metric=metric, test=test))
            rounds, draws = wanted.rounds, DRAWS
            if name == "auc":
                # As many as pawl makes of so many rows, so that both do the same work.
                rounds, draws = wanted.auc_rounds, max(400, min(2_000, 400_000_000 // wanted.rows))
                notes.append(f"Both make {draws:,} resamples of the AUC.")
            rows = ours, theirs = case(name, policy, pawl, python, script, folder, draws)
            timing.take_turns(launch, rows, rounds)
            walls, cpus = timing.ratios(ours, theirs, wall), timing.ratios(ours, theirs, cpu)
            peak = max(run.peak for run in ours.runs.values())
            lines.append(
                f"| {metric}, {test} | {peer} | {spread(map(wall, theirs.runs.values()))} "
                f"| {spread(map(wall, ours.runs.values()))} | {spread(walls)} | {spread(cpus)} | {peak:.0f} ({peak / evidence:.1f}) |")
        table = "\n".join(lines + [""] + notes)
    print(table)
    if wanted.write:
        timing.write("gates.py", table)


if __name__ == "__main__":
    main()
