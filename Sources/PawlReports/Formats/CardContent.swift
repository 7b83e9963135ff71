import PawlCore

/// What a model card says, ready for Markdown.
struct CardContent {
  /// One measured number of the candidate.
  struct Metric {
    var judgement: Judgement
    var estimate: Estimate
  }

  private let record: RunRecord
  private let name: String
  /// Each metric, evidence and slice once, in the rules' order.
  let metrics: [Metric]

  init(_ record: RunRecord) {
    self.record = record
    name = record.head?.workflow ?? "model"
    var seen: Set<[String]> = []
    metrics = record.gates.flatMap(\.judgements).compactMap { judgement in
      guard let estimate = judgement.candidate else { return nil }
      let key = [judgement.exhibit ?? "", judgement.rule.metric, Wording.sliceKey(judgement.slice) ?? ""]
      // The same number may be judged by a rule that shows its own bounds: that one says more.
      let best = record.gates.flatMap(\.judgements).first { other in
        other.rule.metric == judgement.rule.metric && other.exhibit == judgement.exhibit
          && other.slice == judgement.slice && other.candidate?.low != nil
      }
      return seen.insert(key).inserted
        ? Metric(judgement: best ?? judgement, estimate: best?.candidate ?? estimate) : nil
    }
  }

  // MARK: Front matter

  /// The YAML block that Hugging Face reads; `task` and `dataset` are required in a result.
  var frontMatter: String {
    var lines = ["---", "tags:", "- pawl", "model-index:", "- name: \(Escaping.yaml(name))"]
    let results = results
    guard !results.isEmpty else { return "---\ntags:\n- pawl\n---\n" }
    lines.append("  results:")
    for result in results { lines += result }
    return (lines + ["---", ""]).joined(separator: "\n")
  }

  /// One result for each evidence; only numbers may stand as a value.
  private var results: [[String]] {
    var exhibits: [String] = []
    for metric in metrics where !exhibits.contains(metric.judgement.exhibit ?? "") {
      exhibits.append(metric.judgement.exhibit ?? "")
    }
    return exhibits.compactMap { exhibit in
      let finite = metrics.filter { ($0.judgement.exhibit ?? "") == exhibit && $0.estimate.value.isFinite }
      guard !finite.isEmpty else { return nil }
      let dataset = exhibit.isEmpty ? name : "\(name) \(exhibit)"
      var lines = [
        "  - task:", "      type: other", "      name: \(Escaping.yaml(record.head?.about ?? name))", "    dataset:",
        "      type: \(Escaping.yaml(slug(dataset)))", "      name: \(Escaping.yaml("test data of \(dataset)"))",
      ]
      if let digest = Provenance.testData(record).first { lines.append("      revision: \(Escaping.yaml(digest.hex))") }
      lines.append("    metrics:")
      for metric in finite { lines += yaml(metric) }
      return lines
    }
  }

  private func yaml(_ metric: Metric) -> [String] {
    let estimate = metric.estimate
    let slice = Wording.sliceKey(metric.judgement.slice)
    let value = number(estimate.value, estimate.text)
    var lines = [
      "    - type: \(Escaping.yaml(metric.judgement.rule.metric))", "      value: \(value)",
      "      name: \(Escaping.yaml(Wording.subject(metric.judgement)))",
    ]
    var args: [String] = []
    if let slice { args.append("slice: \(Escaping.yaml(slice))") }
    if let low = estimate.low { args.append("low: \(number(low, nil))") }
    if let high = estimate.high { args.append("high: \(number(high, nil))") }
    if estimate.low != nil || estimate.high != nil {
      args.append(
        "confidence: \(number(metric.judgement.alpha.map { 1 - $0 } ?? metric.judgement.rule.confidence, nil))")
    }
    if let rows = estimate.rows { args.append("rows: \(rows)") }
    if let replicates = estimate.replicates { args.append("replicates: \(replicates)") }
    if !args.isEmpty { lines += ["      args:"] + args.map { "        \($0)" } }
    return lines
  }

  /// A number that YAML 1.1 readers take for a number: they want a point before an exponent.
  private func number(_ value: Double, _ text: String?) -> String {
    guard value.isFinite else { return "null" }
    let written = Number(value, text: text ?? value.description).jsonText
    guard written.contains("e") || written.contains("E") else { return written }
    return Decimal(written).map { abs($0.exponent) < 40 ? $0.text : written } ?? written
  }

  private func slug(_ text: String) -> String {
    let words = text.lowercased().unicodeScalars.map { scalar in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "." ? Character(scalar) : "-"
    }
    return String(words)
  }

  // MARK: Body

  /// The names that a template may use.
  var fields: [String: Any] {
    let head = record.head
    let parameters = head?.parameters ?? []
    let evidence = evidence
    let end = Wording.conclusion(record)
    return [
      "name": Escaping.markdown(name), "front-matter": frontMatter, "has-about": head?.about != nil,
      "about": Escaping.markdown(head?.about ?? ""), "mark": Wording.mark(end.verdict), "verdict": end.verdict.rawValue,
      "headline": Escaping.markdown(Wording.headline(record)),
      "sections": (head?.cardSections ?? []).map {
        ["title": Escaping.markdown(title($0.key)), "text": section($0.value.text)]
      },
      "has-metrics": !metrics.isEmpty, "metrics-table": metricsTable, "metrics": metrics.map(metricFields),
      "gates": record.gates.map(gate), "has-parameters": !parameters.isEmpty,
      "parameters": parameters.map { ["name": Escaping.markdown($0.key), "value": Escaping.markdown($0.value.text)] },
      "parameters-table": MarkdownParts.table(
        ["parameter", "value"], parameters.map { [Escaping.markdown($0.key), Escaping.markdownCode($0.value.text)] }),
      "has-evidence": !evidence.isEmpty,
      "evidence-table": MarkdownParts.table(["file", "made by", "size", "SHA-256"], evidence),
      "provenance": Provenance.facts(record).map { ["name": $0.name, "value": Escaping.markdownCode($0.value)] },
      "run": Escaping.markdown(head?.id ?? ""), "commit": Escaping.markdown(head?.commit ?? ""),
      "version": Escaping.markdown(head?.version ?? ""), "date": record.started?.forReports ?? "",
    ]
  }

  /// `intended-use` → `Intended use`.
  private func title(_ key: String) -> String {
    let words = Escaping.substitute("-", by: " ", in: key)
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// The user's own Markdown stays Markdown; only controls go.
  private func section(_ text: String) -> String {
    let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
    return lines.map { Escaping.logLine(String(String.UnicodeScalarView($0.filter { $0 != "\r" }))) }
      .joined(separator: "\n")
  }

  private func metricFields(_ metric: Metric) -> [String: Any] {
    [
      "name": Escaping.markdown(Wording.subject(metric.judgement)),
      "metric": Escaping.markdown(metric.judgement.rule.metric),
      "value": Escaping.markdown(Wording.candidate(metric.judgement) ?? ""),
      "bounds": Escaping.markdown(Wording.candidateBounds(metric.judgement) ?? ""),
      "rows": metric.estimate.rows.map(Numbers.count) ?? "",
    ]
  }

  private var metricsTable: String {
    MarkdownParts.table(
      ["metric", "value", "bounds", "confidence", "rows", "seeds"],
      metrics.map { metric in
        let bounds = Wording.candidateBounds(metric.judgement)
        return [
          Escaping.markdown(Wording.subject(metric.judgement, withExhibit: hasExhibits)),
          Escaping.markdown(Wording.candidate(metric.judgement) ?? ""), Escaping.markdown(bounds ?? ""),
          bounds == nil ? "" : Wording.level(metric.judgement),
          metric.estimate.rows.map(Numbers.count) ?? "", metric.estimate.replicates.map(Numbers.count) ?? "",
        ]
      })
  }

  private var hasExhibits: Bool { Set(metrics.compactMap(\.judgement.exhibit)).count > 1 }

  private func gate(_ gate: GateResult) -> [String: Any] {
    let facts = [
      Wording.tally(gate), Wording.evidence(gate), gate.baseline.map(Wording.baseline), Wording.pin(gate),
    ].compactMap { $0 }
    let rows = gate.judgements.map { judgement in
      [
        Wording.mark(judgement.verdict) + " " + judgement.verdict.rawValue,
        Escaping.markdown(Wording.subject(judgement, withExhibit: hasExhibits)),
        Escaping.markdown(Wording.candidate(judgement) ?? ""),
        Escaping.markdown(Wording.baselineCell(judgement) ?? ""),
        Escaping.markdown(Wording.comparison(judgement)), Escaping.markdown(Wording.allowedCell(judgement)),
        judgement.candidate?.rows.map(Numbers.count) ?? "",
      ]
    }
    let claims = gate.judgements.filter { $0.slice.isEmpty && $0.verdict == .pass }.map {
      Wording.claim($0, in: gate, attempt: record.head?.attempt)
    }
    var notes: [String] = []
    for judgement in gate.judgements {
      let subject = Wording.subject(judgement, withExhibit: hasExhibits)
      notes += Wording.waivers(judgement).map { "\(subject): \($0)" }
    }
    notes += Wording.differences(gate) + Wording.looks(gate) + Wording.compared(gate) + gate.caveats
    for caveat in gate.judgements.flatMap({ Wording.ownCaveats($0, in: gate) }) where !notes.contains(caveat) {
      notes.append(caveat)
    }
    return [
      "name": Escaping.markdown(gate.name), "verdict": gate.verdict.rawValue,
      "tally": Escaping.markdown(facts.joined(separator: " · ")), "claims": claims.map(Escaping.markdown),
      "notes": notes.map(Escaping.markdown),
      "table": MarkdownParts.table(["", "metric", "candidate", "baseline", "difference", "allowed", "rows"], rows),
    ]
  }

  /// What the evaluated stages made and what was trained, with digests.
  private var evidence: [[String]] {
    record.entries.filter { ["evaluate", "train"].contains($0.planned.kind) }.flatMap { entry in
      (entry.settlement?.outputs ?? []).map { made in
        [
          Escaping.markdownCode(made.path), Escaping.markdown(entry.planned.id.name), Numbers.size(made.size),
          "`\(made.digest.hex)`",
        ]
      }
    }
  }
}
