"""What `pawl gate` must print for random files of predictions: values, bounds, p and verdict of each rule."""
import math
import warnings

import numpy as np
from scipy import stats
from sklearn import metrics as sk

import methods as m
from exact import number, within
from metrics import EPS, csv

ALPHA = 0.05


def verdict(low, high, margin, needs=True):
    if high < -margin:
        return "fail"
    return "pass" if low >= -margin and needs else "inconclusive"


class Expected:
    """The rules of one gate, with what each must come to; numbers are [value, how far off they may be]."""

    def __init__(self):
        self.rules, self.lines = [], []

    def add(self, line, test, candidate, baseline, difference, p=None, verdict=None, exact=1e-9):
        """Of each side and of the difference: value, low, high; None where nothing may be shown."""
        rule = {"test": test, "verdict": verdict, "numbers": {}, "absent": []}

        def put(key, x):
            if x is None:
                rule["absent"].append(key)
            elif isinstance(x, tuple):
                rule["numbers"][key] = within(x[0], x[1])
            else:
                rule["numbers"][key] = within(x, exact * max(abs(x), 1e-3))

        for side, triple in [("candidate", candidate), ("difference", difference)]:
            if triple is not None:
                for name, x in zip(["value", "low", "high"], triple):
                    put(f"{side}.{name}", x)
        if baseline is not None:
            put("baseline.value", baseline)
        put("p", p)
        self.lines.append(line)
        self.rules.append(rule)

    def policy(self, predictions):
        rules = "\n".join(f"  - {line}" for line in self.lines)
        return (f"predictions: {predictions}\n" if predictions else "") + f"rules:\n{rules}\n"


def shuffled(rng, columns):
    order = rng.permutation(len(next(iter(columns.values()))))
    return {name: [cells[i] for i in order] for name, cells in columns.items()}


def texts(codes, names=("ham", "spam")):
    return [names[int(code)] for code in codes]


def banded(rng, strata, metric, n, draws=1500):
    """Percentile bootstrap within strata: 5 % and 95 % with the spread that a bound may be off by."""
    groups = [np.flatnonzero(strata == code) for code in np.unique(strata)]
    found = []
    for _ in range(draws):
        rows = np.concatenate([rng.choice(group, len(group)) for group in groups])
        found.append(metric(rows))
    low, high = np.quantile(found, [ALPHA, 1 - ALPHA])
    # Both bounds are chance: ours of 2,000 draws, these of `draws`; four standard deviations of a 5 % quantile.
    slack = 4 * math.hypot(2.1 / math.sqrt(2000), 2.1 / math.sqrt(draws)) * np.std(found) + 1.0 / n
    return (low, slack), (high, slack)


def counts(y, p, k, rows):
    """Rows of each label (down) and prediction (across)."""
    return np.bincount(y[rows] * k + p[rows], minlength=k * k).reshape(k, k).astype(float)


def counted_f1(c):
    return 2 * c[1, 1] / (c[1].sum() + c[:, 1].sum())


def counted_f1_macro(c):
    return np.mean(2 * np.diag(c) / (c.sum(axis=0) + c.sum(axis=1)))


def counted_mcc(c):
    spread = c[0].sum() * c[1].sum() * c[:, 0].sum() * c[:, 1].sum()
    return (c[0, 0] * c[1, 1] - c[0, 1] * c[1, 0]) / math.sqrt(spread) if spread > 0 else 0.0


def counted_kappa(c):
    n = c.sum()
    chance = (c.sum(axis=0) * c.sum(axis=1)).sum() / n ** 2
    return (np.trace(c) / n - chance) / (1 - chance)


def quick_ap(y, s):
    """Average precision without scikit-learn's checks, for the many draws of a bootstrap."""
    order = np.argsort(-s, kind="stable")
    y, s = y[order], s[order]
    ends = np.flatnonzero(np.append(np.diff(s) != 0, True))
    hits = np.cumsum(y)[ends]
    return np.sum(np.diff(np.append(0, hits)) * hits / (ends + 1)) / hits[-1]


def quick_ovr(y, z):
    """Mean of each class's area against the rest, by rank sums."""
    areas = []
    for code in range(z.shape[1]):
        positive = y == code
        p, q = positive.sum(), (~positive).sum()
        areas.append((stats.rankdata(z[:, code])[positive].sum() - p * (p + 1) / 2) / (p * q))
    return np.mean(areas)


def quick_r2(y, p):
    return 1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum()


def quick_ev(y, p):
    return 1 - np.var(y - p) / np.var(y)


def paired_score(right, other, margin):
    b, c = int((right & ~other).sum()), int((other & ~right).sum())
    value, low, high = m.tango(len(right), b, c, ALPHA)
    return (value, low, high), m.mcnemar(b, c)[0], verdict(low, high, margin)


def proportion(right):
    low, high = m.clopper_pearson(int(right.sum()), len(right), ALPHA)
    return right.mean(), low, high


def combined(parts):
    """The mean of independent parts, each value, low, high, by MOVER."""
    value = np.mean([part[0] for part in parts])
    below = math.sqrt(sum((part[0] - part[1]) ** 2 for part in parts)) / len(parts)
    above = math.sqrt(sum((part[2] - part[0]) ** 2 for part in parts)) / len(parts)
    return value, value - below, value + above


def losses(one, other, margin, lowest=None, highest=None, sign=-1):
    """A mean of row losses (sign −1) or scores (+1): own bounds, difference as measured, p, verdict."""
    bound = None if highest is None else highest - lowest
    advantages = sign * (one - other)
    value, low, high = m.phantom(advantages, ALPHA, None if bound is None else -bound, bound)
    enough = len(one) >= m.phantom_floor(ALPHA, bound is not None)
    difference = (-value, -high, -low) if sign < 0 else (value, low, high)
    return m.phantom(one, ALPHA, lowest, highest), difference, m.paired_p(advantages), verdict(low, high, margin, enough)


def add_losses(gate, rng, name, one, other, lowest=None, highest=None):
    margin = round(float(rng.choice([0.5, 2, 6]) * (one - other).std() / math.sqrt(len(one)) + 1e-4), 9)
    own, difference, p, ruling = losses(one, other, margin, lowest, highest)
    gate.add(f"{name} <= baseline + {margin!r}", "phantom", own, other.mean(), difference, p, ruling)


def binary(rng):
    n = int(rng.choice([60, 400, 1200]))
    y = (rng.random(n) < rng.choice([0.15, 0.5])).astype(int)
    y[:2] = [0, 1]
    shared = rng.normal(size=n) + y * 1.5
    s, s2 = (1 / (1 + np.exp(-(shared + rng.normal(size=n) * 0.6 - 0.7))) for _ in range(2))
    if rng.random() < 0.4:
        s, s2 = np.round(s, 1), np.round(s2, 1)
    p, p2 = (s >= 0.5).astype(int), (s2 >= 0.5).astype(int)
    right, right2 = p == y, p2 == y
    gate = Expected()
    difference, exact, ruling = paired_score(right, right2, 0.02)
    for line, test in [
        ("accuracy >= baseline - 2pt", "score"), ("{ metric: accuracy, may-lose: 0.02, test: mcnemar }", "mcnemar"),
    ]:
        gate.add(line, test, proportion(right), right2.mean(), difference, exact, ruling)
    gate.add("accuracy >= 0.7", "clopper-pearson", proportion(right), None, None)
    truth = y == 1
    difference, exact, ruling = paired_score(right[truth], right2[truth], 0.05)
    gate.add("recall >= baseline - 5pt", "score", proportion(right[truth]), right2[truth].mean(), difference, exact, ruling)
    classes = [y == code for code in (0, 1)]
    difference = combined([paired_score(right[rows], right2[rows], 0)[0] for rows in classes])
    own = combined([proportion(right[rows]) for rows in classes])
    gate.add(
        "balanced-accuracy >= baseline - 3pt", "score and mover", own, sk.balanced_accuracy_score(y, p2), difference,
        None, verdict(difference[1], difference[2], 0.03))
    own = m.logit_delong(s, truth, ALPHA)
    area, plain = m.mover(s, s2, truth, ALPHA), m.delong(s, s2, truth, ALPHA)
    guard = m.mover_guard(s, s2, truth, 0.03, ALPHA)
    gate.add(
        "auc >= baseline - 3pt", "mover", own, sk.roc_auc_score(y, s2), area, plain[3],
        verdict(area[1], area[2], 0.03, guard))
    gate.add(
        "{ metric: auc, may-lose: 0.03, test: delong }", "delong", own, sk.roc_auc_score(y, s2), plain[:3], plain[3],
        verdict(plain[1], plain[2], 0.03))
    gate.add("auc >= 0.6", "logit-delong", own, None, None)
    add_losses(gate, rng, "brier", (s - y) ** 2, (s2 - y) ** 2, 0.0, 1.0)
    clip = 1e-3
    a, b = (-np.log(np.where(truth, q, 1 - q)) for q in (np.clip(s, clip, 1 - clip), np.clip(s2, clip, 1 - clip)))
    add_losses(gate, rng, "log-loss", a, b, -math.log(1 - clip), -math.log(clip))
    for name, metric, counted in [
        ("f1", sk.f1_score, counted_f1), ("mcc", sk.matthews_corrcoef, counted_mcc),
        ("kappa", sk.cohen_kappa_score, counted_kappa),
    ]:
        both = banded(rng, y, lambda rows: counted(counts(y, p, 2, rows)) - counted(counts(y, p2, 2, rows)), n)
        gate.add(
            f"{name} >= baseline - 5pt", "paired-bootstrap", (metric(y, p), None, None), metric(y, p2),
            (metric(y, p) - metric(y, p2), *both))
    ap = sk.average_precision_score
    both = banded(rng, y, lambda rows: quick_ap(y[rows], s[rows]) - quick_ap(y[rows], s2[rows]), n, 600)
    gate.add(
        "average-precision >= baseline - 5pt", "paired-bootstrap", (ap(y, s), None, None), ap(y, s2),
        (ap(y, s) - ap(y, s2), *both))
    ids = [f"row-{i}" for i in range(n)]
    files = [shuffled(rng, {"id": ids, "y": texts(y), "s": q}) for q in (s, s2)]
    return gate, "{ task: binary, id: id, label: y, score: s, positive: spam, clip: 0.001 }", files


def multiclass(rng):
    n, k = int(rng.choice([90, 600])), 3
    y = rng.integers(0, k, n)
    y[:k] = np.arange(k)
    shared = rng.normal(size=(n, k)) + 2 * np.eye(k)[y]
    q, q2 = (np.exp(shared + rng.normal(size=(n, k)) * 0.5) for _ in range(2))
    q, q2 = q / q.sum(axis=1, keepdims=True), q2 / q2.sum(axis=1, keepdims=True)
    p, p2 = q.argmax(axis=1), q2.argmax(axis=1)
    gate = Expected()
    difference, exact, ruling = paired_score(p == y, p2 == y, 0.02)
    gate.add("accuracy >= baseline - 2pt", "score", proportion(p == y), (p2 == y).mean(), difference, exact, ruling)
    classes = [y == code for code in range(k)]
    difference = combined([paired_score((p == y)[rows], (p2 == y)[rows], 0)[0] for rows in classes])
    gate.add(
        "recall-macro >= baseline - 3pt", "score and mover", combined([proportion((p == y)[rows]) for rows in classes]),
        sk.recall_score(y, p2, average="macro"), difference, None, verdict(difference[1], difference[2], 0.03))
    gaps = [((z - np.eye(k)[y]) ** 2).sum(axis=1) for z in (q, q2)]
    add_losses(gate, rng, "brier", *gaps, 0.0, 2.0)
    a, b = (-np.log(np.clip(z[np.arange(n), y], EPS, 1 - EPS)) for z in (q, q2))
    add_losses(gate, rng, "log-loss", a, b, -math.log1p(-EPS), -math.log(EPS))

    def f1(guess, rows):
        return sk.f1_score(y[rows], guess[rows], average="macro", zero_division=0)

    every = np.arange(n)
    both = banded(
        rng, y, lambda rows: counted_f1_macro(counts(y, p, k, rows)) - counted_f1_macro(counts(y, p2, k, rows)), n)
    gate.add(
        "f1-macro >= baseline - 5pt", "paired-bootstrap", (f1(p, every), None, None), f1(p2, every),
        (f1(p, every) - f1(p2, every), *both))

    def ovr(z, rows):
        return sk.roc_auc_score(y[rows], z[rows], multi_class="ovr", labels=range(k))

    both = banded(rng, y, lambda rows: quick_ovr(y[rows], q[rows]) - quick_ovr(y[rows], q2[rows]), n, 600)
    gate.add(
        "auc-ovr >= baseline - 5pt", "paired-bootstrap", (ovr(q, every), None, None), ovr(q2, every),
        (ovr(q, every) - ovr(q2, every), *both))
    ids = [str(i * 7) for i in range(n)]
    names = ("Adelie", "Chinstrap", "Gentoo")
    files = [
        shuffled(rng, {"id": ids, "y": texts(y, names), **{f"p{i}": z[:, i] for i in range(k)}}) for z in (q, q2)
    ]
    scores = ", ".join(f"{name}: p{i}" for i, name in enumerate(names))
    return gate, f"{{ task: multiclass, id: id, label: y, scores: {{ {scores} }} }}", files


def regression(rng):
    n = int(rng.choice([40, 520, 900]))
    y = rng.normal(size=n) * 10 + 50
    p, p2 = (y + rng.standard_t(4, n) for _ in range(2))
    gate = Expected()
    for name, loss in [
        ("mae", lambda z: np.abs(y - z)), ("mse", lambda z: (y - z) ** 2),
        ("mape", lambda z: np.abs(y - z) / np.abs(y)),
        ("pinball@0.9", lambda z: np.maximum(0.9 * (y - z), -0.1 * (y - z))),
    ]:
        a, b = loss(p), loss(p2)
        margin = round(float(rng.choice([1, 6]) * (a - b).std() / math.sqrt(n)), 6)
        bounded, unbounded = losses(a, b, margin, 0.0, None), m.phantom(b - a, ALPHA)
        # A loss is never below 0, and its difference has no bound on either side.
        value, low, high = unbounded
        ruling = verdict(low, high, margin, n >= m.phantom_floor(ALPHA, False))
        gate.add(
            f"{name} <= baseline + {margin!r}", "phantom", bounded[0], b.mean(), (-value, -high, -low),
            m.paired_p(b - a), ruling)
    flat = np.zeros(n)
    for name, metric, quick in [
        ("r2", sk.r2_score, quick_r2), ("explained-variance", sk.explained_variance_score, quick_ev),
        ("rmse", sk.root_mean_squared_error, lambda a, b: math.sqrt(((a - b) ** 2).mean())),
        ("median-absolute-error", sk.median_absolute_error, lambda a, b: np.median(np.abs(a - b))),
    ]:
        both = banded(rng, flat, lambda rows: quick(y[rows], p[rows]) - quick(y[rows], p2[rows]), n)
        sign = ">= baseline -" if name in ("r2", "explained-variance") else "<= baseline +"
        own = (metric(y, p), None, None)
        if name == "rmse":
            own = tuple(math.sqrt(max(0, x)) for x in m.phantom((y - p) ** 2, ALPHA, 0.0))
        test = "paired-bootstrap"
        if name != "median-absolute-error":
            # The difference is the exact mean of these; unseen rows at the worst bound it as well.
            errors, others = y - p, y - p2
            if name == "explained-variance":
                errors, others = errors - errors.mean(), others - others.mean()
            scale = metric(y, p) + metric(y, p2) if name == "rmse" else y.var()
            value, low, high = m.phantom((others ** 2 - errors ** 2) / scale, ALPHA)
            if name == "rmse":
                value, low, high = -value, -high, -low
            assert abs(value - (metric(y, p) - metric(y, p2))) < 1e-9 * max(1, abs(value))
            both = ((min(both[0][0], low), both[0][1]), (max(both[1][0], high), both[1][1]))
            test = "paired-bootstrap and phantom"
        gate.add(f"{name} {sign} 0.5", test, own, metric(y, p2), (metric(y, p) - metric(y, p2), *both))
    gate.add(
        "max-error <= baseline + 0.5", "point", (sk.max_error(y, p), None, None), sk.max_error(y, p2),
        (sk.max_error(y, p) - sk.max_error(y, p2), None, None), None,
        "pass" if sk.max_error(y, p) <= sk.max_error(y, p2) + 0.5 else "fail")
    files = [shuffled(rng, {"id": [str(i) for i in range(n)], "y": y, "p": z}) for z in (p, p2)]
    return gate, "{ task: regression, id: id, label: y, prediction: p }", files


def values(rng):
    n = int(rng.choice([50, 800]))
    base = np.exp(rng.normal(size=n))
    x, x2 = base * np.exp(rng.normal(size=n) * 0.1), base * np.exp(rng.normal(size=n) * 0.1)
    gate = Expected()
    own, difference, p, ruling = losses(x, x2, 0.05)
    gate.add("ms <= baseline + 0.05", "phantom", own, x2.mean(), difference, p, ruling)

    def tail(z, rows):
        return np.percentile(z[rows], 95)

    every = np.arange(n)
    both = banded(rng, np.zeros(n), lambda rows: tail(x, rows) - tail(x2, rows), n)
    both = tuple((z, slack * 2) for z, slack in both)
    gate.add(
        "ms@p95 <= baseline + 0.5", "paired-bootstrap", (tail(x, every), None, None), tail(x2, every),
        (tail(x, every) - tail(x2, every), *both))
    files = [shuffled(rng, {"id": [str(i) for i in range(n)], "v": z}) for z in (x, x2)]
    return gate, "{ task: values, id: id, values: { ms: v } }", files


def unpaired(rng):
    """Rows without ids, not as many on each side."""
    gate, sides = Expected(), []
    for n in (int(rng.choice([40, 300])), int(rng.choice([70, 500]))):
        y = np.arange(n) % 2
        s = 1 / (1 + np.exp(-(rng.normal(size=n) + y - 0.5)))
        sides.append((y, s, (s >= 0.5) == (y == 1)))
    (y, s, right), (y2, s2, right2) = sides
    *bounds, p = m.newcombe(int(right.sum()), len(y), int(right2.sum()), len(y2), ALPHA)
    gate.add(
        "accuracy >= baseline - 5pt", "newcombe", proportion(right), right2.mean(), bounds, p,
        verdict(bounds[1], bounds[2], 0.05))
    a, b = (s - y) ** 2, (s2 - y2) ** 2
    value, low, high, p = m.welch(b, a, ALPHA)
    gate.add(
        "brier <= baseline + 0.05", "welch", m.phantom(a, ALPHA, 0.0, 1.0), b.mean(), (-value, -high, -low), p,
        verdict(low, high, 0.05))
    one, other = m.logit_delong(s, y == 1, ALPHA), m.logit_delong(s2, y2 == 1, ALPHA)
    value = one[0] - other[0]
    low = value - math.hypot(one[0] - one[1], other[2] - other[0])
    high = value + math.hypot(one[2] - one[0], other[0] - other[1])
    gate.add("auc >= baseline - 5pt", "mover", one, other[0], (value, low, high))
    files = [{"y": [str(c) for c in side[0]], "s": side[1]} for side in sides]
    return gate, "{ task: binary, label: y, score: s, positive: 1 }", files


def seeds(rng):
    """Three seeds a side on the same rows: two-way, and no narrower than the rows alone."""
    n, k = 700, int(rng.choice([3, 5]))
    y = rng.normal(size=n)
    own = [y + rng.normal(size=n) + rng.normal() * 0.05 for _ in range(k)]
    theirs = [y + rng.normal(size=n) + rng.normal() * 0.05 for _ in range(k)]
    grid = np.array([np.abs(y - b) - np.abs(y - a) for a, b in zip(own, theirs)])
    value, low, high, p = m.two_way(grid, ALPHA)
    _, low2, high2 = m.phantom(grid.mean(axis=0), ALPHA)
    low, high = min(low, low2), max(high, high2)
    gate = Expected()
    mean = np.mean([np.abs(y - z).mean() for z in own])
    gate.add(
        "mae <= baseline + 0.1", "two-way and phantom", (mean,), np.mean([np.abs(y - z).mean() for z in theirs]),
        (-value, -high, -low), p, verdict(low, high, 0.1))
    files = [[{"id": [str(i) for i in range(n)], "y": y, "p": z} for z in side] for side in (own, theirs)]
    return gate, "{ task: regression, id: id, label: y, prediction: p }", files


def numbers(rng):
    """Metric files of several seeds: paired when they are named alike, else Welch."""
    k, l = int(rng.choice([2, 3, 6])), int(rng.choice([2, 4]))
    alike = rng.random() < 0.5
    a = np.round(rng.normal(size=k) * 0.01 + 0.9, 4)
    b = np.round(rng.normal(size=k if alike else l) * 0.01 + 0.9, 4)
    margin = float(rng.choice([0.001, 0.02, 0.2]))
    value, low, high, p = m.paired_t(a - b, ALPHA) if alike else m.welch(a, b, ALPHA)
    gate = Expected()
    gate.add(
        f"accuracy >= baseline - {margin!r}", "paired-t" if alike else "welch", (a.mean(),), b.mean(),
        (value, low, high), p, verdict(low, high, margin))
    _, low, high, _ = m.paired_t(a, ALPHA)
    gate.add("accuracy >= 0.9", "paired-t", (a.mean(), low, high), None, None)
    side = ["seed-{}.json", "seed-{}.json" if alike else "old-{}.json"]
    files = [
        [(name.format(i), f'{{"accuracy": {float(x)!r}}}') for i, x in enumerate(z)] for name, z in zip(side, (a, b))
    ]
    return gate, None, files


def folder(files):
    """Names and texts of one side's files."""
    if isinstance(files, dict):
        return [["rows.csv", csv(files)]]
    return [list(f) if isinstance(f, tuple) else [f"seed-{i}.csv", csv(f)] for i, f in enumerate(files)]


def cases(rng):
    out = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for make, count in [
            (binary, 3), (multiclass, 2), (regression, 3), (values, 2), (unpaired, 4), (seeds, 2), (numbers, 6)
        ]:
            for index in range(count):
                gate, predictions, (candidate, baseline) = make(rng)
                out.append({
                    "name": f"{make.__name__} {index}", "policy": gate.policy(predictions),
                    "candidate": folder(candidate), "baseline": folder(baseline), "rules": gate.rules,
                })
    return out
