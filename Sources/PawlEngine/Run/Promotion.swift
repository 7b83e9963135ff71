package import PawlCore
package import PawlSystem

/// Makes a judged candidate the production record, or says why not (contract §3, *Promotion*).
package struct Promotion: Sendable {
  private let disk: Disk
  private let objects: ObjectStore
  private let options: RunOptions
  private let name: String
  private let reference: BaselineReference

  package init(disk: Disk, objects: ObjectStore, options: RunOptions, name: String, reference: BaselineReference) {
    self.disk = disk
    self.objects = objects
    self.options = options
    self.name = name
    self.reference = reference
  }

  /// Throws `promote.…` diagnostics for a refusal, `baseline.…` when the head moved, others when the disk failed.
  package func promote(
    _ draft: BaselineRecord, judged result: GateResult, at time: Timestamp
  ) throws(Failure) -> BaselineChange {
    let store = BaselineStore(disk: disk, folder: reference.store)
    let isFirst: Bool
    switch try store.head(name) {
    case .none: isFirst = true
    case .one, .several: isFirst = false
    }
    if isFirst, !options.bootstraps {
      throw Failure(
        Diagnostic(
          "promote.first", "baseline `\(name)` has no record yet; the first one is not promoted by accident",
          remedy: "add `--bootstrap`"))
    }
    try check(result, isFirst: isFirst)
    let git = Git(root: disk.root)
    let head = git.head()
    let isDirty = head == nil ? false : try git.isDirty(excluding: [reference.store])
    if isDirty, !options.allowsDirty {
      throw Failure(
        Diagnostic(
          "promote.dirty",
          "the work tree has uncommitted changes, so the record would name a commit that did not make it",
          remedy: "commit them, or add `--allow-dirty`"))
    }
    var record = draft
    record.id = time.compact + "-" + RunName.short(draft.run)
    record.name = name
    record.time = time
    record.commit = head?.commit
    record.tree = head?.tree
    record.isDirty = isDirty
    record.parents = isFirst ? [] : draft.parents
    record.reason = options.reason ?? (isFirst ? "first baseline" : nil)
    record.who = options.who
    return try store.promote(record: record, contents: contents(of: record), expecting: record.parents)
  }

  private func check(_ result: GateResult, isFirst: Bool) throws(Failure) {
    for judgement in result.judgements {
      switch judgement.verdict {
      case .pass, .notJudged: continue
      case .waived where options.allowsWaived: continue
      case .inconclusive where options.allowsInconclusive: continue
      case .fail, .inconclusive, .invalid, .waived: break
      }
      if isFirst, case .missingBaseline = judgement.finding { continue }
      if judgement.rule.severity == .warn, judgement.verdict != .invalid, !judgement.slice.isEmpty { continue }
      let hint: String? =
        switch judgement.verdict {
        case .waived: "add `--allow-waived`"
        case .inconclusive: "give it more rows, or add `--allow-inconclusive`"
        case .pass, .fail, .invalid, .notJudged: nil
        }
      throw Failure(
        Diagnostic(
          "promote.not-passed",
          "gate `\(result.name)` did not pass: `\(judgement.rule.line)` is \(judgement.verdict.rawValue)",
          at: judgement.rule.location, remedy: hint))
    }
  }

  /// What the record holds itself, within the limits of `keep:`; above them only digests are recorded.
  private func contents(of record: BaselineRecord) -> [BaselineContent] {
    var contents: [BaselineContent] = []
    var seen: Set<Digest> = []
    for evidence in record.evidence {
      for model in evidence.models where model.size <= reference.keepModel && reference.keepModel > 0 {
        if seen.insert(model.digest).inserted { contents.append(BaselineContent(model, from: source(of: model))) }
      }
      if let rows = evidence.predictions, rows.size <= reference.keepPredictions, reference.keepPredictions > 0,
        seen.insert(rows.digest).inserted
      {
        contents.append(BaselineContent(rows, from: source(of: rows)))
      }
    }
    return contents
  }

  private func source(of made: Made) -> BaselineContent.Source {
    objects.has(made) ? .object(objects) : .path(made.path)
  }
}
