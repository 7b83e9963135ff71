/// The words of the study's pages.
enum Notes {
  static let head = """
    # Error rates, measured

    Every gate rule errs with a chance of at most 5 %, one-sided: a candidate whose truth lies exactly at the margin may
    pass in at most 5 of 100 test sets. This page is that chance by simulation, through the same code that judges a
    gate. It is written by

        swift build -c release -Xswiftc -enable-testing --build-tests
        PAWL_STUDY=full swift test -c release -Xswiftc -enable-testing --skip-build --filter ErrorRateStudy

    Without the variable the same code runs on fewer draws and smaller test sets, as a test.

    - *false pass*: share of test sets on which a candidate at the margin passes; *sd*: of chance, if the truth were 5 %.
      A cell holds when false pass ≤ 5 % + 3 sd; `above` marks one that does not; `near` and
      `liberal` mark cells above the level of methods that claim no more: see their parts.
    - *false fail*: share on which that candidate (it has not lost more than it may) fails.
    - *power*: share on which a candidate equal to the baseline passes; *exact*: the same, summed over all outcomes.
    - *too few rows*: share answered "inconclusive: too few rows" at the margin; no claim is made there.
    - *n* rows, *d* share of rows on which the models differ. Margins are in the metric's own unit, 0.01 is a point.

    """

  static let parts: [(name: String, text: String)] = [
    (
      "score",
      """
      Right / wrong rows, paired: Tango's score bounds with a half step, the default. A loss of m needs a disagreement
      of at least m, so cells with d < m do not exist. "Too few rows": nothing differs and still nothing can be said.
      """
    ),
    (
      "judged",
      """
      The same and others through the gate: tables of rows in, verdicts out. A named `paired-bootstrap` on right / wrong
      rows passes only where the score test passes; `mcnemar` prints its p, the score test decides.
      """
    ),
    (
      "phantom",
      """
      Row losses whose difference is skewed: of the rows that differ most gain 0.1 and some lose 1, or the difference is
      lognormal. *bounded*: the largest difference of a row is known (Brier); *unbounded*: 500 rows at least. Without a
      bound a tail that the sample has not shown is beyond every method: with a lognormal sigma of 2 (a deviation of
      seven means) some 7 % pass at 1,000 rows. `worst:` gives such a loss its bound.
      `betting` beside it, on the same draws.
      """
    ),
    (
      "auc",
      """
      Two models' AUC on the same rows, binormal scores, correlation 0.8. `mover` is the default, with its guard;
      `mover-strict` has the stricter guard; `delong` by name is the plain test, liberal towards an AUC of 1: its
      judgements carry that caveat above 0.9.
      """
    ),
    (
      "seeds",
      """
      One number a seed: paired t where both sides ran the same seeds, Welch's t elsewhere. *n* is the number of seeds.
      Normal seeds; "uneven": the candidate's seeds spread three times as far.
      """
    ),
    (
      "two-way",
      """
      k seeds × n rows, both models with each seed. `two-way` alone is what statistics.md studied; what a gate uses is
      widened by the score test on right / wrong rows and by phantom rows on row losses.
      """
    ),
    (
      "fixed limits",
      """
      One model against a fixed limit, its truth exactly at the limit. Power: one that is as far above its limit as
      *margin* says. Clopper–Pearson is summed exactly. The logit bounds of an AUC come a little above the level where
      their guard (three misranked rows of the rarer class expected at the limit) is barely met.
      """
    ),
    (
      "unpaired",
      """
      Right / wrong rows of two test sets of n rows each: Newcombe's hybrid score bounds, summed exactly. Near the level
      and not below it everywhere.
      """
    ),
    (
      "resampling of labels",
      """
      F1 and MCC by the stratified percentile bootstrap through the gate, with its guards: 50 rows on which the models
      differ and 20 of the rarest class. The margin is the true difference of the metric. With its guards the bootstrap
      is near the level, some 7 % with few rows of a class, and not below it.
      """
    ),
    (
      "resampling of numbers",
      """
      RMSE and R² by the percentile bootstrap of rows through the gate, from 500 rows on. Errors of the two models
      correlate by 0.8. The margin is the true difference of the metric. The percentile bootstrap does not see large
      errors on few rows: it passes a candidate at the margin far too often where these make up the loss, and 500 rows do
      not help.
      """
    ),
    (
      "history",
      """
      The next run beside the last *n*: the share of false alarms of a model that has not changed. Rank limit from 19
      runs on, Student's limit below (its caveat: "shape unknown"). *power*: alarms at a fall of three deviations.
      """
    ),
  ]
}
