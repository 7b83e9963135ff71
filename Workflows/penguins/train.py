"""Trains a softmax regression of the species on four measurements: five models, one for each fold left out.

Standard library only. Mean and spread of a measurement are learned from the rows a model is trained on, never
from the rows it will be judged on. The seed draws the first weights and the order of the rows.
"""
import argparse
import csv
import json
import math
import os
import random

SPECIES = ["Adelie", "Chinstrap", "Gentoo"]
MEASUREMENTS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
BATCH = 16


def mean_and_spread(rows):
    """The mean and the standard deviation of each measurement. `fsum`, so that every Python adds alike."""
    means, spreads = [], []
    for column in zip(*rows):
        mean = math.fsum(column) / len(column)
        means.append(mean)
        spreads.append(math.sqrt(math.fsum((value - mean) ** 2 for value in column) / len(column)))
    return means, spreads


def probabilities(weights, x):
    logits = []
    for w in weights:
        logits.append(w[0] + w[1] * x[0] + w[2] * x[1] + w[3] * x[2] + w[4] * x[3])
    highest = max(logits)
    powers = [math.exp(logit - highest) for logit in logits]
    total = powers[0] + powers[1] + powers[2]
    return [power / total for power in powers]


class FoldModel:
    """The model that does not see the rows of one fold."""

    def __init__(self, fold, rows, draw):
        seen = [row for row in rows if row["fold"] != fold]
        self.fold = fold
        self.means, self.spreads = mean_and_spread([row["x"] for row in seen])
        self.examples = [
            ([(v - m) / s for v, m, s in zip(row["x"], self.means, self.spreads)], SPECIES.index(row["species"]))
            for row in seen
        ]
        self.weights = [[draw.gauss(0, 0.5) for _ in range(1 + len(MEASUREMENTS))] for _ in SPECIES]

    def epoch(self, rate, draw):
        """One pass over the rows in a new order, a step a batch. Returns the sum of the log-losses."""
        draw.shuffle(self.examples)
        loss = 0.0
        for start in range(0, len(self.examples), BATCH):
            batch = self.examples[start : start + BATCH]
            slopes = [[0.0] * 5 for _ in SPECIES]
            for x, label in batch:
                p = probabilities(self.weights, x)
                loss -= math.log(max(p[label], 1e-300))
                p[label] -= 1.0
                for slope, error in zip(slopes, p):
                    slope[0] += error
                    slope[1] += error * x[0]
                    slope[2] += error * x[1]
                    slope[3] += error * x[2]
                    slope[4] += error * x[3]
            step = rate / len(batch)
            for w, slope in zip(self.weights, slopes):
                for i in range(5):
                    w[i] -= step * slope[i]
        return loss

    def written(self):
        """What the model file holds. Nine decimals hide the last bit in which two machines may differ."""
        return {
            "fold": self.fold,
            "means": [round(value, 9) for value in self.means],
            "spreads": [round(value, 9) for value in self.spreads],
            "weights": [[round(value, 9) for value in row] for row in self.weights],
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()

    with open(arguments.data, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["fold"] = int(row["fold"])
        row["x"] = [float(row[name]) for name in MEASUREMENTS]

    draw = random.Random(arguments.seed)
    models = [FoldModel(fold, rows, draw) for fold in sorted({row["fold"] for row in rows})]
    seen = sum(len(model.examples) for model in models)
    for epoch in range(1, arguments.epochs + 1):
        loss = math.fsum(model.epoch(arguments.rate, draw) for model in models) / seen
        print(f"::pawl progress {epoch}/{arguments.epochs} loss={loss:.4f}", flush=True)

    os.makedirs(os.path.dirname(arguments.out) or ".", exist_ok=True)
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(
            {
                "species": SPECIES,
                "measurements": MEASUREMENTS,
                "folds": [model.written() for model in models],
            },
            file,
            indent=1,
        )
        file.write("\n")


if __name__ == "__main__":
    main()
