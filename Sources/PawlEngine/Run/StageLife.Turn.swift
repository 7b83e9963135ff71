import PawlCore
import PawlSystem

extension StageLife {
  /// How long a stage waits before it says so, in seconds.
  private static let silence = 2.0

  /// Beyond this many paths that a stage reads, what replaces one of them meanwhile is found afterwards only: the
  /// kernel looks through a list of locks.
  private static let mostRead = 1_000

  /// Waits until no other `pawl` process of this project writes to what this stage makes or reads from upstream, nor,
  /// when it `mends`, reads the latter; nil when the run is stopped.
  ///
  /// `waited` says that there was such a process.
  func turn(mends: Bool) async throws(Failure) -> (locks: PathLocks, waited: Bool)? {
    try context.disk.makeFolder(".pawl")
    // A stage that makes nothing is claimed by its name, which no path can be: paths have no leading colon and blank.
    var paths = stage.outputs.map(\.path)
    if paths.isEmpty { paths = [": " + context.workflow.name.split(separator: "/").joined() + " " + stage.id.name] }
    if let checkpoint = stage.checkpoint { paths.append(checkpoint) }
    var read = upstreamMade.map(\.path)
    if read.count > StageLife.mostRead { read = [] }
    // `.pawl/locks` was a folder in older versions.
    let locks = try PathLocks(".pawl/turns", making: paths, reading: read, alone: mends, on: context.disk)
    let began = MonotonicClock.now()
    var hasSaid = false
    var waited = false
    while true {
      if try locks.attempt() {
        await endRemains()
        return (locks, waited)
      }
      if !waited, let nested { throw Failure(nested) }
      waited = true
      if handle.wanted != nil {
        locks.release()
        return nil
      }
      if !hasSaid, MonotonicClock.now() - began >= StageLife.silence {
        hasSaid = true
        tell(.diagnosed(waiting()))
      }
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Ends what a run left that was killed, and may be about to write where this stage does.
  ///
  /// Between its start and its exec a job has all that its `pawl` had open, the run's marker and this stage's locks
  /// among it, and nothing by which it is known. Once it has let go of the locks, where it prints tells whose it is; and
  /// as long as one of them holds the marker, the marker stays for the next stage to look.
  private func endRemains() async {
    let runs = RunStore(disk: context.disk)
    guard runs.hasOthers(than: context.head.id) else { return }
    let now = context.now()
    let outcome = await onThread { Recovery.clear(runs, now: now) }
    for problem in outcome.problems { tell(.diagnosed(problem)) }
    for found in outcome.found where !found.ended.isEmpty {
      tell(
        .diagnosed(
          Diagnostic(
            "engine.remains", "run \(found.run), which was killed, had left: " + found.ended.joined(separator: ", "),
            severity: .note, cause: "they were ended before `\(stage.id)` began")))
    }
  }

  /// A stage that runs `pawl` for itself would wait for itself.
  private var nested: Diagnostic? {
    let caller = context.environment
    guard let run = caller["PAWL_RUN"], caller["PAWL_STAGE"] == stage.id.name, run != context.head.id,
      RunStore(disk: context.disk).isAlive(run)
    else { return nil }
    return Diagnostic(
      "engine.nested", "`\(stage.id)` runs `pawl`, which is to run `\(stage.id)`: it would wait for itself",
      at: stage.location, remedy: "let its command run other stages only")
  }

  private func waiting() -> Diagnostic {
    let (run, isSame) = otherRun()
    return Diagnostic(
      "engine.waiting",
      (isSame
        ? "waiting for another pawl that runs `\(stage.id)`"
        : "`\(stage.id)` waits for another pawl that uses its paths")
        + (run.map { ": run \($0)" } ?? ""), severity: .note, at: stage.location)
  }

  /// The living run that has started this stage, else the only other one that lives; nil when nothing tells. Whether
  /// it runs this stage, as far as is known.
  private func otherRun() -> (run: String?, isSame: Bool) {
    let runs = RunStore(disk: context.disk)
    let names = ((try? context.disk.list(".pawl/alive")) ?? []).map(\.name)
    let others = names.filter { !$0.hasPrefix(".") && $0 != context.head.id && runs.isAlive($0) }
    let running = others.first { id in
      guard let events = try? runs.events(of: id).events else { return false }
      return RunRecord(replaying: events).entries.contains {
        $0.planned.id == stage.id && $0.attempts > 0 && $0.settlement == nil
      }
    }
    return (running ?? (others.count == 1 ? others.first : nil), running != nil || others.isEmpty)
  }

  /// Does the work, or answers nil as soon as a stop of this kind is asked for: then what it does is of no interest any
  /// more, and the end of the process ends it.
  func unlessStopped<Value: Sendable>(
    _ kind: StopKind, _ work: @escaping @Sendable () async throws(Failure) -> Value
  ) async throws(Failure) -> Value? {
    let result: Result<Value, Failure>? = await withCheckedContinuation { continuation in
      let waiter = Guarded<CheckedContinuation<Result<Value, Failure>?, Never>?>(continuation)
      @Sendable func answer(_ value: Result<Value, Failure>?) {
        let waiting = waiter.change { held in
          defer { held = nil }
          return held
        }
        waiting?.resume(returning: value)
      }
      handle.whenStopped(kind) { answer(nil) }
      Task {
        do throws(Failure) { answer(.success(try await work())) } catch { answer(.failure(error)) }
      }
    }
    return try result?.get()
  }
}
