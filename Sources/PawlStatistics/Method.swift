/// The method that made a comparison; raw values are the names in `test:` and in results.
package enum Method: String, Sendable, Hashable, CaseIterable {
  /// Numbers without an interval.
  case point
  /// Tango's score bounds with a half step, for paired right / wrong rows.
  case score
  /// Exact McNemar p; the score test decides.
  case mcnemar
  /// One-sided exact bounds of a proportion.
  case clopperPearson = "clopper-pearson"
  /// Hybrid score bounds of two unpaired proportions (Newcombe's method 10).
  case newcombe
  /// A Student bound with unseen rows at the worst, for means of row losses.
  case phantom
  /// A bound by betting on a bounded mean.
  case betting
  /// Paired AUC by logit MOVER.
  case mover
  /// Paired AUC by logit MOVER with the guard that also covers failing slices.
  case moverStrict = "mover-strict"
  /// Paired AUC by the plain test of DeLong.
  case delong
  /// One AUC, bounds on the logit scale.
  case logitDelong = "logit-delong"
  /// Several seeds on the same rows.
  case twoWay = "two-way"
  /// Seeds that both sides ran.
  case pairedT = "paired-t"
  /// Seeds, or rows, that are not paired.
  case welch
  /// Percentile bootstrap of a paired difference.
  case pairedBootstrap = "paired-bootstrap"
  /// Percentile bootstrap of one model's metric.
  case bootstrap
  /// A limit that is one of the earlier values.
  case rankLimit = "rank-limit"
  /// A limit of earlier values by Student's prediction interval.
  case tLimit = "t-limit"
}
