"""Predicts each penguin with the one of the five models that has not seen it, and writes a row for each.

Whichever model file comes in, today's candidate or last year's baseline, its predictions are out of fold: the
fold is a hash of the row's id and does not depend on when or how the model was trained.
"""
import argparse
import csv
import json
import math
import os


def predict(model, x):
    """The probabilities of the species, in the order of the model file."""
    z = [(v - m) / s for v, m, s in zip(x, model["means"], model["spreads"])]
    logits = [math.fsum([w[0]] + [a * b for a, b in zip(w[1:], z)]) for w in model["weights"]]
    highest = max(logits)
    powers = [math.exp(logit - highest) for logit in logits]
    total = math.fsum(powers)
    return [power / total for power in powers]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True, help="the predictions, one row a penguin")
    parser.add_argument("--metrics", required=True, help="a JSON file with what the rows do not say")
    arguments = parser.parse_args()

    with open(arguments.model, encoding="utf-8") as file:
        content = json.load(file)
    species = content["species"]
    models = {model["fold"]: model for model in content["folds"]}
    with open(arguments.data, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    right, losses, lines = 0, [], []
    for row in rows:
        p = predict(models[int(row["fold"])], [float(row[name]) for name in content["measurements"]])
        predicted = species[p.index(max(p))]
        right += predicted == row["species"]
        losses.append(-math.log(max(p[species.index(row["species"])], 1e-15)))
        lines.append([row["row"], row["species"], predicted] + [f"{v:.6f}" for v in p] + [row["island"], row["sex"]])

    for path in (arguments.out, arguments.metrics):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(arguments.out, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "species", "predicted"] + ["p_" + s.lower() for s in species] + ["island", "sex"])
        writer.writerows(lines)
    with open(arguments.metrics, "w", encoding="utf-8") as file:
        json.dump({"log-loss": round(math.fsum(losses) / len(losses), 6)}, file)
        file.write("\n")
    print(f"{right} of {len(rows)} right")


if __name__ == "__main__":
    main()
