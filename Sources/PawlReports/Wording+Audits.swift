package import PawlCore

extension Wording {
  /// What an audit found, for machines: `same`, `differs`; nil for a stage that was not audited.
  static func auditWord(_ entry: RunRecord.Entry) -> String? {
    entry.settlement?.audit.map { $0.difference == nil ? "same" : "differs" }
  }

  /// `audited: same as run 3f9a1c`, `audited: models/1.json differs from run 3f9a1c`; nil for a stage that was not.
  static func audit(_ entry: RunRecord.Entry) -> String? {
    guard let audit = entry.settlement?.audit else { return nil }
    let run = short(audit.run)
    return "audited: " + (audit.difference.map { "\($0.path) differs from run \(run)" } ?? "same as run \(run)")
  }

  /// `2 audited, 1 differs`; nil when no stage was audited.
  static func audits(_ record: RunRecord) -> String? {
    let audits = record.shownEntries.compactMap { $0.settlement?.audit }
    if audits.isEmpty { return nil }
    let differing = audits.count { $0.difference != nil }
    return "\(Numbers.count(audits.count)) audited, "
      + (differing == 0
        ? (audits.count == 1 ? "the same" : "all the same")
        : "\(Numbers.count(differing)) \(differing == 1 ? "differs" : "differ")")
  }

  /// What is to be said of a run's stages beside how they ended: `1 flaky, 2 audited, 1 differs`; nil for nothing.
  package static func remarks(_ record: RunRecord) -> String? {
    let parts = [flaky(record), audits(record)].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// Below a plan: which results would be made again cannot be told before the run draws.
  package static func audits(planned share: Double) -> String {
    let part =
      share >= 1
      ? "every reused result is" : "\(Numbers.percent(share: share)) of reused results, drawn in each run, are"
    return "audit: \(part) made again and compared"
  }

  /// `w / train: audited 5 times, differed 2 times`, and why its results are not reused; for `pawl cache status`.
  package static func audits(_ stage: String, audited: Int, differed: Int, distrust: (run: String, path: String)?)
    -> String
  {
    let count = "\(stage): audited \(Numbers.plural(audited, "time"))"
    let found = differed == 0 ? ", always the same" : ", differed \(Numbers.plural(differed, "time"))"
    guard let distrust else { return count + found }
    return count + found
      + "; not reused until it changes: \(distrust.path) differed in run \(short(distrust.run))"
  }
}
