import PawlCore

/// What today's policy says otherwise than the pinned one, a line each; nothing of it has an effect.
struct PolicyDifferences {
  let revision: String

  func lines(_ here: GatePolicy, there: GatePolicy) -> [String] {
    rules(here, there) + directions(here, there) + baselines(here.baseline, there.baseline)
      + testSets(here.testSet, there.testSet) + waivers(here.waivers, there.waivers)
  }

  private func both(_ here: String, _ there: String) -> String { "\(here) here, \(there) in \(revision)" }
  private func onlyHere(_ what: String) -> String { "\(what) is not in \(revision)" }
  private func onlyThere(_ what: String) -> String { "\(what) of \(revision) is not here" }

  // MARK: rules

  private func rules(_ here: GatePolicy, _ there: GatePolicy) -> [String] {
    var ours = here.rules
    var theirs: [GateRule] = []
    for rule in there.rules {
      if let index = ours.firstIndex(where: { $0.decides == rule.decides }) {
        ours.remove(at: index)
      } else {
        theirs.append(rule)
      }
    }
    var lines: [String] = []
    for rule in theirs {
      guard let index = partner(of: rule, in: ours) else {
        lines.append(onlyThere("`\(rule.line)`"))
        continue
      }
      let our = ours.remove(at: index)
      if our.line != rule.line { lines.append(both("`\(our.line)`", "`\(rule.line)`")) }
      for (mine, other) in zip(our.options, rule.options) where mine.text != other.text {
        if mine.name == "slices", our.line != rule.line { continue }
        lines.append("`\(our.line)`: " + both("\(mine.name) \(mine.text)", other.text))
      }
    }
    return lines + ours.map { onlyHere("`\($0.line)`") }
  }

  /// The rule of today that stands in the place of one of the revision.
  private func partner(of rule: GateRule, in rules: [GateRule]) -> Int? {
    func first(_ fits: (GateRule) -> Bool) -> Int? { rules.firstIndex(where: fits) }
    let cuts = Set(rule.slices.map { Set($0.columns) })
    return first { $0.name != nil && $0.name == rule.name }
      ?? first {
        $0.metric == rule.metric && $0.comparison.kind == rule.comparison.kind && $0.stage == rule.stage
          && Set($0.slices.map { Set($0.columns) }) == cuts
      }
      ?? first { $0.metric == rule.metric && $0.comparison.kind == rule.comparison.kind }
      ?? first { $0.metric == rule.metric }
  }

  private func directions(_ here: GatePolicy, _ there: GatePolicy) -> [String] {
    Set(here.metrics.keys).union(there.metrics.keys).sorted().compactMap { name in
      let ours = RuleReader.direction(of: name, in: here.metrics)
      let theirs = RuleReader.direction(of: name, in: there.metrics)
      guard ours != theirs else { return nil }
      return "`\(name)` is " + both(ours?.rawValue ?? "without direction", theirs?.rawValue ?? "without direction")
    }
  }

  // MARK: baseline, test set, waivers

  private func baselines(_ here: BaselineReference?, _ there: BaselineReference?) -> [String] {
    var lines: [String] = []
    if here?.origin != there?.origin {
      lines.append(both(here.map { "baseline `\($0.name)`" } ?? "no baseline", there.map { "`\($0.name)`" } ?? "none"))
    }
    if let here, let there, here.store != there.store {
      lines.append(both("baselines in `\(here.store)`", "`\(there.store)`"))
    }
    return lines
  }

  private func testSets(_ here: TestSetPolicy?, _ there: TestSetPolicy?) -> [String] {
    func text(_ policy: TestSetPolicy?) -> String {
      policy.map { "{ budget: \($0.budget), feedback: \($0.feedback.rawValue) }" } ?? "none"
    }
    return text(here) == text(there) ? [] : [both("`test-set` \(text(here))", text(there))]
  }

  private func waivers(_ here: [Waiver], _ there: [Waiver]) -> [String] {
    let ours = here.map(\.decides)
    let theirs = there.map(\.decides)
    return there.filter { !ours.contains($0.decides) }.map { onlyThere(name($0)) }
      + here.filter { !theirs.contains($0.decides) }.map { onlyHere(name($0)) }
  }

  private func name(_ waiver: Waiver) -> String {
    let slice = waiver.slice.map { "\($0.column)=\($0.value)" }.joined(separator: ", ")
    return "the waiver of `\(waiver.rule)`" + (slice.isEmpty ? "" : " on \(slice)")
      + (waiver.upTo.map { " up to \($0.text)" } ?? "") + " by \(waiver.owner) until \(waiver.expires)"
  }

  // MARK: evidence

  /// What the rows of a stage mean.
  func lines(_ here: Predictions?, there: Predictions?, of stage: String) -> [String] {
    guard let there else { return here == nil ? [] : [onlyHere("`predictions` of `\(stage)`")] }
    guard let here else { return [onlyThere("`predictions` of `\(stage)`")] }
    return zip(here.keys, there.keys).filter { $0.text != $1.text }.map { ours, theirs in
      "`predictions` of `\(stage)`: " + both("\(ours.name) \(ours.text)", theirs.text)
    }
  }

  /// Which evidence is judged.
  func lines(_ here: [Exhibit], there: [Exhibit]) -> [String] {
    var lines: [String] = []
    for exhibit in there {
      guard let ours = here.first(where: { $0.name == exhibit.name }) else {
        lines.append(onlyThere("the evidence `\(exhibit.name)`"))
        continue
      }
      lines += exhibit.candidate.filter { !ours.candidate.contains($0) }.map { onlyThere("`\($0)`") }
      if ours.ships != exhibit.ships {
        lines.append(
          both(ours.ships.map { "`\($0)` ships" } ?? "no replicate ships", exhibit.ships.map { "`\($0)`" } ?? "none"))
      }
    }
    let known = Set(there.map(\.name))
    return lines + here.filter { !known.contains($0.name) }.map { onlyHere("the evidence `\($0.name)`") }
  }
}

extension GateRule {
  /// The rule without what only tells where and how it is written.
  fileprivate var decides: GateRule {
    var rule = self
    rule.location = nil
    rule.format = .plain
    for index in rule.slices.indices { rule.slices[index].location = nil }
    return rule
  }

  /// What a rule says beside its comparison, in words.
  fileprivate var options: [(name: String, text: String)] {
    let cuts = slices.map { slice in
      slice.columns.joined(separator: " & ")
        + (slice.values.isEmpty ? "" : " (\(slice.values.joined(separator: ", ")))")
    }
    return [
      ("name", name ?? "none"), ("stage", stage ?? "none"),
      ("slices", cuts.isEmpty ? "none" : cuts.joined(separator: ", ")),
      ("min-rows", minRows.map(String.init) ?? "none"), ("confidence", Number(confidence).text),
      ("test", test.rawValue), ("severity", severity.rawValue),
      ("when-inconclusive", whenInconclusive?.rawValue ?? "by default"),
      ("on-missing-baseline", onMissingBaseline.rawValue), ("point", String(comparesPoints)),
      ("allow-other-data", String(allowsOtherData)), ("direction", direction.rawValue),
    ]
  }
}

extension Waiver {
  /// The waiver without its place.
  fileprivate var decides: Waiver {
    var waiver = self
    waiver.location = nil
    return waiver
  }
}

extension Predictions {
  /// What rows mean, key by key; not where they are.
  fileprivate var keys: [(name: String, text: String)] {
    func list(_ columns: [Column]) -> String {
      columns.isEmpty ? "none" : columns.map { "\($0.name): \($0.column)" }.joined(separator: ", ")
    }
    func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
    return [
      ("task", task.rawValue), ("id", id ?? "none"), ("label", label ?? "none"), ("prediction", prediction ?? "none"),
      ("score", score ?? "none"), ("scores", list(scores)), ("positive", positive ?? "none"),
      ("threshold", Number(threshold).text), ("slices", list(slices)), ("compute", list(compute)),
      ("values", list(values)), ("cluster", cluster ?? "none"), ("clip", clip.map { Number($0).text } ?? "none"),
      ("worst", worst.map { Number($0).text } ?? "none"),
    ]
  }
}
