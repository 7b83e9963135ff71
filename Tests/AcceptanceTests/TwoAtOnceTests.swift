import Foundation
import Testing

/// Two `pawl` processes share one project (contract §7).
@Suite(.serialized) struct TwoAtOnceTests {
  /// Three stages in a row that say each time that they ran.
  private func project() throws -> Bench {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: twins
      stages:
        split: { run: "echo split >> counts; cat seed.txt > data.txt", inputs: [seed.txt], outputs: [data.txt] }
        train: { run: "echo train >> counts; sleep 0.05; cat data.txt > model.txt", inputs: [data.txt], outputs: [model.txt] }
        check: { run: "echo check >> counts; cat model.txt > check.txt", inputs: [model.txt], outputs: [check.txt] }
      """)
    try bench.shell("mkdir .pawl")
    return bench
  }

  @Test func `in 20 rounds of two at once each stage runs once and both succeed`() throws {
    let bench = try project()
    let began = Date()
    for round in 0..<20 {
      try bench.write("seed.txt", "seed \(round)\n")
      try bench.write("counts", "")
      let outcome = try bench.shell(
        """
        pawl run w.yml --report-dir one > one.log 2>&1 & one=$!
        pawl run w.yml --report-dir two > two.log 2>&1; second=$?
        wait $one; echo $? $second
        """)
      let logs = try bench.shell("cat one.log two.log").out
      #expect(outcome.out == "0 0\n", "\(logs)")
      #expect(try bench.read("counts").split(separator: "\n").sorted() == ["check", "split", "train"], "\(logs)")
      #expect(try bench.read("check.txt") == "seed \(round)\n")
    }
    #expect(Date().timeIntervalSince(began) < 40)
  }

  @Test func `two workflows that make one path take turns`() throws {
    let bench = try Bench()
    try bench.shell("mkdir .pawl")
    for (name, output) in [("a", "out/model.txt"), ("b", "out")] {
      try bench.write(
        "\(name).yml",
        """
        pawl: 1
        name: \(name)
        stages:
          \(name):
            run: |
              mkdir -p out
              for i in 1 2 3 4 5 6 7 8; do echo \(name) >> out/model.txt; sleep 0.03; done
            outputs: [\(output)]
        """)
    }
    let outcome = try bench.shell(
      """
      pawl run a.yml --report-dir one > one.log 2>&1 & one=$!
      pawl run b.yml --report-dir two > two.log 2>&1; second=$?
      wait $one; echo $? $second
      """)
    let logs = try bench.shell("cat one.log two.log").out
    #expect(outcome.out == "0 0\n", "\(logs)")
    let lines = Set(try bench.read("out/model.txt").split(separator: "\n"))
    #expect(lines.count == 1, "\(lines)")
  }

  @Test func `who waits for another says so and names its run`() throws {
    let bench = try Bench()
    try bench.shell("mkdir .pawl")
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: waiting
      stages:
        train: { run: "while [ ! -e go ]; do sleep 0.02; done; echo x > model.txt", outputs: [model.txt] }
      """)
    let outcome = try bench.shell(
      """
      pawl run w.yml > one.log 2>&1 & one=$!
      while [ -z "$(ls .pawl/runs/*/events.jsonl 2>/dev/null)" ] || ! grep -q spawn .pawl/runs/*/events.jsonl; do sleep 0.02; done
      ls .pawl/runs > first
      pawl run w.yml --report-dir two > two.log 2>&1 & two=$!
      n=0; while ! grep -q 'waiting for another' two.log && [ $n -lt 300 ]; do n=$((n + 1)); sleep 0.02; done
      touch go
      wait $one; a=$?; wait $two; echo $a $?
      """)
    let log = try bench.read("two.log")
    #expect(outcome.out == "0 0\n", "\(log)")
    let first = try bench.read("first").trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(log.contains("waiting for another pawl that runs `train`: run \(first)"), "\(log)")
    #expect(log.components(separatedBy: "waiting for another").count == 2)
  }
}
