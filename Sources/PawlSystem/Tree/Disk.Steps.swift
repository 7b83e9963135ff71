/// Every change of the stores and the workspace passes here, one system call a step, so that a test can fail each in
/// turn. What does not: modes of temporary files, a job's nameless output, and the control group of a job.
extension Disk {
  /// A change that is about to be made.
  package struct Step: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
      case makeFolder, open, write, copy, sync, rename, link, remove, setMode, setTime, truncate, lock
    }

    package var kind: Kind
    /// Absolute.
    package var path: String

    package var description: String { "\(kind.rawValue) \(path)" }
  }

  /// What is to happen instead of a step.
  package struct Fault: Sendable, Hashable {
    /// The errno that the step fails with.
    package var number: Int32
    /// Half of the bytes are written first; the same to a step that writes none.
    package var tears: Bool

    package init(_ number: Int32, tears: Bool = false) {
      self.number = number
      self.tears = tears
    }
  }

  package typealias Interruption = @Sendable (Step) -> Fault?

  /// Throws what is to happen instead of a step.
  func allow(_ kind: Step.Kind, _ path: @autoclosure () -> String) throws(Errno) {
    guard let interruption, let fault = interruption(Step(kind: kind, path: path())) else { return }
    throw Errno(fault.number)
  }

  /// Writes every byte to an open file or throws; `path` is absolute.
  func write(_ file: Int32, _ bytes: some Collection<UInt8>, at path: @autoclosure () -> String) throws(Errno) {
    if let interruption, let fault = interruption(Step(kind: .write, path: path())) {
      if fault.tears { try Call.write(file, Array(bytes.prefix(bytes.count / 2))) }
      throw Errno(fault.number)
    }
    try Call.write(file, bytes)
  }

  /// Opens a file that is written to, or that may be made.
  func open(writing path: String, _ flags: Int32, mode: UInt32 = 0o666) throws(Errno) -> Descriptor {
    try allow(.open, path)
    return try Call.open(path, flags, mode: mode)
  }
}
