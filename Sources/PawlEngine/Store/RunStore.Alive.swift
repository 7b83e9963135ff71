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

  /// Names the process that the run is at work in.
  fileprivate func say(_ process: ProcessName) { lock.say(process.text, on: disk) }

  /// The run has ended in order: the marker goes, then the lock. One that cannot go is told from a dead run's by the
  /// last word in its log.
  package func end() {
    try? disk.remove(path)
    lock.release()
  }
}

/// A run whose process is gone without a last word; locked while this value lives, where it can be.
package final class DeadRun: Sendable {
  package let id: String
  /// Nil while a process that was about to become one of the run's jobs still holds what its `pawl` had open.
  private let mark: AliveMark?

  fileprivate init(_ id: String, _ mark: AliveMark?) {
    self.id = id
    self.mark = mark
  }

  /// What it left is ended and its log closed: the marker goes. One that is held stays for the next look, since what
  /// holds it is not known for the run's yet.
  package func clear() { mark?.end() }
}

extension RunStore {
  private var aliveFolder: String { ".pawl/alive" }

  /// Marks a run as living. Call it before the run's log is opened; keep the value until the run has ended.
  package func markAlive(_ id: String) throws(Failure) -> AliveMark {
    let guarding = try guardMarkers()
    defer { guarding.release() }
    // `isAlive` of another process holds the lock for a moment: a few tries tell that from a run that lives.
    for _ in 0..<50 {
      if let mark = try take(id) {
        if let own = ProcessName.own() { mark.say(own) }
        return mark
      }
      usleep(200)
    }
    throw Failure(.alreadyAlive(id))
  }

  /// Whether a process holds the run's marker, and is not known to be only what the run's own has left.
  package func isAlive(_ id: String) -> Bool { FileLock.isHeld(markerPath(id), on: actions.disk) && !hasEnded(id) }

  /// Whether the process that marked the run is certain to be gone.
  private func hasEnded(_ id: String) -> Bool {
    guard let bytes = try? actions.disk.read(markerPath(id)) else { return false }
    return ProcessName(String(decoding: bytes, as: UTF8.self))?.hasEnded ?? false
  }

  /// The runs whose process is gone, oldest first. Each is locked for the caller where it can be; those that another
  /// process has locked for itself are left out.
  package func deadRuns() throws(Failure) -> [DeadRun] {
    guard !(try actions.disk.list(aliveFolder).isEmpty) else { return [] }
    let guarding = try guardMarkers()
    defer { guarding.release() }
    var dead: [DeadRun] = []
    for id in try actions.disk.list(aliveFolder).map(\.name) where !id.hasPrefix(".") {
      if let mark = try take(id) {
        dead.append(DeadRun(id, mark))
      } else if hasEnded(id) {
        dead.append(DeadRun(id, nil))
      }
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

  /// Held by who ends what dead runs left, so that nobody goes on before that is done.
  func guardClearing() throws(Failure) -> FileLock {
    try actions.makeFolder(aliveFolder)
    return try FileLock.wait(for: aliveFolder + "/.clearing", on: actions.disk)
  }

  /// Whether there is a marker of another run than this.
  func hasOthers(than own: String?) -> Bool {
    ((try? actions.disk.list(aliveFolder)) ?? []).contains { !$0.name.hasPrefix(".") && $0.name != own }
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
