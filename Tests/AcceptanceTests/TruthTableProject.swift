import Foundation
import Testing

/// A small workflow whose evidence is a file: what `evaluate` measures is what a test writes.
///
/// `train` copies `weights.txt`, so that other weights are another model.
struct TruthTableProject {
  /// What `evaluate` leaves: a metric file, or rows with `id,y,p` and slices.
  enum Evidence: Sendable {
    case numbers, rows, rowsWithoutIDs, seeds
  }

  let bench: Bench
  private let evidence: Evidence

  /// A project with a first commit; nothing is promoted yet.
  init(_ evidence: Evidence = .numbers) throws {
    bench = try Bench()
    self.evidence = evidence
    try bench.write(".gitignore", ".pawl\npawl-report\nwork\nmodel*\nfail-*\n")
    try bench.write("weights.txt", "one\n")
    try rules("ok >= 0")
  }

  private var evaluate: String {
    let predictions =
      "predictions: { path: \"work/${subject}/r.csv\", task: multiclass, IDlabel: y, prediction: p, slices: [s], compute: [accuracy] }"
    switch evidence {
    case .numbers:
      return """
            model: model.txt
            run: test -s ${model}; test ! -e fail-${subject}; mkdir -p work/${subject}; cp evidence.json work/${subject}/m.json
            inputs: [evidence.json]
            metrics: ["work/${subject}/m.json"]
        """
    case .seeds:
      return """
            model: model.txt
            matrix: { seed: [1, 2, 3] }
            replicate: [seed]
            run: test -s ${model}; mkdir -p work/${subject}; cp evidence-${matrix.seed}.json work/${subject}/${matrix.seed}.json
            inputs: ["evidence-${matrix.seed}.json"]
            metrics: ["work/${subject}/${matrix.seed}.json"]
        """
    case .rows, .rowsWithoutIDs:
      return """
            model: model.txt
            run: test -s ${model}; test ! -e fail-${subject}; mkdir -p work/${subject}; cp evidence.csv work/${subject}/r.csv; echo '{"ok":1}' > work/${subject}/m.json
            inputs: [evidence.csv]
            metrics: ["work/${subject}/m.json"]
            \(predictions.replacingOccurrences(of: "ID", with: evidence == .rows ? "id: id, " : ""))
        """
    }
  }

  /// Writes the workflow with these rules, each a flow map or a one-line rule as YAML has it.
  func rules(_ rules: String..., gate: String = "", evaluation: String = "") throws {
    let list = rules.map { "      - \($0)\n" }.joined()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      metrics: { score: { direction: higher-is-better }, ok: { direction: higher-is-better }, cost: { direction: lower-is-better } }
      stages:
        train: { kind: train, run: cp weights.txt model.txt, inputs: [weights.txt], outputs: [model.txt] }
        evaluate:
          kind: evaluate
      \(evaluate)
      \(evaluation.isEmpty ? "" : "    " + evaluation)
        gate:
          kind: gate
          baseline: production
      \(gate.isEmpty ? "" : "    " + gate)
          rules:
      \(list)
      """)
  }

  /// What `evaluate` measures from now on.
  func measure(_ text: String) throws {
    switch evidence {
    case .numbers: try bench.write("evidence.json", text)
    case .rows, .rowsWithoutIDs: try bench.write("evidence.csv", text)
    case .seeds:
      for (place, part) in text.split(separator: "\n").enumerated() {
        try bench.write("evidence-\(place + 1).json", String(part))
      }
    }
  }

  /// Measures, promotes as the first baseline, commits, and gives the project another model.
  func promote(_ text: String) throws {
    try measure(text)
    try bench.commit("baseline")
    let outcome = try bench.pawl("run", "w.yml", "--promote", "--bootstrap")
    try #require(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    try bench.commit("promoted")
    try bench.write("weights.txt", "two\n")
  }

  /// Runs the workflow.
  @discardableResult
  func run(_ arguments: String...) throws -> Outcome {
    try bench.shell((["pawl run w.yml"] + arguments).joined(separator: " "))
  }

  /// The records of the baseline that there are.
  func records() throws -> Int {
    try bench.shell("ls baselines/production 2>/dev/null | wc -l").out.split(separator: "\n").first.flatMap {
      Int($0.trimmingCharacters(in: .whitespaces))
    } ?? 0
  }

  /// `count` rows with ids, of which some are wrong; slices alternate between a and b.
  static func rows(_ count: Int, wrong: Range<Int> = 0..<0, from first: Int = 0, ids: Bool = true) -> String {
    (ids ? "id,y,p,s\n" : "y,p,s\n")
      + (0..<count).map { row in
        let cells = "\(row % 3),\(wrong.contains(row) ? "x" : "\(row % 3)"),\(row % 2 == 0 ? "a" : "b")\n"
        return ids ? "\(row + first),\(cells)" : cells
      }.joined()
  }
}
