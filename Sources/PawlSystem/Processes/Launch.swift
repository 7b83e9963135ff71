import CPawlSystem
import Glibc
import PawlCore

/// A command ready to start: everything checked that can be said better before than after.
struct Launch {
  private let executable: String
  private let argv: [String]
  private let environment: [String: String]
  private let directory: String

  /// Finds the executable, in the child's own `PATH` and folder; throws with the reason, which names what to mend.
  init(argv: [String], environment: [String: String], directory: String) throws(NotStarted) {
    guard let name = argv.first, !name.isEmpty else { throw NotStarted("the command is empty") }
    if argv.contains(where: { $0.utf8.contains(0) }) || directory.utf8.contains(0)
      || environment.contains(where: { $0.key.utf8.contains(0) || $0.value.utf8.contains(0) })
    {
      throw NotStarted(
        "a word or variable of `\(name)` holds a NUL byte, which no command can be given")
    }
    do throws(Errno) {
      if try Call.stat(directory).st_mode & S_IFMT != S_IFDIR { throw Errno(ENOTDIR) }
      if access(directory, X_OK) != 0 { throw Errno(errno) }
    } catch {
      throw NotStarted("cannot start in the folder `\(directory)`: \(error.text)")
    }
    self.argv = argv
    self.environment = environment
    self.directory = directory
    executable = try Launch.find(name, environment["PATH"], directory)
  }

  private static func find(_ name: String, _ path: String?, _ directory: String) throws(NotStarted)
    -> String
  {
    func place(_ text: String) -> String { text.hasPrefix("/") ? text : "\(directory)/\(text)" }
    if name.contains("/") {
      if let reason = refusal(place(name)) {
        throw NotStarted("cannot start `\(name)`: \(reason.text)")
      }
      return place(name)
    }
    var worst = Errno(ENOENT)
    // An empty element is the current folder (POSIX 8.3); the default is what execvp(3) takes.
    for folder in (path ?? "/bin:/usr/bin").split(separator: ":", omittingEmptySubsequences: false) {
      let candidate = place(folder.isEmpty ? name : "\(folder)/\(name)")
      guard let reason = refusal(candidate) else { return candidate }
      if !reason.meansAbsent { worst = reason }
    }
    if worst.number == ENOENT { throw NotStarted("`\(name)` is not on PATH") }
    throw NotStarted("cannot start `\(name)`: \(worst.text)")
  }

  /// Why a file cannot be executed, nil when it looks as if it can.
  private static func refusal(_ path: String) -> Errno? {
    do throws(Errno) {
      if try Call.stat(path).st_mode & S_IFMT == S_IFDIR { throw Errno(EACCES) }
      return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? nil : Errno(errno)
    } catch {
      return error
    }
  }

  /// Starts it with these outputs and a descriptor 3, unless it is below 0; the process id.
  func start(_ kind: Children.Kind, out: Int32, err: Int32, third: Int32 = -1) throws(NotStarted) -> Int32 {
    let words = CStrings(argv)
    let variables = CStrings(environment.map { "\($0.key)=\($0.value)" }.sorted())
    do throws(Errno) {
      return try executable.withCStringTyped { path throws(Errno) in
        try directory.withCStringTyped { folder throws(Errno) in
          var child = pawl_child(
            executable: path, argv: words.pointer, envp: variables.pointer, directory: folder,
            out: out, err: err, third: third)
          return try Children.start(&child, kind)
        }
      }
    } catch {
      let name = argv.first ?? executable
      switch error.number {
      case ENOEXEC:
        throw NotStarted("cannot start `\(name)`: it is no program and has no `#!` line")
      case ENOENT:
        // The file is there, so what is missing is the interpreter its first line names.
        throw NotStarted("cannot start `\(name)`: the interpreter in its `#!` line does not exist")
      case E2BIG:
        throw NotStarted("cannot start `\(name)`: its words and variables are too long together")
      case EACCES, EPERM, ENOTDIR, ELOOP:
        throw NotStarted("cannot start `\(name)`: \(error.text)")
      default:
        // No process, memory or descriptor left, a disk that fails: nothing that the command could do about it.
        throw NotStarted("cannot start `\(name)`: \(error.text)", Failure("start", name, error))
      }
    }
  }
}

/// Why a command could not be started.
struct NotStarted: Error {
  let reason: String
  /// What failed where the machine is at fault and not the command.
  let machine: Failure?

  init(_ reason: String, _ machine: Failure? = nil) {
    self.reason = reason
    self.machine = machine
  }
}

/// An array of C strings that ends with a null pointer, for as long as this value lives.
private final class CStrings {
  let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ texts: [String]) {
    count = texts.count
    pointer = .allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { (pointer + index).initialize(to: strdup(text)) }
    (pointer + texts.count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { free(pointer[index]) }
    pointer.deallocate()
  }
}

extension String {
  /// `withCString` that lets a typed error through.
  fileprivate func withCStringTyped<Value>(
    _ body: (UnsafePointer<CChar>) throws(Errno) -> Value
  ) throws(Errno) -> Value {
    let result: Result<Value, Errno> = withCString { text in
      do throws(Errno) { return .success(try body(text)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
