import Foundation
import Testing

@Suite struct CacheCommandTests {
  private func project(stages: Int = 4) throws -> Bench {
    let bench = try Bench()
    try bench.write("in.txt", "0")
    var text = "pawl: 1\nname: w\nstages:\n"
    for number in 1...stages {
      let input = number == 1 ? "in.txt" : "\(number - 1).txt"
      text += "  s\(number): { run: \"(cat \(input); echo \(number)) > \(number).txt; echo \(number) >> ran\", "
      text += "inputs: [\(input)], outputs: [\(number).txt] }\n"
    }
    try bench.write("w.yml", text)
    try bench.shell("mkdir .pawl")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    return bench
  }

  private func json(_ outcome: Outcome) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any] ?? [:]
  }

  @Test func `status says what there is, and gc frees what no run of late needs`() throws {
    let bench = try project()
    let status = try bench.pawl("cache", "status")
    #expect(status.status == 0)
    #expect(status.out.contains("4 objects") && status.out.contains("4 stage results"), "\(status.out)")
    #expect(status.out.contains("pawl cache gc --keep 30d would free 0 B"))
    #expect(try json(bench.pawl("cache", "status", "--format", "json")).number("objects") == 4)
    // Within the hour nothing goes, whatever is asked for.
    #expect(try json(bench.pawl("cache", "gc", "--keep", "0s", "--format", "json")).number("objects") == 0)
    // Runs and objects of long ago.
    try bench.shell(
      """
      find .pawl/cache/objects -type f -exec touch -d '40 days ago' {} +
      rm -rf .pawl/runs .pawl/quiet .pawl/cache/stages.log
      """)
    #expect(try json(bench.pawl("cache", "gc", "--dry-run", "--format", "json")).number("objects") == 4)
    let freed = try bench.pawl("cache", "gc")
    #expect(freed.out.hasPrefix("freed 2"), "\(freed.out)")
    #expect(try json(bench.pawl("cache", "status", "--format", "json")).number("objects") == 0)
    #expect(try bench.pawl("cache", "status").out == "the cache is empty: pawl run\n")
    #expect(try bench.pawl("cache", "gc", "--keep", "soon").status == 2)
    #expect(try bench.pawl("cache", "gc", "--max-size", "much").status == 2)
  }

  @Test func `verify names and removes what is damaged with status 4, and the next run makes it again`() throws {
    let bench = try project()
    #expect(try bench.pawl("cache", "verify").status == 0)
    try bench.shell(
      "sum=$(sha256sum 2.txt | cut -c1-64); f=$(find .pawl/cache/objects -name $sum); chmod u+w $f; printf xx > $f")
    try bench.shell("rm 2.txt 3.txt 4.txt; : > ran")
    let found = try bench.pawl("cache", "verify")
    #expect(found.status == 4)
    #expect(found.out.contains("2.txt of w / s2") && found.out.contains("1 damaged"), "\(found.out)")
    #expect(try bench.pawl("cache", "verify").status == 0)
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(try bench.read("ran") == "2\n")
    #expect(try bench.read("4.txt") == "0" + "1\n2\n3\n4\n")
  }

  @Test func `gc in a loop beside runs: every run ends right`() throws {
    let bench = try project(stages: 6)
    let outcome = try bench.shell(
      """
      : > stop
      ( while test -f stop; do
          find .pawl/cache/objects -type f -exec touch -d '2 hours ago' {} + 2>/dev/null
          pawl cache gc --keep 0s --max-size 0 > gc.log 2>&1 || { cat gc.log; echo gc failed; }
        done ) & loop=$!
      failed=0
      for round in $(seq 1 25); do
        rm -f [1-6].txt
        if test $((round % 3)) = 0; then echo $round > in.txt; fi
        pawl run w.yml > run.log 2>&1 || { failed=1; cat run.log; }
        (cat in.txt; seq 1 6) | cmp - 6.txt || failed=1
      done
      rm stop; wait $loop; exit $failed
      """)
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    #expect(!outcome.out.contains("gc failed"))
    #expect(try bench.pawl("cache", "verify").status == 0)
  }
}
