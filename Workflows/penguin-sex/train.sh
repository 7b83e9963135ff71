#!/bin/sh
# train.sh DATA MEASUREMENTS MODEL
# Naive Bayes of a penguin's sex within its species: five models, one for each fold left out. POSIX awk only.
# MEASUREMENTS are column names joined by `+`. A line of the model file is:
# fold, species, sex, share of that sex, then mean and variance of each measurement; the first line names them.
set -eu
export LC_ALL=C
data=$1 measurements=$2 model=$3

mkdir -p "$(dirname "$model")"
awk -F, -v measurements="$measurements" -v folds=5 '
  BEGIN { count = split(measurements, wanted, "+") }
  NR == 1 {
    for (i = 1; i <= NF; i++) column[$i] = i
    for (m = 1; m <= count; m++) if (!(wanted[m] in column)) {
      printf "there is no column `%s`\n", wanted[m] > "/dev/stderr"
      failed = 1
      exit 1
    }
    next
  }
  /,NA/ { next }                                    # an incomplete row
  {
    row = NR - 1
    group = $column["species"] "," $column["sex"]
    if (!(group in known)) { known[group] = 1; order[++groups] = group }
    for (fold = 0; fold < folds; fold++) {
      if (row % folds == fold) continue
      n[fold, group]++
      total[fold, $column["species"]]++
      for (m = 1; m <= count; m++) {
        x = $column[wanted[m]]
        sum[fold, group, m] += x
        squares[fold, group, m] += x * x
      }
    }
  }
  END {
    if (failed) exit 1
    print measurements
    for (fold = 0; fold < folds; fold++) for (g = 1; g <= groups; g++) {
      group = order[g]
      split(group, part, ",")
      size = n[fold, group]
      line = sprintf("%d,%s,%.9g", fold, group, size / total[fold, part[1]])
      for (m = 1; m <= count; m++) {
        mean = sum[fold, group, m] / size
        line = line sprintf(",%.9g,%.9g", mean, squares[fold, group, m] / size - mean * mean)
      }
      print line
    }
  }
' "$data" > "$model"
