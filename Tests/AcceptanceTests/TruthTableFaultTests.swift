import Foundation
import PawlTestSupport
import Testing

/// No path leads from missing, broken or skipped evidence to a pass.
///
/// The candidate is truly worse than production, and truly better than the record before it: whatever is taken from
/// or done to any file that the judgement rests on, it must never pass.
@Suite struct TruthTableFaultTests {
  /// What happens to a file.
  enum Fault: String, CaseIterable, Sendable {
    case removed, emptied, halved
    case lastByte = "less its last byte"
    case lastLine = "less its last line"
    case firstLine = "less its first line"
    case flipped = "with a byte flipped"
    case zeroed = "of zeros"
    case extended = "with something after its end"
    case folder = "a folder"
    case dangling = "a link to nowhere"
    case swapped = "another file"

    /// A shell command that does it to `$f`.
    var command: String {
      let size = "$(stat -c %s \"$f\")"
      switch self {
      case .removed: return "rm -f \"$f\""
      case .emptied: return ": > \"$f\""
      case .halved: return "truncate -s $((\(size) / 2)) \"$f\""
      case .lastByte: return "truncate -s $((\(size) - 1)) \"$f\""
      case .lastLine: return "sed -i '$d' \"$f\""
      case .firstLine: return "sed -i '1d' \"$f\""
      case .flipped: return "printf '\\001' | dd of=\"$f\" bs=1 seek=$((\(size) / 2)) conv=notrunc 2>/dev/null"
      case .zeroed: return "n=\(size); head -c $n /dev/zero > \"$f\""
      case .extended: return "printf '7,0,0,a\\n{' >> \"$f\""
      case .folder: return "rm -f \"$f\"; mkdir \"$f\""
      case .dangling: return "rm -f \"$f\"; ln -s nowhere \"$f\""
      case .swapped: return "cat w.yml > \"$f\""
      }
    }
  }

  /// A project with two records, the older one worse than the candidate, and a candidate that has been judged.
  private static let template: Result<String, any Error> = Result {
    let bench = try Bench()
    try bench.write(".gitignore", ".pawl\npawl-report\nwork\nmodel.txt\nfault.sh\n")
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      metrics: { score: { direction: higher-is-better } }
      stages:
        train: { kind: train, run: cp weights.txt model.txt, inputs: [weights.txt], outputs: [model.txt] }
        evaluate:
          kind: evaluate
          model: model.txt
          run: |
            mkdir -p work/${subject}
            wrong=$(cat ${model})
            # The wrong rows stand last, so that a file cut short looks better than it is.
            awk -v wrong=$wrong 'BEGIN { print "id,y,p,s"; for (i = 0; i < 600; i++) print i ",a," (i >= 600 - wrong ? "b" : "a") ",s" }' > work/${subject}/r.csv
            echo "{\\"score\\": $((600 - wrong))}" > work/${subject}/m.json
            if [ -e fault.sh ] && [ ${subject} = candidate ]; then sh fault.sh; fi
          metrics: ["work/${subject}/m.json"]
          predictions: { path: "work/${subject}/r.csv", task: multiclass, id: id, label: y, prediction: p, compute: [accuracy] }
        gate:
          kind: gate
          baseline: production
          rules:
            - { metric: accuracy, may-lose: 0.02 }
            - { metric: score, may-lose: 10 }
      """)
    for (wrong, name) in [("300", "older"), ("6", "production")] {
      try bench.write("weights.txt", wrong)
      try bench.commit(name)
      let outcome = try bench.pawl("run", "w.yml", "--promote", name == "older" ? "--bootstrap" : "--jobs=1")
      guard outcome.status == 0 else { throw Unready(outcome: outcome) }
      try bench.commit("promoted")
    }
    try bench.write("weights.txt", "90")
    let outcome = try bench.pawl("run", "w.yml")
    guard outcome.status == 1 else { throw Unready(outcome: outcome) }
    // It outlives the bench, to the end of all tests.
    let kept =
      FileManager.default.temporaryDirectory.path + "/pawl-template-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.moveItem(atPath: bench.root, toPath: kept)
    atexit {
      let folder = FileManager.default.temporaryDirectory.path
      try? FileManager.default.removeItem(
        atPath: folder + "/pawl-template-\(ProcessInfo.processInfo.processIdentifier)")
    }
    return kept
  }

  private struct Unready: Error { var outcome: Outcome }

  private func project() throws -> Bench {
    let bench = try Bench()
    try bench.shell("cp -a '\(try Self.template.get())/.' .")
    return bench
  }

  private func isNoPass(_ outcome: Outcome, _ bench: Bench, _ what: String) throws {
    #expect([1, 2, 3, 4, 6].contains(outcome.status), "\(what): \(outcome.status)\n\(outcome.out)\(outcome.err)")
    #expect(!outcome.out.contains("gate  pass"), "\(what)\n\(outcome.out)")
    // What the report says of the comparisons, where there is one of this run.
    guard outcome.status != 2, outcome.status != 4, bench.exists("pawl-report/result.json") else { return }
    let result = try bench.result()
    let verdicts = (result["gates"] as? [[String: Any]] ?? []).map { $0.text("verdict") ?? "" }
    #expect(verdicts.allSatisfy { ["fail", "invalid"].contains($0) }, "\(what): \(verdicts)")
    #expect(
      result.rules.first { $0.text("metric") == "accuracy" }?.text("verdict") != "pass", "\(what)\n\(outcome.out)")
  }

  @Test func `the project is truly worse, and without the newer record truly better`() throws {
    let bench = try project()
    #expect(try bench.pawl("run", "w.yml").status == 1)
    try bench.shell("rm -rf \"$(ls -d baselines/production/* | tail -1)\"")
    #expect(try bench.pawl("run", "w.yml").status == 0)
  }

  @Test(arguments: Fault.allCases, ["m.json", "r.csv"]) func `evidence that the candidate leaves broken never passes`(
    _ fault: Fault, _ file: String
  ) throws {
    let bench = try project()
    try bench.write("fault.sh", "f=work/candidate/\(file)\n\(fault.command)\n")
    try isNoPass(try bench.pawl("run", "w.yml", "--force=evaluate"), bench, "\(file) \(fault.rawValue)")
  }

  /// The newer record's files, and the older one's.
  @Test(
    arguments: Fault.allCases.map { ($0, true) } + [(.removed, false), (.emptied, false), (.swapped, false)]
      as [(Fault, Bool)])
  func `a record with a broken file never lets the candidate pass`(_ fault: Fault, _ isNewer: Bool) throws {
    let whole = try project()
    let record = "\"$(ls -d baselines/production/* | \(isNewer ? "tail" : "head") -1)\""
    let files = try whole.shell("cd \(record) && find . -type f | sort").out.split(separator: "\n").map(String.init)
    #expect(files.count >= 3)
    for file in files {
      for keepsCache in isNewer ? [true, false] : [false] {
        let bench = try project()
        let clear = keepsCache ? "" : "rm -rf .pawl/cache work;"
        try bench.shell("\(clear) f=\(record)/\(file); chmod -R u+w baselines; \(fault.command)")
        let name = "\(isNewer ? "newer" : "older") \(file) \(fault.rawValue), cache \(keepsCache)"
        try isNoPass(try bench.pawl("run", "w.yml"), bench, name)
      }
    }
  }

  @Test(arguments: [Fault.removed, .emptied, .halved, .flipped, .folder, .swapped])
  func `what a run left behind broken is made again, never believed`(_ fault: Fault) throws {
    let whole = try project()
    let files = try whole.shell("find work model.txt .pawl/cache -type f | sort").out.split(separator: "\n")
      .map(String.init)
    #expect(files.count >= 5)
    for file in files {
      let bench = try project()
      try bench.shell("f='\(file)'; chmod -R u+w .pawl; \(fault.command)")
      let outcome = try bench.pawl("run", "w.yml")
      try isNoPass(outcome, bench, "\(file) \(fault.rawValue)")
      // A folder where the cache has a file is a broken store; anything else can be made again.
      let isStore = fault == .folder && file.hasPrefix(".pawl")
      #expect(
        outcome.status == 1 || isStore && outcome.status == 4,
        "\(file) \(fault.rawValue)\n\(outcome.out)\(outcome.err)")
    }
  }

  /// A candidate that is truly as good may pass, on the record's own numbers alone.
  @Test(arguments: Fault.allCases) func `a good candidate passes only against what was promoted`(_ fault: Fault) throws
  {
    let whole = try project()
    let record = "\"$(ls -d baselines/production/* | tail -1)\""
    for file in try whole.shell("cd \(record) && find . -type f | sort").out.split(separator: "\n") {
      let bench = try project()
      try bench.write("weights.txt", "3")
      try bench.shell("rm -rf .pawl/cache work; f=\(record)/\(file); chmod -R u+w baselines; \(fault.command)")
      let outcome = try bench.pawl("run", "w.yml")
      guard outcome.status == 0 else {
        #expect([2, 4, 6].contains(outcome.status), "\(file) \(fault.rawValue)\n\(outcome.out)\(outcome.err)")
        continue
      }
      let rules = try bench.result().rules
      let promoted = rules.map { ($0["baseline"] as? [String: Any])?.number("value") }
      #expect(promoted == [0.99, 594], "\(file) \(fault.rawValue)\n\(outcome.out)")
      // The rows themselves were there, or were made again by the promoted model.
      #expect(rules.first?.text("test") == "score", "\(file) \(fault.rawValue)\n\(outcome.out)")
    }
  }

  @Test(arguments: Array(stride(from: 0.01, through: 0.99, by: 0.07)))
  func `a record altered at any place never passes`(
    _ share: Double
  ) throws {
    for digit in ["9", "0", "\\001"] {
      let bench = try project()
      let file = "\"$(ls -d baselines/production/* | tail -1)\"/record.json"
      try bench.shell(
        """
        f=\(file); n=$(stat -c %s "$f"); chmod u+w "$f"
        printf '\(digit)' | dd of="$f" bs=1 seek=$(awk "BEGIN { print int($n * \(share)) }") conv=notrunc 2>/dev/null
        """)
      try isNoPass(try bench.pawl("run", "w.yml"), bench, "record.json at \(share): \(digit)")
    }
  }
}
