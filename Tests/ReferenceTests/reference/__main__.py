"""Draws random cases, computes them with scipy, statsmodels and scikit-learn, prints JSON. `python3 reference SEED`.

Nothing of Pawl's is used: what is not in a library is computed from its published formula.
"""
import json
import sys

import numpy as np
import scipy
import sklearn
import statsmodels

import distributions
import gates
import methods
import metrics


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    parts = {}
    for place, part in enumerate([distributions, methods, metrics, gates]):
        parts[part.__name__] = part.cases(np.random.default_rng([seed, place]))
    parts["versions"] = {
        module.__name__: module.__version__ for module in (np, scipy, sklearn, statsmodels)
    }
    json.dump(parts, sys.stdout, allow_nan=False)


main()
