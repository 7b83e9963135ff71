"""Tails and quantiles of the normal, Student, beta and binomial distributions at random arguments.

mpmath at 40 digits is the arbiter; scipy's own answer goes along, so that the arbiter is held to something as well.
"""
import warnings

import mpmath
import numpy as np
from mpmath import mp, mpf
from scipy import stats

from exact import isclose, number

mp.dps = 40


def beta_lower(x, a, b):
    return mpmath.betainc(mpf(a), mpf(b), 0, mpf(x), regularized=True)


def beta_upper(x, a, b):
    # By symmetry, not as a difference from 1: a small tail keeps its digits.
    return mpmath.betainc(mpf(b), mpf(a), 0, 1 - mpf(x), regularized=True)


def student_upper(t, df):
    t, df = mpf(t), mpf(df)
    tail = mpmath.betainc(df / 2, mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    return tail if t >= 0 else 1 - tail


def normal_upper(x):
    return mpmath.erfc(mpf(x) / mpmath.sqrt(2)) / 2


def solved(tail, target, start):
    """The argument at which a tail is `target`, from a start that scipy gives, by the secant method on logarithms."""
    start, target = mpf(start), mpmath.log(mpf(target))
    for _ in range(60):
        wide = start * (1 + mpf(10) ** -12)
        one, two = mpmath.log(tail(start)), mpmath.log(tail(wide))
        step = (one - target) / ((two - one) / (wide - start))
        start -= step
        if abs(step) <= abs(start) * mpf(10) ** -22:
            return start
    return start


def entry(name, arguments, truth, scipy):
    truth = float(truth)
    return {
        "name": name,
        "arguments": [number(x) for x in arguments],
        "truth": number(truth),
        "scipyAgrees": bool(isclose(float(scipy), truth, 1e-12)),
    }


def normal(rng):
    for x in np.concatenate([rng.normal(size=30) * 3, rng.uniform(-8, 37, 30), [0.0, -0.0, 1e-300, 8.2, -37.0]]):
        yield entry("normal.sf", [x], normal_upper(x), stats.norm.sf(x))
        yield entry("normal.cdf", [x], normal_upper(-mpf(x)), stats.norm.cdf(x))
    for alpha in np.concatenate([10 ** rng.uniform(-300, -0.31, 30), rng.uniform(0.001, 0.499, 30)]):
        start = stats.norm.isf(alpha)
        yield entry("normal.upperQuantile", [alpha], solved(normal_upper, alpha, start), start)


def student(rng):
    frees = np.concatenate([rng.integers(1, 40, 30), 10 ** rng.uniform(-0.5, 4, 30)])
    for df in frees:
        t = rng.choice([-1, 1]) * 10 ** rng.uniform(-3, 2.5)
        tail = student_upper(t, df)
        if tail < mpf(10) ** -290:
            continue
        yield entry("student.sf", [t, df], tail, stats.t.sf(t, df))
        yield entry("student.twoSided", [t, df], 2 * student_upper(abs(t), df), 2 * stats.t.sf(abs(t), df))
        alpha = 10 ** rng.uniform(-14, -0.31)
        start = stats.t.isf(alpha, df)
        yield entry(
            "student.upperQuantile", [alpha, df], solved(lambda x: student_upper(x, df), alpha, start), start)


def beta(rng):
    for _ in range(90):
        a, b = 10 ** rng.uniform(-1, 3.3, 2)
        if rng.random() < 0.5:
            a, b = float(round(a) + 1), float(round(b) + 1)
        # Where the mass is, and far from it.
        x = stats.beta.rvs(a, b, random_state=rng) if rng.random() < 0.6 else rng.uniform(0, 1)
        if not 0 < x < 1:
            continue
        lower, upper = beta_lower(x, a, b), beta_upper(x, a, b)
        if lower > mpf(10) ** -290:
            yield entry("beta.lower", [x, a, b], lower, stats.beta.cdf(x, a, b))
        if upper > mpf(10) ** -290:
            yield entry("beta.upper", [x, a, b], upper, stats.beta.sf(x, a, b))
    for _ in range(50):
        k, n = 0, int(10 ** rng.uniform(0, 3.3))
        k = int(rng.integers(1, n + 1))
        alpha = 10 ** rng.uniform(-9, -0.4)
        start = stats.beta.ppf(alpha, k, n - k + 1)
        yield entry(
            "beta.quantile", [alpha, k, n - k + 1], solved(lambda x: beta_lower(x, k, n - k + 1), alpha, start), start)
        start = stats.beta.isf(alpha, k, n - k + 1)
        yield entry(
            "beta.upperQuantile", [alpha, k, n - k + 1],
            solved(lambda x: beta_upper(x, k, n - k + 1), alpha, start), start)


def binomial(rng):
    for _ in range(60):
        n = int(10 ** rng.uniform(0, 3.5))
        p = rng.choice([0.5, rng.uniform(0.001, 0.999), 10 ** rng.uniform(-6, -1)])
        k = int(rng.integers(0, n)) if rng.random() < 0.3 else int(rng.binomial(n, p))
        exact = mpmath.binomial(n, k) * mpf(p) ** k * (1 - mpf(p)) ** (n - k)
        if exact > mpf(10) ** -290:
            yield entry("binomial.pmf", [k, n, p], exact, stats.binom.pmf(k, n, p))
        if k < n:
            lower, upper = beta_upper(p, k + 1, n - k), beta_lower(p, k + 1, n - k)
            if lower > mpf(10) ** -290:
                yield entry("binomial.cdf", [k, n, p], lower, stats.binom.cdf(k, n, p))
            if upper > mpf(10) ** -290:
                yield entry("binomial.sf", [k, n, p], upper, stats.binom.sf(k, n, p))


def cases(rng):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = [*normal(rng), *student(rng), *beta(rng), *binomial(rng)]
    # Numbers below the smallest normal double have fewer digits to compare.
    return [x for x in drawn if abs(float.fromhex(x["truth"])) > 1e-300 or float.fromhex(x["truth"]) == 0]
