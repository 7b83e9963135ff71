import Glibc
import PawlSystem
import Synchronization

/// Counts the changes that are made to a disk, and lets one of them fail, or all from that one on.
final class Saboteur: Sendable {
  /// How a step goes wrong: it fails once, half of it is done, or nothing can be changed any more from there on, as on a
  /// full disk or when the process is killed, with half of that step done or none.
  enum Trouble: CaseIterable { case fails, tears, killedBefore, killedHalfway }

  /// What disks say: full, broken, forbidden, read-only.
  static let errors: [Int32] = [ENOSPC, EIO, EACCES, EROFS]

  private struct State {
    var steps: [Disk.Step] = []
    var struck: [Disk.Step] = []
  }

  private let state = Mutex(State())
  private let target: Int
  private let trouble: Trouble
  private let error: Int32

  /// Strikes at the step with this number, counted from 1; the error is the next of the row for each number if none is
  /// given.
  init(_ target: Int, _ trouble: Trouble, error: Int32? = nil) {
    self.target = target
    self.trouble = trouble
    self.error = error ?? Saboteur.errors[target % Saboteur.errors.count]
  }

  /// Only counts.
  static func idle() -> Saboteur { Saboteur(.max, .fails) }

  var wasReached: Bool { state.withLock { !$0.struck.isEmpty } }
  var steps: [Disk.Step] { state.withLock { $0.steps } }
  /// The steps that failed.
  var struck: [Disk.Step] { state.withLock { $0.struck } }

  func decide(_ step: Disk.Step) -> Disk.Fault? {
    state.withLock { state in
      state.steps.append(step)
      let number = state.steps.count
      guard number == target || number > target && (trouble == .killedBefore || trouble == .killedHalfway) else {
        return nil
      }
      state.struck.append(step)
      return Disk.Fault(error, tears: number == target && (trouble == .tears || trouble == .killedHalfway))
    }
  }

  /// The folder, whose changes this one counts and lets fail.
  func watching(_ root: String) -> Disk { Disk(root: root) { self.decide($0) } }
}
