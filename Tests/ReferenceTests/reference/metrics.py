"""Metrics of rows by scikit-learn, on random tables as a file would have them."""
import math
import warnings
from fractions import Fraction

import numpy as np
from sklearn import metrics as sk

from exact import number

EPS = np.finfo(np.float64).eps


def csv(columns):
    names = list(columns)
    lines = [",".join(names)]
    for row in zip(*columns.values()):
        lines.append(",".join(cell if isinstance(cell, str) else repr(float(cell)) for cell in row))
    return "\n".join(lines) + "\n"


def defined(compute):
    """None where scikit-learn raises, or has no number."""
    try:
        value = float(compute())
    except ValueError:
        return None
    return None if math.isnan(value) else value


def calibration(scores, hits, bins):
    """Expected calibration error: equal widths, closed on the right, the first bin on both sides."""
    edges = np.array([i / bins for i in range(1, bins + 1)])
    places = np.searchsorted(edges, scores, side="left")
    total = 0.0
    for place in range(bins):
        inside = places == place
        total += abs((hits[inside].astype(float) - scores[inside]).sum())
    return total / len(scores)


# What labels are in the file.
ALPHABETS = [
    ["spam", "ham", "eggs", "ä b"], ["1", "0", "2", "3"], ["-1", "1", "7", "1e3"], ["yes", "no", "?", "NA"],
]


def written(rng, names, codes):
    """Labels as text; numbers sometimes with a decimal point, as pandas leaves them."""
    out = []
    for code in codes:
        name = names[code]
        out.append(name + ".0" if name.lstrip("-").isdigit() and rng.random() < 0.3 else name)
    return out


def label_metrics(y, p, positive=None):
    zero = {"zero_division": 0}
    found = {
        "accuracy": sk.accuracy_score(y, p),
        "balanced-accuracy": sk.balanced_accuracy_score(y, p),
        "f1-macro": sk.f1_score(y, p, average="macro", **zero),
        "f1-micro": sk.f1_score(y, p, average="micro", **zero),
        "f1-weighted": sk.f1_score(y, p, average="weighted", **zero),
        "precision-macro": sk.precision_score(y, p, average="macro", **zero),
        "recall-macro": sk.recall_score(y, p, average="macro", **zero),
        "kappa": defined(lambda: sk.cohen_kappa_score(y, p)),
        "mcc": sk.matthews_corrcoef(y, p),
    }
    if positive is not None:
        truth, guess = y == positive, p == positive
        found["precision"] = sk.precision_score(truth, guess, **zero)
        # Without a positive row there is no recall to speak of: the contract says undefined where scikit-learn says 0.
        found["recall"] = sk.recall_score(truth, guess, **zero) if truth.any() else None
        found["f1"] = sk.f1_score(truth, guess, **zero)
    return found


def probabilities(rng, n):
    shape = rng.integers(0, 5)
    s = rng.random(n)
    if shape == 1:
        s = np.round(s, 1)
    if shape == 2:
        s = np.full(n, 0.5)
    if shape == 3:
        s = rng.choice([0.0, 1.0, 1e-300, 1 - 1e-16, 0.3], n)
    return s


def binary(rng):
    n = int(rng.choice([1, 2, 3, 10, 57, 300]))
    names = ALPHABETS[rng.integers(0, 4)]
    y = (rng.random(n) < rng.choice([0.0, 0.02, 0.5, 1.0])).astype(int)
    if rng.random() < 0.6 and n > 1:
        y[0], y[1] = 0, 1
    s = probabilities(rng, n)
    isDerived = rng.random() < 0.5
    threshold = float(rng.choice([0.5, 0.3, 0.9]))
    if isDerived:
        p = (s >= threshold).astype(int)
    else:
        p = np.where(rng.random(n) < rng.choice([0, 0.1, 1]), 1 - y, y)
        if rng.random() < 0.2:
            p[:] = rng.integers(0, 2)
    expected = label_metrics(y, p, 1)
    both = 0 < y.sum() < n
    expected["auc"] = sk.roc_auc_score(y, s) if both else None
    expected["average-precision"] = sk.average_precision_score(y, s) if y.any() else None
    expected["log-loss"] = sk.log_loss(y, s, labels=[0, 1])
    expected["brier"] = sk.brier_score_loss(y, s, pos_label=1)
    expected["ece"] = calibration(s, y == 1, 10)
    expected["ece@15"] = calibration(s, y == 1, 15)
    columns = {"y": written(rng, names, y)}
    spec = {"task": "binary", "label": "y", "score": "s", "positive": names[1], "threshold": number(threshold)}
    if not isDerived:
        columns["p"], spec["prediction"] = written(rng, names, p), "p"
    return {**spec, "csv": csv({**columns, "s": s})}, expected


def ranks(rng):
    """Scores that are no probabilities: ranks only."""
    n = int(rng.choice([2, 9, 200]))
    y = np.arange(n) % 2
    s = rng.normal(size=n) * float(10 ** rng.uniform(-300, 300))
    if rng.random() < 0.3:
        s = np.sign(s) * 1e308
    expected = {
        "auc": sk.roc_auc_score(y, s), "average-precision": sk.average_precision_score(y, s),
        "log-loss": None if (s < 0).any() or (s > 1).any() else sk.log_loss(y, s),
    }
    spec = {"task": "binary", "label": "y", "score": "s", "positive": "1"}
    return {**spec, "csv": csv({"y": [str(x) for x in y], "s": s})}, expected


def multiclass(rng):
    n, k = int(rng.choice([1, 2, 6, 40, 300])), int(rng.choice([2, 3, 4]))
    names = ALPHABETS[rng.integers(0, 4)]
    used = int(rng.choice([1, k, k, k]))
    y = rng.integers(0, used, n)
    if used == k and n >= k and rng.random() < 0.8:
        y[:k] = np.arange(k)
    raw = rng.dirichlet(np.ones(k) * rng.choice([0.1, 1, 5]), n)
    if rng.random() < 0.3:
        raw = np.round(raw * 4) + 1e-3
        raw = raw / raw.sum(axis=1, keepdims=True)
    isDerived = rng.random() < 0.4
    p = raw.argmax(axis=1) if isDerived else np.where(rng.random(n) < 0.3, rng.integers(0, k, n), y)
    expected = label_metrics(y, p)
    labels = np.arange(k)
    every = set(y) == set(labels)
    for name, way in [("auc-ovr", "ovr"), ("auc-ovo", "ovo")]:
        if k == 2:
            # scikit-learn leaves two classes to the binary area of one: here each by its own column.
            expected[name] = np.mean([sk.roc_auc_score(y == c, raw[:, c]) for c in (0, 1)]) if every else None
        elif every:
            expected[name] = sk.roc_auc_score(y, raw, multi_class=way, average="macro", labels=labels)
        else:
            expected[name] = None
    # The classes of the score columns, whether the rows have them or not.
    clipped = np.clip(raw, EPS, 1 - EPS)
    expected["log-loss"] = sk.log_loss(y, raw, labels=labels) if k > 2 else float(-np.log(clipped[np.arange(n), y]).mean())
    # scikit-learn halves the sum for two classes; a multiclass task of two keeps it.
    brier = sk.brier_score_loss(y, raw, labels=labels, scale_by_half=False)
    expected["brier"] = brier
    best = raw.argmax(axis=1)
    expected["ece"] = calibration(raw[np.arange(n), best], best == y, 10)
    columns = {"y": written(rng, names, y)}
    spec = {"task": "multiclass", "label": "y", "scores": [[names[i], f"s{i}"] for i in range(k)]}
    if not isDerived:
        columns["p"], spec["prediction"] = written(rng, names, p), "p"
    for i in range(k):
        columns[f"s{i}"] = raw[:, i]
    return {**spec, "csv": csv(columns)}, expected


def labels_only(rng):
    """Classes that only the predictions have, or only the labels."""
    n = int(rng.choice([1, 3, 30, 500]))
    names = ALPHABETS[rng.integers(0, 4)]
    y = rng.integers(0, int(rng.choice([1, 2, 4])), n)
    p = rng.integers(0, int(rng.choice([1, 3, 4])), n) if rng.random() < 0.7 else y
    spec = {"task": "multiclass", "label": "y", "prediction": "p"}
    return {**spec, "csv": csv({"y": written(rng, names, y), "p": written(rng, names, p)})}, label_metrics(y, p)


def explained(y, p, centred):
    """r² or the explained variance in whole fractions: numpy's own sums lose digits far from 0."""
    y, p = [Fraction(float(a)) for a in y], [Fraction(float(a)) for a in p]
    n = len(y)
    if n < 2:
        return None
    errors = [a - b for a, b in zip(y, p)]
    bias = sum(errors) / n if centred else 0
    wrong = sum((e - bias) ** 2 for e in errors)
    mean = sum(y) / n
    spread = sum((a - mean) ** 2 for a in y)
    if spread == 0:
        return 1.0 if wrong == 0 else 0.0
    return float(1 - wrong / spread)


def regression(rng):
    n = int(rng.choice([1, 2, 3, 40, 301]))
    scale = float(10 ** rng.uniform(-30, 30))
    y = rng.normal(size=n) * scale
    kind = rng.integers(0, 5)
    if kind == 1:
        y = np.round(rng.normal(size=n) * 3)
    if kind == 2:
        y = np.full(n, 0.5)
    if kind == 3:
        y = y + scale * 1e6
    p = y + rng.standard_t(3, n) * max(np.abs(y).max(), 1e-30) * 0.1
    if rng.random() < 0.2:
        p = y.copy()
    if kind == 2 and rng.random() < 0.5:
        p = np.full(n, 0.25)
    expected = {
        "mae": sk.mean_absolute_error(y, p), "mse": sk.mean_squared_error(y, p),
        "rmse": sk.root_mean_squared_error(y, p), "mape": sk.mean_absolute_percentage_error(y, p),
        "median-absolute-error": sk.median_absolute_error(y, p), "max-error": sk.max_error(y, p),
        "r2": explained(y, p, False), "explained-variance": explained(y, p, True),
        "pinball": sk.mean_pinball_loss(y, p, alpha=0.5), "pinball@0.9": sk.mean_pinball_loss(y, p, alpha=0.9),
    }
    if n > 1 and kind != 3:
        for name, theirs in [("r2", sk.r2_score(y, p)), ("explained-variance", sk.explained_variance_score(y, p))]:
            if y.std() > 0 and kind != 2:
                assert math.isclose(theirs, expected[name], rel_tol=1e-7, abs_tol=1e-7), (name, theirs, expected[name])
    return {"task": "regression", "label": "y", "prediction": "p", "csv": csv({"y": y, "p": p})}, expected


def values(rng):
    n = int(rng.choice([1, 2, 50, 400]))
    x = np.exp(rng.normal(size=n) * 3)
    if rng.random() < 0.3:
        x = np.round(x)
    expected = {"ms": math.fsum(x) / n}
    for share in ["0", "50", "95", "99.9", "100"]:
        expected[f"ms@p{share}"] = np.percentile(x, float(share))
    return {"task": "values", "values": [["ms", "x"]], "csv": csv({"x": x})}, expected


def cases(rng):
    out = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for make, count in [
            (binary, 90), (ranks, 20), (multiclass, 80), (labels_only, 50), (regression, 60), (values, 20)
        ]:
            for index in range(count):
                table, expected = make(rng)
                out.append({
                    "name": f"{make.__name__} {index}", "table": table,
                    "expected": {name: number(x) for name, x in expected.items()},
                })
    return out
