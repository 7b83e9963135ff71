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

  @Test func `in 20 rounds two runs with other parameters share their paths and each ends with its own numbers`()
    throws
  {
    let bench = try Bench()
    try bench.shell("mkdir .pawl")
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: twins
      params: { x: 0 }
      metrics: { v: { direction: higher-is-better } }
      stages:
        split: { run: "echo ${params.x} > data.txt; sleep 0.01", inputs: [seed.txt], outputs: [data.txt] }
        train:
          run: |
            read a < data.txt; sleep 0.03; read b < data.txt
            test $a = $b; mkdir -p model; echo $a > model/w.txt
          inputs: [data.txt]
          outputs: [model]
        check:
          kind: evaluate
          run: 'read a < model/w.txt; mkdir -p m; sleep 0.01; echo "{\\"v\\": $a}" > m/m.json'
          inputs: [model]
          outputs: [m]
          metrics: ["m/*.json"]
        gate: { kind: gate, rules: [ { metric: v, at-least: 0 } ] }
      """)
    for round in 1...20 {
      try bench.write("seed.txt", "\(round)")
      let outcome = try bench.shell(
        """
        pawl run w.yml --set x=\(round)1 --report-dir one > one.log 2>&1 & one=$!
        pawl run w.yml --set x=\(round)2 --report-dir two > two.log 2>&1; second=$?
        wait $one; echo $? $second
        """)
      let logs = try bench.shell("cat one.log two.log").out
      #expect(outcome.out == "0 0\n", "\(logs)")
      for (folder, value) in [("one", Double(round * 10 + 1)), ("two", Double(round * 10 + 2))] {
        let candidate = try bench.result(folder).rules.first?["candidate"] as? [String: Any]
        #expect(candidate?.number("value") == value, "\(logs)")
      }
      // Neither was late in saying so: each made, or put back, what it read.
      #expect(!logs.contains("changed while it ran") && !logs.contains("was not made by Pawl"), "\(logs)")
    }
  }

  @Test func `in 20 rounds a run beside gc, verify and a promotion ends right, and nothing is lost`() throws {
    let bench = try Bench()
    try bench.shell("mkdir .pawl")
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      metrics: { v: { direction: higher-is-better } }
      stages:
        train: { kind: train, run: "cat seed.txt > model.txt; sleep 0.02", inputs: [seed.txt], outputs: [model.txt] }
        check:
          kind: evaluate
          model: model.txt
          run: 'read a < ${model}; echo "{\\"v\\": $a}" > work-${subject}.json'
          metrics: ["work-${subject}.json"]
        gate: { kind: gate, baseline: production, rules: [ { metric: v, at-least: 0 } ] }
      """)
    try bench.write("seed.txt", "0\n")
    #expect(try bench.pawl("run", "w.yml", "--promote", "--bootstrap").status == 0)
    for round in 1...20 {
      try bench.write("seed.txt", "\(round)\n")
      let outcome = try bench.shell(
        """
        touch -d '2 hours ago' .pawl/cache/objects/*/*
        ls .pawl/runs | tail -n 1 > last
        pawl cache gc --keep 0s --max-size 0 > gc.log 2>&1 & gc=$!
        pawl cache verify > verify.log 2>&1 & verify=$!
        pawl baseline promote $(cat last) --reason 'round \(round)' > promote.log 2>&1 & promote=$!
        pawl run w.yml > run.log 2>&1; run=$?
        wait $gc; a=$?; wait $verify; b=$?; wait $promote; c=$?
        echo $run $a $b $c
        """)
      let logs = try bench.shell("cat run.log gc.log verify.log promote.log").out
      #expect(outcome.out.hasPrefix("0 0 0 "), "\(outcome.out)\(logs)")
      // Another head, or a model that the collector and the run were quicker to take: a refusal that names it.
      let refusal = try bench.read("promote.log")
      #expect(
        ["0 0 0 0\n", "0 0 0 6\n"].contains(outcome.out) || refusal.contains("model.txt"), "\(outcome.out)\(refusal)")
      #expect(!logs.contains("was not made by Pawl"), "\(logs)")
      let candidate = try bench.result().rules.first?["candidate"] as? [String: Any]
      #expect(candidate?.number("value") == Double(round))
    }
    #expect(try bench.pawl("baseline", "verify").status == 0)
    #expect(try bench.pawl("cache", "verify").status == 0)
    #expect(try bench.pawl("run", "w.yml").status == 0)
  }

  @Test func `a project whose locks lie in a folder, as older versions made them, is opened as any other`() throws {
    let bench = try project()
    try bench.write("seed.txt", "1\n")
    try bench.write(".pawl/locks/0badc0de", "")
    let outcome = try bench.pawl("run", "w.yml")
    #expect(outcome.status == 0, "\(outcome.err)")
    #expect(try bench.read("check.txt") == "1\n")
  }
}
