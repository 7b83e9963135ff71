import CPawlSystem
import Glibc
import PawlCore

/// Runs a job to its end on a thread of its own and says how it went; never throws, never traps.
///
/// - `handle` stops it, also before it started.
/// - `onStart` is told the process id and start time (ticks since boot) that name the process for good.
/// - `onOutput` gets the masked output in chunks, in order, from the job's thread.
///
/// The job leads a session of its own; nothing it starts survives it. Install the `Subreaper` once before the first
/// job. Cancelling the surrounding task does nothing: stopping is `handle.stop`.
package func runJob(
  _ spec: JobSpec, handle: JobHandle, spools: SpoolShelf = SpoolShelf(),
  onStart: @escaping @Sendable (_ pid: Int32, _ startTime: UInt64) -> Void = { _, _ in },
  onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
) async -> JobReport {
  await withCheckedContinuation { continuation in
    let started = Crew.run {
      var output = JobOutput(spec, onOutput)
      let supervision = Supervision(spec, handle, spools)
      continuation.resume(returning: supervision.run(&output, onStart))
    }
    if !started {
      continuation.resume(returning: JobReport(notStartedFor: Failure(.noThread)))
    }
  }
}

extension JobReport {
  /// A job that the machine, and nothing in the job, kept from starting.
  init(notStartedFor failure: Failure) {
    let problem = failure.diagnostics.first
    let reason = [problem?.message, problem?.cause].compactMap { $0 }.joined(separator: ": ")
    self.init(exit: .notStarted(reason), problems: failure.diagnostics)
  }
}

extension Diagnostic {
  fileprivate static var noThread: Diagnostic {
    Diagnostic(
      "system.no-thread", "no job can be started", cause: "the system has no thread left",
      remedy: "raise the limit with `ulimit -u`, or start fewer at the same time with `--jobs`")
  }
}

/// What a job printed, on its way from the spool to log, listener and tail.
struct JobOutput {
  private(set) var log: LogFile
  private(set) var tail = TailLines(200)
  private(set) var printed = 0
  let masker: Masker
  private var stream: Masker
  private let listener: @Sendable ([UInt8]) -> Void
  private let began = MonotonicClock.now()

  init(_ spec: JobSpec, _ listener: @escaping @Sendable ([UInt8]) -> Void) {
    log = LogFile(
      spec.log, limit: spec.logLimit, on: spec.disk, times: TimesFile(spec.times, began: WallClock.now(), on: spec.disk)
    )
    masker = Masker(spec.masks)
    stream = masker
    self.listener = listener
  }

  mutating func take(_ bytes: [UInt8]) {
    printed += bytes.count
    pass(stream.mask(bytes))
  }

  /// Notes when it was that what was taken so far had come.
  mutating func note() { log.note(milliseconds) }

  mutating func finish() {
    pass(stream.finish())
    log.note(milliseconds, isLast: true)
    log.finish()
  }

  private var milliseconds: Int { Int((MonotonicClock.now() - began) * 1000) }

  private mutating func pass(_ bytes: [UInt8]) {
    if bytes.isEmpty { return }
    log.append(bytes)
    tail.add(bytes)
    listener(bytes)
  }
}

/// One job from start to end, on its thread.
private struct Supervision {
  private let spec: JobSpec
  private let handle: JobHandle
  private let spools: SpoolShelf
  /// How often a running job is looked after, in milliseconds.
  private static let tick: Int32 = 100
  /// How many seconds a KILL may take to work.
  private static let patience = 10.0

  init(_ spec: JobSpec, _ handle: JobHandle, _ spools: SpoolShelf) {
    self.spec = spec
    self.handle = handle
    self.spools = spools
  }

  func run(
    _ output: inout JobOutput, _ onStart: (_ pid: Int32, _ startTime: UInt64) -> Void
  ) -> JobReport {
    if handle.wanted != nil { return JobReport(exit: .stopped) }
    var environment = spec.environment
    environment[spec.mark.name] = spec.mark.value
    let folder = Disk.folder(of: spec.log)
    var spool: Spool
    do throws(Errno) {
      try spec.disk.makeFolders(folder)
      spool = try spools.take(folder, on: spec.disk)
    } catch {
      return JobReport(notStartedFor: Failure("keep the output in", folder, error))
    }
    do throws(NotStarted) {
      let cgroup = spec.memoryLimit.flatMap { Cgroup(limit: $0, under: spec.cgroupFolders ?? Cgroup.places) }
      let oom = OutOfMemory(in: cgroup)
      let began = MonotonicClock.now()
      let steps = spec.countsSteps ? StepCount() : nil
      let (pid, isToldApart) = try start(environment, spool, third: steps?.descriptor ?? -1)
      cgroup?.take(pid)
      // Not reaped yet, so its entry is there even if it has ended.
      let startTime = ProcessFacts(pid)?.startTime ?? 0
      onStart(pid, startTime)
      let family = Family(
        leader: pid, startTime: startTime, environment: environment, mark: spec.mark.name)
      var report = follow(pid, family, began, oom, &spool, &output)
      if isToldApart { spools.give(spool, folder) }
      report.steps = steps?.count
      return report
    } catch {
      return JobReport(
        exit: .notStarted(output.masker.masked(error.reason)), problems: error.machine?.diagnostics ?? [])
    }
  }

  /// Starts the command; whether it can be told later if anybody still has its output open.
  private func start(
    _ environment: [String: String], _ spool: borrowing Spool, third: Int32
  ) throws(NotStarted) -> (pid: Int32, isToldApart: Bool) {
    guard let sink = spool.openForChild() else { return (try start(environment, spool.descriptor, third), false) }
    return (try start(environment, sink.raw, third), true)
  }

  /// Starts it without the shell where it needs none; what does not start so is the shell's to complain of.
  private func start(_ environment: [String: String], _ sink: Int32, _ third: Int32) throws(NotStarted) -> Int32 {
    if let plain = spec.plain, let pid = startPlain(plain, environment, sink) { return pid }
    return try Launch(argv: spec.argv, environment: environment, directory: spec.directory)
      .start(.job, out: sink, err: sink, third: third)
  }

  private func startPlain(_ plain: JobSpec.Plain, _ environment: [String: String], _ sink: Int32) -> Int32? {
    guard let launch = try? Launch(argv: plain.argv, environment: environment, directory: spec.directory) else {
      return nil
    }
    guard let output = plain.output else { return try? launch.start(.job, out: sink, err: sink) }
    let path = output.hasPrefix("/") ? output : "\(spec.directory)/\(output)"
    guard Supervision.meansTheSameHere(path) else { return nil }
    guard let file = try? Call.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o666) else { return nil }
    return try? launch.start(.job, out: file.raw, err: sink)
  }

  /// Whether a path that is opened here is what the job would open: `/dev/stderr` and all that leads into `/proc` are
  /// each process's own. Nor is anything but a file: opening a FIFO would wait for its reader, here instead of there.
  private static func meansTheSameHere(_ path: String) -> Bool {
    if let facts = try? Call.stat(path, following: false), facts.st_mode & S_IFMT != S_IFREG { return false }
    guard let folder = (try? Disk(root: "/").realPath(Disk.folder(of: path))) ?? nil else { return false }
    return !["/proc", "/dev"].contains { folder == $0 || folder.hasPrefix($0 + "/") }
  }

  /// Why a job is being ended by us.
  private enum Cause { case stopped, timedOut }

  private func follow(
    _ pid: Int32, _ family: Family, _ began: Double, _ oom: OutOfMemory, _ spool: inout Spool,
    _ output: inout JobOutput
  ) -> JobReport {
    let bell = handle.hang()
    defer { handle.takeDown() }
    let watch = Watch(pid, bell: bell)
    var peak = PeakMemory(pid)
    let grace = max(0, spec.grace.inSeconds)
    let deadline = spec.timeout.map { began + max(0, $0.inSeconds) } ?? .infinity
    var cause: Cause?
    var killing = Double.infinity

    while !watch.hasEnded(within: milliseconds(to: cause == nil ? deadline : killing)) {
      _ = spool.drain(limit: 1 << 25) { output.take($0) }
      output.note()
      peak.look()
      let now = MonotonicClock.now()
      if cause == nil {
        if handle.wanted != nil { cause = .stopped } else if now >= deadline { cause = .timedOut }
        if cause != nil {
          killing = now + grace
          if handle.wanted != .now, grace > 0 { family.send(SIGTERM) }
        }
      }
      if cause != nil, handle.wanted == .now || now >= killing { family.send(SIGKILL) }
      // A process stuck in the kernel cannot be killed; the run must not be stuck with it.
      if now >= killing + Supervision.patience {
        output.finish()
        return JobReport(
          exit: .lost("process \(pid) cannot be killed"), usage: Usage(seconds: now - began))
      }
    }

    let seconds = MonotonicClock.now() - began
    let (ending, usage) = reap(pid, seconds, peak, oom, wasKilled: cause != nil)
    var report = JobReport(exit: ending, usage: usage)
    switch cause {
    case .stopped:
      report.exit = .stopped
      endRest(family, killing: killing)
    case .timedOut:
      report.exit = .timedOut
      endRest(family, killing: killing)
    case nil:
      report.leftovers = endLeftovers(family, output.masker.masked)
    }
    _ = spool.drain(limit: .max / 2) { output.take($0) }
    output.finish()
    report.logBytes = output.log.bytes
    report.printedBytes = output.printed
    report.tail = output.tail.text
    report.problems = output.log.problem.map { [$0] } ?? []
    return report
  }

  private func milliseconds(to moment: Double) -> Int32 {
    let left = moment - MonotonicClock.now()
    if left >= Double(Supervision.tick) / 1000 { return Supervision.tick }
    // Once the moment has passed, a KILL is under way: look again soon, but not all the time.
    return left <= 0 ? 20 : Int32((left * 1000).rounded(.up))
  }

  private func reap(
    _ pid: Int32, _ seconds: Double, _ peak: PeakMemory, _ oom: OutOfMemory, wasKilled: Bool
  ) -> (JobExit, Usage) {
    var status: Int32 = 0
    var cpu: Int64 = 0
    var bytes: Int64 = 0
    let result = pawl_reap(pid, &status, &cpu, &bytes)
    Children.forget(pid)
    var usage = Usage(seconds: seconds)
    if result < 0 { return (.lost("its exit status is gone: \(Errno(-result).text)"), usage) }
    usage.cpuSeconds = Double(cpu) / 1e6
    usage.peakBytes = peak.settle(Int(bytes))
    let signal = pawl_exit_signal(status)
    let code = pawl_exit_code(status)
    // A shell tells of its child's SIGKILL by exit code 128 + 9; in a group of its own the kernel names the victim.
    if !wasKilled, code != 0 {
      let looksKilled = signal == SIGKILL || code == 128 + SIGKILL
      if oom.happenedInGroup || looksKilled && oom.happened { return (.outOfMemory, usage) }
    }
    return (signal != 0 ? .signal(signal) : .code(code), usage)
  }

  /// After a stop or time-out: the others have what is left of the grace, then they are killed.
  private func endRest(_ family: Family, killing: Double) {
    if !family.mayHaveLeftovers() { return }
    var givenUp = Double.infinity
    var pause: UInt32 = 5_000
    while !family.members().isEmpty {
      let now = MonotonicClock.now()
      if now >= killing || handle.wanted == .now {
        family.send(SIGKILL)
        if givenUp == .infinity { givenUp = now + Supervision.patience }
      }
      if now >= givenUp { return }
      usleep(pause)
      pause = min(2 * pause, 80_000)
    }
    // Reaps what ended.
    _ = Children.orphans()
  }

  /// After an end of its own: whatever still lives is named and ended, TERM first, KILL after a second at most.
  private func endLeftovers(_ family: Family, _ masked: (String) -> String) -> [String] {
    if !family.mayHaveLeftovers() { return [] }
    // Named first: what is being ended has no command line any more.
    let names = family.members().map { $0.label(masked) }
    if names.isEmpty { return [] }
    family.send(SIGTERM)
    endRest(family, killing: MonotonicClock.now() + min(1, max(0, spec.grace.inSeconds)))
    return names
  }
}
