"""Keeps the complete rows of the penguins and gives each its row number and its fold.

A row's id is its number in the original file, counted from 1; its fold is a hash of that id alone. So a row
stays in its fold on every machine and with every seed, and a model that was trained last year knows which rows
it has not seen.
"""
import argparse
import csv
import hashlib
import os

MEASUREMENTS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
COLUMNS = ["species", "island", "sex"] + MEASUREMENTS


def fold_of(row_id, folds):
    return int(hashlib.sha256(row_id.encode()).hexdigest(), 16) % folds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="the original CSV")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--out", required=True, help="the CSV to write")
    arguments = parser.parse_args()

    with open(arguments.data, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    kept = []
    for number, row in enumerate(rows, start=1):
        if all(row[name] not in ("", "NA") for name in COLUMNS):
            row_id = str(number)
            kept.append([row_id, fold_of(row_id, arguments.folds)] + [row[name] for name in COLUMNS])

    os.makedirs(os.path.dirname(arguments.out) or ".", exist_ok=True)
    with open(arguments.out, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "fold"] + COLUMNS)
        writer.writerows(kept)

    sizes = [sum(1 for row in kept if row[1] == fold) for fold in range(arguments.folds)]
    print(f"rows {len(kept)} of {len(rows)}: {len(rows) - len(kept)} are incomplete and dropped")
    print(f"folds {arguments.folds}: {', '.join(str(size) for size in sizes)} rows")


if __name__ == "__main__":
    main()
