"""The methods of the gate, from statsmodels and scipy where these have them, else from their formulas in numpy."""
import math
import warnings

import mpmath
import numpy as np
from mpmath import mpf
from scipy import optimize, stats
from statsmodels.stats import contingency_tables, multitest, proportion

from exact import case

LEVELS = [0.1, 0.05, 0.01, 0.001, 1e-5]


# One side

def clopper_pearson(k, n, alpha):
    low = stats.beta.ppf(alpha, k, n - k + 1) if k > 0 else 0.0
    high = stats.beta.isf(alpha, k + 1, n - k) if k < n else 1.0
    return low, high


def placements(scores, positive):
    """DeLong's placements by definition: every positive against every negative."""
    scores, positive = np.asarray(scores, float), np.asarray(positive, bool)
    x, y = scores[positive][:, None], scores[~positive][None, :]
    wins = (x > y) + 0.5 * (x == y)
    return wins.mean(axis=1), wins.mean(axis=0), wins.mean()


def covariance(a, b):
    one = np.cov(a[0], b[0], ddof=1)[0, 1] / len(a[0])
    return one + np.cov(a[1], b[1], ddof=1)[0, 1] / len(a[1])


def logit(x):
    return math.log(x / (1 - x))


def expit(y):
    return 1 / (1 + math.exp(-y))


def logit_delong(scores, positive, alpha):
    """One area: bounds on the logit scale, t with the rarer class, half of one row's largest effect."""
    v, w, area = placements(scores, positive)
    p, q = len(v), len(w)
    if min(p, q) < 2:
        return area, 0.0, 1.0
    variance = covariance((v, w), (v, w))
    x = min(max(area, 1 / (2 * p * q)), 1 - 1 / (2 * p * q))
    reach = stats.t.isf(alpha, min(p, q) - 1) * math.sqrt(variance) / (x * (1 - x))
    worst = max((1 - v.min()) / p, (1 - w.min()) / q) / 2
    best = max(v.max() / p, w.max() / q) / 2
    low, high = expit(logit(x) - reach) - worst, expit(logit(x) + reach) + best
    return area, max(0, min(area, low)), min(1, max(area, high))


# Two sides, right or wrong

def mcnemar(b, c):
    if b + c == 0:
        return 1.0, 1.0
    exact = contingency_tables.mcnemar([[0, b], [c, 0]], exact=True).pvalue
    # Fagerland et al. 2013: the chance of what was seen counts half on each side it is on.
    middle = exact - (0.5 if b == c else 1.0) * stats.binom.pmf(min(b, c), b + c, 0.5)
    return float(exact), float(middle)


def tango_statistic(n, b, c, delta, step):
    """Tango's z with the restricted maximum-likelihood estimate by its closed form, in 40 digits."""
    n, b, c, delta = mpf(n), mpf(b), mpf(c), mpf(delta)
    linear = -b - c + (2 * n - b + c) * delta
    q = (mpmath.sqrt(linear ** 2 + 8 * n * c * delta * (1 - delta)) - linear) / (4 * n)
    variance = n * (2 * q + delta * (1 - delta))
    excess = b - c - n * delta - step
    if variance <= 0:
        return mpmath.inf if excess > 0 else -mpmath.inf
    return excess / mpmath.sqrt(variance)


def restricted(n, b, c, delta):
    """The chance of `only the baseline right` that is likeliest when the difference is delta: by search."""
    low, high = max(0.0, -delta), min(1.0, (1 - delta) / 2)

    def slope(q):
        rest = 1 - 2 * q - delta
        return b / (q + delta) + c / q - 2 * (n - b - c) / rest

    reach = (high - low) * 1e-13
    return optimize.brentq(slope, low + reach, high - reach, xtol=1e-16, rtol=1e-14)


def tango_lower(n, b, c, alpha):
    z = mpmath.mpf(stats.norm.isf(alpha))
    low, high = mpf(-1), mpf(1)
    for _ in range(70):
        middle = (low + high) / 2
        if tango_statistic(n, b, c, middle, mpf(1) / 2) >= z:
            low = middle
        else:
            high = middle
    return float(low)


def tango(n, b, c, alpha):
    return (b - c) / n, tango_lower(n, b, c, alpha), -tango_lower(n, c, b, alpha)


def newcombe(k, n, l, m, alpha):
    low, high = proportion.confint_proportions_2indep(
        k, n, l, m, method="newcomb", compare="diff", alpha=2 * alpha)
    share = (k + l) / (n + m)
    p = None if share in (0, 1) else proportion.proportions_ztest([k, l], [n, m])[1]
    return k / n - l / m, low, high, p


# Two sides, areas

def delong(one, other, positive, alpha):
    a, b = placements(one, positive), placements(other, positive)
    variance = covariance(a, a) + covariance(b, b) - 2 * covariance(a, b)
    difference = a[2] - b[2]
    if variance <= 1e-30:
        return difference, difference, difference, 1.0 if difference == 0 else None
    deviation = math.sqrt(variance)
    reach = stats.norm.isf(alpha) * deviation
    return difference, difference - reach, difference + reach, 2 * stats.norm.sf(abs(difference) / deviation)


def mover(one, other, positive, alpha):
    """statistics.md §2: the wider logit deviation for both, the covariance kept, a half step."""
    (v, w, a), (v2, w2, b) = placements(one, positive), placements(other, positive)
    p, q = len(v), len(w)
    difference = a - b
    if min(p, q) < 2:
        return difference, -1.0, 1.0
    va, vb = covariance((v, w), (v, w)), covariance((v2, w2), (v2, w2))
    c = covariance((v, w), (v2, w2))
    edge = 1 / (2 * p * q)
    x, y = (min(max(z, edge), 1 - edge) for z in (a, b))
    fx, fy = x * (1 - x), y * (1 - y)
    s = max(math.sqrt(va) / fx, math.sqrt(vb) / fy)
    r = c / (fx * fy * s * s) if s > 0 else 0.0
    t = stats.t.isf(alpha, min(p, q) - 1)
    la, ua, lb, ub = (expit(logit(x) - t * s), expit(logit(x) + t * s), expit(logit(y) - t * s), expit(logit(y) + t * s))
    h = 0.5 * max(np.abs(v - v2).max() / p, np.abs(w - w2).max() / q)
    low = difference - math.sqrt(max(0, (a - la) ** 2 + (ub - b) ** 2 - 2 * r * (a - la) * (ub - b))) - h
    high = difference + math.sqrt(max(0, (ua - a) ** 2 + (b - lb) ** 2 - 2 * r * (ua - a) * (b - lb))) + h
    return difference, max(-1, low), min(1, high)


def mover_guard(one, other, positive, margin, alpha):
    a, b = placements(one, positive)[2], placements(other, positive)[2]
    rarer = min(np.sum(positive), len(positive) - np.sum(positive))
    return rarer * ((1 - a) + (1 - b) + margin) >= -math.log(alpha) * (1 - 1e-12)


# Two sides, means

def phantom_lower(x, alpha, worst=None):
    x = np.asarray(x, float)
    n, mean = len(x), x.mean()
    worst = x.min() if worst is None else min(worst, x.min())
    w = (stats.norm.isf(alpha) ** 2 + 2) / 3
    total, fall = n + w, worst - mean
    squares = ((x - mean) ** 2).sum() + w * fall * fall * n / total
    bound = mean + w * fall / total - stats.t.isf(alpha, n - 1) * math.sqrt(squares / ((total - 1) * total))
    return max(worst, bound)


def phantom(x, alpha, lowest=None, highest=None):
    x = np.asarray(x, float)
    upper = -phantom_lower(-x, alpha, None if highest is None else -highest)
    return x.mean(), phantom_lower(x, alpha, lowest), upper


def phantom_floor(alpha, bounded):
    return 2 if bounded else math.ceil(math.log(1 / alpha) / 0.006)


def paired_p(x):
    x = np.asarray(x, float)
    return None if len(x) < 2 or x.std() == 0 else stats.ttest_1samp(x, 0).pvalue


def two_way(differences, alpha):
    """Each variance with a Student quantile of its own, added as squares; p by Satterthwaite."""
    d = np.asarray(differences, float)
    k, n = d.shape
    seeds, rows = d.mean(axis=1), d.mean(axis=0)
    vs, vr = seeds.var(ddof=1) / k, rows.var(ddof=1) / n
    reach = math.hypot(stats.t.isf(alpha, k - 1) * math.sqrt(vs), stats.t.isf(alpha, n - 1) * math.sqrt(vr))
    freedom = (vs + vr) ** 2 / (vs ** 2 / (k - 1) + vr ** 2 / (n - 1))
    p = 2 * stats.t.sf(abs(d.mean()) / math.sqrt(vs + vr), freedom)
    return d.mean(), d.mean() - reach, d.mean() + reach, p


def paired_t(x, alpha):
    x = np.asarray(x, float)
    result = stats.ttest_1samp(x, 0)
    low, high = result.confidence_interval(1 - 2 * alpha)
    return x.mean(), low, high, result.pvalue


def welch(x, y, alpha):
    result = stats.ttest_ind(x, y, equal_var=False)
    low, high = result.confidence_interval(1 - 2 * alpha)
    return np.mean(x) - np.mean(y), low, high, result.pvalue


def history(x, alpha):
    x = np.sort(np.asarray(x, float))
    h = len(x)
    rank = math.floor(alpha * (h + 1) + 1e-9)
    if x[0] == x[-1] or rank >= 1:
        place = 0 if x[0] == x[-1] else rank - 1
        return x.mean(), x[place], x[h - 1 - place]
    reach = stats.t.isf(alpha, h - 1) * x.std(ddof=1) * math.sqrt(1 + 1 / h)
    return x.mean(), x.mean() - reach, x.mean() + reach


# Random cases

def bounds(names, values):
    return dict(zip(names, values))


VLH = ["value", "low", "high"]
VLHP = ["value", "low", "high", "p"]


def proportions(rng):
    for _ in range(40):
        alpha, n = float(rng.choice(LEVELS)), int(10 ** rng.uniform(0, 3.5))
        k = int(rng.choice([0, n, rng.integers(0, n + 1), rng.binomial(n, 0.95)]))
        low, high = clopper_pearson(k, n, alpha)
        other = proportion.proportion_confint(k, n, alpha=2 * alpha, method="beta")
        assert np.allclose(other, (low, high), rtol=1e-8, atol=1e-12)
        yield case("clopper-pearson", {"counts": [k, n], "alpha": [alpha]}, bounds(VLH, (k / n, low, high)))
        m = int(10 ** rng.uniform(0, 3.5))
        l = int(rng.choice([0, m, rng.integers(0, m + 1), rng.binomial(m, 0.9)]))
        yield case("newcombe", {"counts": [k, n, l, m], "alpha": [alpha]}, bounds(VLHP, newcombe(k, n, l, m, alpha)))
    for _ in range(40):
        alpha, n = float(rng.choice(LEVELS)), int(10 ** rng.uniform(0, 4))
        share = rng.choice([0, 0.01, 0.1, 1])
        b = int(rng.binomial(n, share / 2)) if share < 1 else int(rng.integers(0, n + 1))
        c = int(rng.binomial(n - b, share / 2)) if share < 1 else n - b
        exact, middle = mcnemar(b, c)
        yield case("mcnemar", {"counts": [b, c]}, {"exact": exact, "middle": middle})
        yield case("tango", {"counts": [n, b, c], "alpha": [alpha]}, bounds(VLH, tango(n, b, c, alpha)), 1e-9, 1e-13)
        if b > 0 and c > 0 and b + c < n:
            delta = float(rng.uniform(-0.9, 0.9))
            q = restricted(n, b, c, delta)
            z = (b - c - n * delta) / math.sqrt(n * (2 * q + delta * (1 - delta)))
            yield case("tango-statistic", {"counts": [n, b, c], "delta": [delta]}, {"z": z}, 1e-7)


def scores(rng, n):
    """Labels and two models' scores: apart, tied, constant, infinite."""
    positive = rng.random(n) < rng.choice([0.1, 0.5, 0.9])
    positive[0], positive[-1] = True, False
    shared = rng.normal(size=n) + positive * rng.choice([0, 1, 4])
    one, other = shared + rng.normal(size=n) * 0.5, shared + rng.normal(size=n) * 0.5
    shape = rng.integers(0, 5)
    if shape == 1:
        one, other = np.round(one), np.round(other)
    if shape == 2:
        other = np.zeros(n)
    if shape == 3:
        one[int(rng.integers(0, n))], other[int(rng.integers(0, n))] = math.inf, -math.inf
    return positive, one, other


def areas(rng):
    for _ in range(40):
        alpha, n = float(rng.choice(LEVELS[:4])), int(rng.choice([2, 4, 12, 60, 300]))
        positive, one, other = scores(rng, n)
        arguments = {"positive": positive, "one": one, "other": other, "alpha": [alpha]}
        yield case("logit-delong", arguments, bounds(VLH, logit_delong(one, positive, alpha)), 1e-9, 1e-11)
        yield case("mover", arguments, bounds(VLH, mover(one, other, positive, alpha)), 1e-9, 1e-11)
        if min(positive.sum(), n - positive.sum()) > 1:
            yield case("delong", arguments, bounds(VLHP, delong(one, other, positive, alpha)), 1e-8, 1e-11)


def means(rng):
    for _ in range(40):
        alpha, n = float(rng.choice(LEVELS)), int(rng.choice([2, 3, 30, 700]))
        scale = float(10 ** rng.uniform(-9, 9))
        x = rng.standard_t(2, n) * scale + rng.choice([0, scale])
        if rng.random() < 0.3:
            x = np.round(x / scale) * scale
        absolute = 1e-11 * scale
        arguments = {"x": x, "alpha": [alpha]}
        yield case("phantom", arguments, dict(bounds(VLH, phantom(x, alpha)), p=paired_p(x)), 1e-9, absolute)
        bound = float(np.abs(x).max() * rng.choice([1, 3, 1000]))
        yield case(
            "phantom-bounded", {**arguments, "bound": [bound]},
            dict(bounds(VLH, phantom(x, alpha, -bound, bound)), p=paired_p(x)), 1e-9, absolute)
        if x.std() > 0:
            yield case("paired-t", arguments, bounds(VLHP, paired_t(x, alpha)), 1e-9, absolute)
            y = rng.normal(size=int(rng.choice([2, 5, 90]))) * scale
            yield case("welch", {**arguments, "y": y}, bounds(VLHP, welch(x, y, alpha)), 1e-9, absolute)
        k = int(rng.choice([2, 3, 8]))
        grid = rng.normal(size=(k, n)) * scale + rng.normal(size=(k, 1)) * scale * rng.choice([0, 1])
        yield case(
            "two-way", {"grid": grid.ravel(), "seeds": [k], "alpha": [alpha]},
            bounds(VLHP, two_way(grid, alpha)), 1e-9, absolute)
        h = int(rng.choice([2, 5, 18, 19, 40, 200]))
        runs = np.round(rng.normal(size=h), 1) if rng.random() < 0.8 else np.full(h, 0.25)
        yield case("history", {"x": runs, "alpha": [alpha]}, bounds(VLH, history(runs, alpha)))


def holm(rng):
    for _ in range(25):
        p = rng.random(int(rng.integers(1, 12))) ** rng.choice([1, 4])
        if rng.random() < 0.4:
            p = np.round(p, 1)
        adjusted = multitest.multipletests(p, method="holm")[1]
        yield case("holm", {"p": p}, {str(i): x for i, x in enumerate(adjusted)}, 1e-12, 0)


def bootstraps(rng):
    """F1 of two models on the same rows, 5,000 draws within each label: the bands must agree, not the digits."""
    for _ in range(4):
        n = int(rng.choice([200, 600]))
        y = rng.random(n) < 0.3
        a, b = (np.where(rng.random(n) < 0.15, ~y, y) for _ in range(2))

        def f1(p, rows):
            hits = (y[rows] & p[rows]).sum()
            return 2 * hits / (y[rows].sum() + p[rows].sum())

        groups = [np.flatnonzero(y), np.flatnonzero(~y)]
        draws = []
        for _ in range(5_000):
            rows = np.concatenate([rng.choice(group, len(group)) for group in groups])
            draws.append(f1(a, rows) - f1(b, rows))
        all_rows = np.arange(n)
        low, high = np.quantile(draws, [0.05, 0.95])
        yield case(
            "bootstrap-f1", {"y": y, "a": a, "b": b},
            {"value": f1(a, all_rows) - f1(b, all_rows), "low": low, "high": high}, 0, 0.25 * np.std(draws))


def cases(rng):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [*proportions(rng), *areas(rng), *means(rng), *holm(rng), *bootstraps(rng)]
