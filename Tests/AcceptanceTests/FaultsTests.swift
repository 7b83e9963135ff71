import Foundation
import Testing

/// What the surroundings do to a run: full disks, closed folders, interruptions, failures that go away.
@Suite(.serialized) struct FaultsTests {
  private let project: TortureProject

  init() throws { project = try TortureProject() }

  // MARK: Checkpoints and retries

  @Test func `a checkpoint outlives a failed attempt, and success removes it`() throws {
    try project.write(
      """
      echo $PAWL_CHECKPOINT >> paths
      echo $PAWL_ATTEMPT >> $PAWL_CHECKPOINT/steps
      test $PAWL_ATTEMPT = 3 || exit 75
      cp $PAWL_CHECKPOINT/steps out.txt
      """, "outputs: [out.txt]", "checkpoint: work/steps", "retries: { count: 3, on: [exit 75], backoff: 80ms }")
    let ended = try project.run()
    #expect(ended.status == 0, "\(ended.out)\(ended.err)")
    #expect(try project.bench.read("out.txt") == "1\n2\n3\n")
    #expect(Set(try project.bench.read("paths").split(separator: "\n")) == [project.bench.root[...] + "/work/steps"])
    #expect(!project.bench.exists("work/steps"))
    #expect(try project.stage().number("attempts") == 3)
    // Waits of a quarter more or less, never the same for long.
    let log = try project.shell("cat .pawl/runs/*/events.jsonl").out
    let waits = try log.matches(of: Regex(#""retry-after":([0-9.]+)"#, as: (Substring, Substring).self))
      .compactMap { Double($0.1) }
    #expect(waits.count == 2, "\(log)")
    #expect(waits.allSatisfy { (0.06...0.1).contains($0) } && Set(waits).count == waits.count)
  }

  @Test func `a checkpoint outlives a failed run, and what is made from one of other inputs is used but not kept`()
    throws
  {
    try project.bench.write("train.sh", "echo step >> $PAWL_CHECKPOINT/steps\nexit 1\n")
    try project.write("sh train.sh", "inputs: [train.sh]", "outputs: [out.txt]", "checkpoint: ckpt")
    #expect(try project.run().status == 3)
    let again = try project.run()
    #expect(!(again.out + again.err).contains("go on from a checkpoint"))
    #expect(try project.bench.read("ckpt/steps") == "step\nstep\n")
    // The mended program goes on where the other one ended.
    try project.bench.write("train.sh", "cat $PAWL_CHECKPOINT/steps > out.txt || echo fresh > out.txt\n")
    let mended = try project.run()
    #expect(mended.status == 0)
    #expect((mended.out + mended.err).contains("`s` may go on from a checkpoint that was not made with today's inputs"))
    #expect(try project.bench.read("out.txt") == "step\nstep\n")
    #expect(!project.bench.exists("ckpt"))
    // A result under today's key is made by today's program alone.
    #expect(try project.run().status == 0)
    #expect(try project.stage().text("outcome") == "succeeded")
    #expect(try project.bench.read("out.txt") == "fresh\n")
    // The folder is no part of the key and no output.
    let idle = try project.run()
    #expect(idle.status == 0 && idle.out.contains("up to date"), "\(idle)")
  }

  @Test func `an exit code that the policy does not name is not tried again`() throws {
    try project.write("echo x >> tries\nexit 4", "outputs: [out.txt]", "retries: { count: 3, on: [exit 75] }")
    #expect(try project.run().status == 3)
    #expect(try project.bench.read("tries") == "x\n")
  }

  // MARK: Interruptions

  @Test func `a second Ctrl-C kills at once`() throws {
    try project.write(
      "trap 'touch deaf' TERM\ntouch up\nwhile :; do sleep 0.05; done", "outputs: [out.txt]", "grace: 10m")
    let process = try project.start()
    #expect(TortureProject.wait { project.bench.exists("up") })
    process.interrupt()
    #expect(TortureProject.wait { project.bench.exists("deaf") })
    #expect(process.isRunning)
    let began = Date()
    process.interrupt()
    process.waitUntilExit()
    #expect(Date().timeIntervalSince(began) < 5)
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
    #expect(project.survivors() == [])
  }

  @Test func `Ctrl-C is heard while a tool is asked for its version`() throws {
    try project.write("echo > out.txt", "outputs: [out.txt]", "tools: { slow: 'touch up; sleep 1000; echo' }")
    let process = try project.start()
    #expect(TortureProject.wait { project.bench.exists("up") })
    process.interrupt()
    #expect(TortureProject.wait { !process.isRunning })
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
    #expect(TortureProject.wait { project.survivors() == [] })
  }

  @Test func `Ctrl-C is heard while a large file is hashed`() throws {
    try project.shell("truncate -s 400G big")
    try project.write("echo > out.txt", "inputs: [big]", "outputs: [out.txt]")
    let process = try project.start()
    #expect(TortureProject.wait { isReading("big", process) })
    process.interrupt()
    #expect(TortureProject.wait { !process.isRunning })
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
  }

  @Test func `a second Ctrl-C is heard while a large output is hashed`() throws {
    try project.write("truncate -s 400G big", "outputs: [big]")
    let process = try project.start()
    #expect(TortureProject.wait { isReading("big", process) })
    process.interrupt()
    usleep(100_000)
    process.interrupt()
    #expect(TortureProject.wait { !process.isRunning })
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
    #expect(try project.shell("pawl runs").status == 0)
  }

  private func isReading(_ name: String, _ process: Process) -> Bool {
    let folder = "/proc/\(process.processIdentifier)/fd"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.contains {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + $0))?.hasSuffix("/" + name) == true
    }
  }

  @Test(arguments: [true, false]) func `after kill -9 the next run ends even what shed its variables, and names it`(
    wasWritten: Bool
  ) throws {
    try project.write(
      "test -e again && echo done > out.txt && exit\ntouch up\nexec env -i /bin/sh -c 'while :; do /bin/sleep 0.05; done'",
      "outputs: [out.txt]")
    let process = try project.start()
    #expect(TortureProject.wait { project.bench.exists("up") })
    #expect(TortureProject.wait { (try? project.shell("grep -q spawned .pawl/runs/*/events.jsonl").status) == 0 })
    // The shell is out of sight once its variables are gone.
    #expect(TortureProject.wait { project.survivors().count == 1 })
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    // As when Pawl had died before it wrote down which process it had started.
    if !wasWritten { try project.shell("cd .pawl/runs/*/ && sed -i '/attempt-spawned/d' events.jsonl") }
    try project.shell("touch again")
    let next = try project.run()
    #expect(next.status == 0)
    #expect((next.out + next.err).contains("still alive and ended: /bin/sh -c while :"), "\(next.out)\(next.err)")
  }

  // MARK: Resources

  @Test func `GPUs are handed out by index, each to one stage at a time`() throws {
    let stages = (0..<4).map {
      "  g\($0): { run: 'mkdir lock-$CUDA_VISIBLE_DEVICES; sleep 0.1; rmdir lock-$CUDA_VISIBLE_DEVICES; "
        + "echo $CUDA_VISIBLE_DEVICES >> seen', resources: { gpus: 1 } }\n"
    }
    try project.bench.write(
      "w.yml",
      "pawl: 1\nname: gpus\nstages:\n  both: { run: 'echo $CUDA_VISIBLE_DEVICES > both', resources: { gpus: 2 } }\n"
        + "  none: { run: 'echo ${CUDA_VISIBLE_DEVICES-mine} > none' }\n".replacingOccurrences(of: "${", with: "$${")
        + stages.joined())
    let outcome = try project.shell("unset CUDA_VISIBLE_DEVICES; exec pawl run w.yml --jobs 6 --resources gpus=2")
    #expect(outcome.status == 0, "\(outcome.out)\(outcome.err)")
    #expect(try project.bench.read("both") == "0,1\n")
    #expect(try project.bench.read("none") == "mine\n")
    #expect(Set(try project.bench.read("seen").split(separator: "\n")) == ["0", "1"])
    // Where the caller may see only some, the indices are of those.
    try project.shell("CUDA_VISIBLE_DEVICES=5,7 pawl run w.yml --resources gpus=2 --force")
    #expect(try project.bench.read("both") == "5,7\n")
    #expect(try project.bench.read("none") == "5,7\n")
  }

  // MARK: Disks

  /// Whether a file system can be mounted where nobody else sees it.
  private static let canMount: Bool = {
    let bench = try? Bench()
    return (try? bench?.shell("unshare -m mount -t tmpfs none .").status) == 0
  }()

  /// What a script prints in the project on a file system of its own, whose size is in KiB.
  private func onSmallDisk(_ size: Int, _ script: String) throws -> Outcome {
    try project.bench.write("script.sh", script)
    return try project.shell(
      """
      mkdir disk; exec unshare -m sh -c 'mount -t tmpfs -o size=\(size)k none disk && cp w.yml disk && cd disk && mkdir .pawl \
        && exec sh ../script.sh'
      """)
  }

  @Test(.enabled(if: FaultsTests.canMount))
  func `a full disk is status 4 in clear words, and the store can be read after`()
    throws
  {
    // The stage itself comes to its end; it is Pawl that finds no room.
    try project.write("echo done > out.txt\ncat /dev/zero > fill || true", "outputs: [out.txt]")
    let outcome = try onSmallDisk(
      4096,
      """
      pawl run w.yml --report-dir ../report > ../run.log 2>&1; echo $?
      rm -f fill; pawl runs > ../runs.log 2>&1; echo $?
      pawl show latest > ../show.log 2>&1; echo $?
      sed -i 's/cat .dev.zero > fill/true/' w.yml
      pawl run w.yml --report-dir ../report > ../again.log 2>&1; echo $?
      """)
    let logs = try project.shell("cat run.log runs.log show.log again.log").out
    let statuses = outcome.out.split(separator: "\n")
    #expect(statuses.first == "4" && statuses.dropFirst().first == "0" && statuses.last == "0", "\(statuses) \(logs)")
    #expect(try project.bench.read("run.log").contains("No space left on device"), "\(logs)")
  }

  @Test func `a limit on the size of files is status 4 and no death by signal`() throws {
    try project.write(
      "i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo $i; done\necho done > out.txt", "outputs: [out.txt]")
    let stages = (0..<40).map { "  t\($0): { run: \"true\" }\n" }.joined()
    try project.bench.write("w.yml", try project.bench.read("w.yml") + stages)
    let outcome = try project.shell("ulimit -f 8; exec pawl run w.yml")
    #expect(outcome.status == 4, "\(outcome.out)\(outcome.err)")
    #expect(outcome.err.contains("File too large"), "\(outcome.out)\(outcome.err)")
    #expect(try project.shell("pawl runs").status == 0)
    #expect(try project.run().status == 0)
  }

  @Test(.enabled(if: FaultsTests.canMount)) func `a read-only project is status 4 in clear words`() throws {
    try project.write("echo done > out.txt", "outputs: [out.txt]")
    let script = "mount --bind . . && mount -o remount,bind,ro . && cd \"$PWD\" && exec pawl run w.yml"
    let outcome = try project.shell("exec unshare -m sh -c '\(script)'")
    #expect(outcome.status == 4, "\(outcome.out)\(outcome.err)")
    #expect(outcome.err.contains("Read-only file system"), "\(outcome.out)\(outcome.err)")
    #expect(try project.run().status == 0)
  }
}
