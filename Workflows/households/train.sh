#!/bin/sh
# train.sh DATA DEGREE MODEL
# Least squares of food spending on a polynomial in income: five fits, one for each fold left out. POSIX awk only.
# A line of the model file is: fold, then the coefficients from the constant upwards, income in thousands of francs.
set -eu
export LC_ALL=C
data=$1 degree=$2 model=$3

mkdir -p "$(dirname "$model")"
awk -F, -v degree="$degree" -v folds=5 '
  NR == 1 { next }                                  # the header
  {
    rows++
    income[rows] = $1 / 1000
    food[rows] = $2
  }
  END {
    for (fold = 0; fold < folds; fold++) fit(fold)
    printf "rows %d, degree %d, folds %d\n", rows, degree, folds > "/dev/stderr"
  }

  # The normal equations of the rows outside of a fold, solved by elimination with pivoting.
  function fit(fold,    i, j, k, r, x, best, swap, factor, total, size, a, b) {
    size = degree + 1
    for (i = 1; i <= size; i++) for (j = 1; j <= size + 1; j++) a[i, j] = 0
    for (r = 1; r <= rows; r++) {
      if (r % folds == fold) continue
      x[1] = 1
      for (i = 2; i <= size; i++) x[i] = x[i - 1] * income[r]
      for (i = 1; i <= size; i++) {
        for (j = 1; j <= size; j++) a[i, j] += x[i] * x[j]
        a[i, size + 1] += x[i] * food[r]
      }
    }
    for (k = 1; k <= size; k++) {
      best = k
      for (i = k + 1; i <= size; i++) if (magnitude(a[i, k]) > magnitude(a[best, k])) best = i
      for (j = k; j <= size + 1; j++) { swap = a[k, j]; a[k, j] = a[best, j]; a[best, j] = swap }
      for (i = k + 1; i <= size; i++) {
        factor = a[i, k] / a[k, k]
        for (j = k; j <= size + 1; j++) a[i, j] -= factor * a[k, j]
      }
    }
    for (i = size; i >= 1; i--) {
      total = a[i, size + 1]
      for (j = i + 1; j <= size; j++) total -= a[i, j] * b[j]
      b[i] = total / a[i, i]
    }
    printf "%d", fold
    for (i = 1; i <= size; i++) printf ",%.9g", b[i]
    printf "\n"
  }
  function magnitude(value) { return value < 0 ? -value : value }
' "$data" > "$model"
