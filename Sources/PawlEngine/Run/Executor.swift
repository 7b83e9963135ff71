package import PawlSystem

/// Where jobs run: a cluster later, this machine now, a script in tests.
package protocol Executor: Sendable {
  /// Runs one job to its end and says how it went; a non-zero code is a result, not an error.
  func run(
    _ job: JobSpec, handle: JobHandle, onStart: @escaping @Sendable (_ pid: Int32, _ startTime: UInt64) -> Void,
    onOutput: @escaping @Sendable ([UInt8]) -> Void
  ) async -> JobReport
}

/// Runs jobs as processes of this machine, supervised (`PawlSystem.runJob`).
package struct LocalExecutor: Executor {
  private let spools = SpoolShelf()

  package init() {}

  package func run(
    _ job: JobSpec, handle: JobHandle, onStart: @escaping @Sendable (_ pid: Int32, _ startTime: UInt64) -> Void,
    onOutput: @escaping @Sendable ([UInt8]) -> Void
  ) async -> JobReport {
    await runJob(job, handle: handle, spools: spools, onStart: onStart, onOutput: onOutput)
  }
}
