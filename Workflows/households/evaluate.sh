#!/bin/sh
# evaluate.sh MODEL DATA ROWS
# Predicts each household with the one of the five fits that has not seen it; the row number modulo 5 is its fold.
set -eu
export LC_ALL=C
model=$1 data=$2 rows=$3

mkdir -p "$(dirname "$rows")"
awk -F, '
  BEGIN { print "row,food,predicted,income" }
  NR == FNR {                                       # the model file: a line a fold
    folds++
    terms = NF - 1
    for (i = 1; i <= terms; i++) b[$1, i] = $(i + 1)
    next
  }
  FNR == 1 { next }                                 # the header of the data
  {
    row = FNR - 1
    fold = row % folds
    predicted = 0
    for (i = terms; i >= 1; i--) predicted = predicted * $1 / 1000 + b[fold, i]
    band = $1 < 700 ? "low" : $1 < 1050 ? "middle" : "high"
    printf "%d,%.3f,%.3f,%s\n", row, $2, predicted, band
  }
' "$model" "$data" > "$rows"
