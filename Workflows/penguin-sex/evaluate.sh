#!/bin/sh
# evaluate.sh MODEL DATA ROWS
# Predicts the sex of each penguin with the one of the five models that has not seen it: the row number modulo 5.
set -eu
export LC_ALL=C
model=$1 data=$2 rows=$3

mkdir -p "$(dirname "$rows")"
awk -F, -v folds=5 '
  BEGIN { print "row,sex,predicted,p_male,species" }
  NR == 1 { count = split($1, wanted, "+"); next }  # the measurements of the model
  NR == FNR {
    prior[$1, $2, $3] = $4
    for (m = 1; m <= count; m++) { mean[$1, $2, $3, m] = $(3 + 2 * m); variance[$1, $2, $3, m] = $(4 + 2 * m) }
    next
  }
  FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
  /,NA/ { next }                                    # an incomplete row
  {
    row = FNR - 1
    species = $column["species"]
    difference = evidence("female") - evidence("male")
    p = difference > 500 ? 0 : 1 / (1 + exp(difference))
    printf "%d,%s,%s,%.6f,%s\n", row, $column["sex"], (p >= 0.5 ? "male" : "female"), p, species
  }

  # The logarithm of what speaks for a sex, up to a constant.
  function evidence(sex,    m, x, result) {
    result = log(prior[row % folds, species, sex])
    for (m = 1; m <= count; m++) {
      x = $column[wanted[m]] - mean[row % folds, species, sex, m]
      result -= (log(variance[row % folds, species, sex, m]) + x * x / variance[row % folds, species, sex, m]) / 2
    }
    return result
  }
' "$model" "$data" > "$rows"
