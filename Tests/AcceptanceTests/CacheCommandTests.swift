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

  @Test func `gc --runs takes old runs with their logs, and the newest of a workflow stays`() throws {
    let bench = try project()
    for number in 1...2 {
      try bench.write("in.txt", "\(number)")
      #expect(try bench.pawl("run", "w.yml").status == 0)
    }
    #expect(try json(bench.pawl("cache", "gc", "--format", "json")).number("runs") == 0)
    // As if all had been long ago: a run's age is in its name.
    try bench.shell(
      "cd .pawl/runs; for id in *; do mv $id 2024${id#????}; done; rm -rf ../quiet; ls > ../../before")
    #expect(try json(bench.pawl("cache", "gc", "--runs", "180d", "--dry-run", "--format", "json")).number("runs") == 2)
    let gc = try bench.pawl("cache", "gc", "--runs", "180d")
    #expect(gc.status == 0 && gc.out.contains("2 old runs with "), "\(gc.out)")
    #expect(try bench.shell("ls .pawl/runs").out == bench.shell("tail -n 1 before").out)
    #expect(try bench.pawl("cache", "gc", "--runs", "old").status == 2)
    #expect(try bench.pawl("run", "w.yml").out.contains("all up to date"))
  }

  @Test func `with hard links a large output takes its room once, and damage through it is never served`() throws {
    let bench = try Bench()
    try bench.write("in.txt", "0")
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      cache: { link: [hardlink] }
      stages:
        train: { run: "echo train >> ran; mkdir out; head -c 3000000 /dev/zero > out/model.bin; cat in.txt >> out/model.bin", inputs: [in.txt], outputs: [out] }
        read: { run: "tail -c 1 out/model.bin > read.txt", inputs: [out], outputs: [read.txt] }
      """)
    try bench.shell("mkdir .pawl")
    let first = try bench.pawl("run", "w.yml")
    #expect(first.status == 0, "\(first.err)")
    #expect(try bench.shell("stat -c '%h %a' out/model.bin").out == "2 444\n")
    #expect(try bench.pawl("run", "w.yml").out.contains("all up to date"))
    // It goes and comes back as the same file.
    try bench.shell("rm -rf out")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(try bench.shell("stat -c '%h %a' out/model.bin").out == "2 444\n")
    // A program that writes to it in place, as many bytes as before, harms the object with it.
    try bench.shell("chmod u+w out/model.bin; printf X | dd of=out/model.bin conv=notrunc status=none")
    #expect(try bench.pawl("run", "w.yml").status == 0)
    #expect(try bench.read("ran") == "train\ntrain\n")
    #expect(try bench.shell("head -c 1 out/model.bin | od -An -c").out.contains("\\0"))
    #expect(try bench.pawl("cache", "verify").status == 0)
    let wrong = try bench.shell("sed -i 's/hardlink/symlink/' w.yml; pawl check w.yml")
    #expect(wrong.status == 2 && (wrong.out + wrong.err).contains("hardlink"), "\(wrong.out)\(wrong.err)")
  }

  @Test func `what a killed run left half-made is kept and called so; what a failed one left is just removed`() throws {
    let bench = try Bench()
    try bench.write(
      "w.yml",
      """
      pawl: 1
      name: w
      stages:
        train: { run: "echo half > model.txt; touch begun; test ! -e hang || sleep 5023.5; test -e good; echo whole > model.txt", outputs: [model.txt] }
      """)
    try bench.shell("mkdir .pawl")
    let failed = try bench.pawl("run", "w.yml")
    #expect(failed.status == 3)
    #expect(try bench.read("model.txt") == "half\n")
    let killed = try bench.shell(
      """
      rm begun; touch hang good
      pawl run w.yml > log 2>&1 & pid=$!
      n=0; while [ ! -e begun ] && [ $n -lt 1500 ]; do n=$((n + 1)); sleep 0.02; done
      kill -KILL $pid; wait $pid; rm hang; cat log
      """)
    #expect(!killed.out.contains("was not made by Pawl"), "\(killed.out)")
    let next = try bench.pawl("run", "w.yml")
    #expect(next.status == 0, "\(next.err)")
    #expect(next.err.contains("which was interrupted, left half-made; it is kept in the cache as"), "\(next.err)")
    #expect(try bench.shell("cat .pawl/cache/objects/*/* | grep -c half").out == "1\n")
    #expect(try bench.read("model.txt") == "whole\n")
  }
}
