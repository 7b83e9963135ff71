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

  /// Throws `promote.…` diagnostics for a refusal; writes nothing.
  package func check(_ draft: BaselineRecord, _ results: [GateResult]) throws(Failure) {
    let isFirst = try isFirst()
    if isFirst, !options.bootstraps {
      throw Failure(
        Diagnostic(
          "promote.first", "baseline `\(name)` has no record yet; the first one is not promoted by accident",
          remedy: "add `--bootstrap`"))
    }
    for result in results { try check(result, isFirst: isFirst) }
    try checkTree(draft)
  }

  /// Adds the record and makes it production; throws `baseline.…` when the head moved, others when the disk failed.
  package func write(_ draft: BaselineRecord, at time: Timestamp) throws(Failure) -> BaselineChange {
    let isFirst = try isFirst()
    let head = Git(root: disk.root).head()
    var record = draft
    record.id = time.compact + "-" + RunName.short(draft.run)
    record.name = name
    record.time = time
    // The commit is the one that was judged, never the one that happens to be checked out now.
    record.tree = head.flatMap { $0.commit == draft.commit ? $0.tree : nil }
    // Judged against a head that this store does not have, as one of a pinned revision: then the heads differ.
    record.parents = isFirst && name != reference.name ? [] : draft.parents
    record.reason = options.reason ?? (isFirst ? "first baseline" : nil)
    record.who = options.who
    let contents = contents(of: record)
    for content in contents {
      guard case .path(let path) = content.source else { continue }
      let found = try TreeDigest().content(of: path, root: disk)
      if found?.digest != content.made.digest { throw Failure(.contentGone(content.made)) }
    }
    return try BaselineStore(disk: disk, folder: reference.store).promote(
      record: record, contents: contents, expecting: record.parents)
  }

  private func isFirst() throws(Failure) -> Bool {
    switch try BaselineStore(disk: disk, folder: reference.store).head(name) {
    case .none: true
    case .one, .several: false
    }
  }

  /// The record must name the commit that made it: a clean tree when the run began, and the same commit now.
  private func checkTree(_ draft: BaselineRecord) throws(Failure) {
    if options.allowsDirty { return }
    let git = Git(root: disk.root)
    guard let head = git.head() else { return }
    if draft.isDirty {
      throw Failure(
        Diagnostic(
          "promote.dirty",
          "the run began with uncommitted changes, so the record would name a commit that did not make it",
          remedy: "commit them and run again, or add `--allow-dirty`"))
    }
    // A commit of records alone changes nothing that was judged.
    if let commit = draft.commit, commit != head.commit,
      try git.differs(commit, from: head.commit, excluding: [reference.store])
    {
      throw Failure(
        Diagnostic(
          "promote.other-commit",
          "the run was of commit \(commit.prefix(7)), and \(head.commit.prefix(7)) is checked out",
          remedy: "run again here, check that commit out, or add `--allow-dirty`"))
    }
    if try git.isDirty(excluding: [reference.store]) {
      throw Failure(
        Diagnostic(
          "promote.dirty",
          "the work tree has uncommitted changes, so the record would name a commit that did not make it",
          remedy: "commit them, or add `--allow-dirty`"))
    }
  }

  private func check(_ result: GateResult, isFirst: Bool) throws(Failure) {
    if let pin = result.pin, pin.isAbsent, !options.bootstraps {
      throw Failure(
        Diagnostic(
          "promote.pin",
          "`\(pin.revision)` has no gate `\(result.name)`: it was judged by its own rules, so nothing is promoted",
          at: result.location, remedy: "bring the gate there first, or add `--bootstrap`"))
    }
    for judgement in result.judgements {
      switch judgement.verdict {
      case .pass, .notJudged: continue
      case .waived where options.allowsWaived: continue
      case .inconclusive where options.allowsInconclusive: continue
      case .fail, .inconclusive, .invalid, .waived: break
      }
      if isFirst, case .missingBaseline = judgement.finding { continue }
      // A release that is being named now, or a history that only promotions can make.
      if case .anchor(name, _) = judgement.rule.comparison, case .missingBaseline = judgement.finding { continue }
      if case .history = judgement.rule.comparison {
        switch judgement.finding {
        case .tooFew, .missingBaseline: continue
        case .holds, .broken, .undecided, .sameModel, .candidateNotFinite, .invalid, .notJudged: break
        }
      }
      let hint: String? =
        switch judgement.verdict {
        case .waived: "add `--allow-waived`"
        case .inconclusive: "give it more rows, or add `--allow-inconclusive`"
        case .pass, .fail, .invalid, .notJudged: nil
        }
      throw Failure(
        Diagnostic(
          "promote.not-passed",
          "gate `\(result.name)` did not pass: `\(judgement.rule.line)` is \(judgement.verdict.rawValue)"
            + (judgement.slice.isEmpty ? "" : " in a slice"), at: judgement.rule.location, remedy: hint))
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

  /// Objects are taken into use first, so that no collector takes them away before they are in the record.
  private func source(of made: Made) -> BaselineContent.Source {
    (try? objects.renew(made)) == true ? .object(objects) : .path(made.path)
  }
}

extension Diagnostic {
  fileprivate static func contentGone(_ made: Made) -> Diagnostic {
    Diagnostic(
      "promote.content-gone", "`\(made.path)` as it was judged cannot be had any more, so nothing is promoted",
      cause: "the cache does not hold it, and something else stands in its place",
      remedy: "run again with what made it, then promote that run")
  }
}
