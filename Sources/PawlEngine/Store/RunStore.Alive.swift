import Glibc
package import PawlCore
import PawlSystem

/// A run that lives: its marker under `.pawl/alive/` is locked until this value goes, also by `kill -9`.
package final class AliveMark: Sendable {
  private let lock: FileLock
  private let path: String
  private let disk: Disk

  fileprivate init(_ lock: FileLock, _ path: String, _ disk: Disk) {
    self.lock = lock
    self.path = path
    self.disk = disk
  }

  /// The run has ended in order: the marker goes, then the lock. One that cannot go is told from a dead run's by the
  /// last word in its log.
  package func end() {
    try? disk.remove(path)
    lock.release()
  }
}

/// A run whose process is gone without a last word; locked while this value lives, so that one process clears it.
package final class DeadRun: Sendable {
  package let id: String
  private let mark: AliveMark

  fileprivate init(_ id: String, _ mark: AliveMark) {
    self.id = id
    self.mark = mark
  }

  /// What it left is ended and its log closed: the marker goes.
  package func clear() { mark.end() }
}

extension RunStore {
  private var aliveFolder: String { ".pawl/alive" }

  /// Marks a run as living. Call it before the run's log is opened; keep the value until the run has ended.
  package func markAlive(_ id: String) throws(Failure) -> AliveMark {
    let guarding = try guardMarkers()
    defer { guarding.release() }
    // `isAlive` of another process holds the lock for a moment: a few tries tell that from a run that lives.
    for _ in 0..<50 {
      if let mark = try take(id) { return mark }
      usleep(200)
    }
    throw Failure(.alreadyAlive(id))
  }

  /// Whether a process holds the run's marker.
  package func isAlive(_ id: String) -> Bool { FileLock.isHeld(markerPath(id), on: actions.disk) }

  /// The runs whose marker nobody holds, oldest first. Each is locked for the caller; those that another process is
  /// clearing are left out.
  package func deadRuns() throws(Failure) -> [DeadRun] {
    guard !(try actions.disk.list(aliveFolder).isEmpty) else { return [] }
    let guarding = try guardMarkers()
    defer { guarding.release() }
    var dead: [DeadRun] = []
    for id in try actions.disk.list(aliveFolder).map(\.name) where !id.hasPrefix(".") {
      if let mark = try take(id) { dead.append(DeadRun(id, mark)) }
    }
    return dead
  }

  /// Does something while no run can begin; it is told which runs live.
  func whileNoneBegins<T>(_ work: ([String]) throws(Failure) -> T) throws(Failure) -> T {
    let guarding = try guardMarkers()
    defer { guarding.release() }
    let names = try actions.disk.list(aliveFolder).map(\.name).filter { !$0.hasPrefix(".") }
    return try work(names.filter { isAlive($0) })
  }

  /// Between making a marker and locking it a run would look dead: both happen under this lock.
  private func guardMarkers() throws(Failure) -> FileLock {
    try actions.makeFolder(aliveFolder)
    return try FileLock.wait(for: aliveFolder + "/.lock", on: actions.disk)
  }

  private func markerPath(_ id: String) -> String { "\(aliveFolder)/\(id)" }

  private func take(_ id: String) throws(Failure) -> AliveMark? {
    try FileLock.attempt(markerPath(id), on: actions.disk).map { AliveMark($0, markerPath(id), actions.disk) }
  }
}

extension Diagnostic {
  fileprivate static func alreadyAlive(_ id: String) -> Diagnostic {
    Diagnostic("store.run-alive", "the run `\(id)` is alive in another process", remedy: "start a run of its own")
  }
}
