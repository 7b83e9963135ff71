import Glibc
import PawlCore
import PawlReports
import PawlSystem

/// Standard output carries the answer, standard error the progress.
enum Console {
  static func answer(_ text: String) { answer(exactly: text + "\n") }

  /// As `answer`, with no line end of ours. One that the disk cuts short ends the program with status 4: it must not
  /// pass for a whole one.
  static func answer(exactly text: String) { answer(exactly: Array(text.utf8)) }

  static func answer(exactly bytes: [UInt8]) {
    guard let error = write(bytes, to: STDOUT_FILENO) else { return }
    complain([
      Diagnostic(
        "system.no-answer", "cannot write to the standard output", cause: String(cString: strerror(error)),
        remedy: "send it to a place that can take it")
    ])
    exit(ExitStatus.surroundings.code)
  }

  static func answer(_ lines: [String]) {
    if !lines.isEmpty { answer(lines.joined(separator: "\n")) }
  }

  static func progress(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  static func progress(_ lines: [String]) {
    if !lines.isEmpty { progress(lines.joined(separator: "\n")) }
  }

  static func complain(_ diagnostics: [Diagnostic]) {
    progress(DiagnosticText.render(diagnostics, style(for: STDERR_FILENO)))
  }

  /// Writes all of it, or answers with the errno; a reader that went away (`| head`) or never was is nobody's error.
  @discardableResult static func write(_ text: String, to descriptor: Int32) -> Int32? {
    write(Array(text.utf8), to: descriptor)
  }

  @discardableResult static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    bytes.withUnsafeBufferPointer { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let slice = UnsafeBufferPointer(rebasing: rest)
        let count = Glibc.write(descriptor, slice.baseAddress, slice.count)
        if count < 0 {
          if errno == EINTR || errno == EAGAIN { continue }
          return errno == EPIPE || errno == EBADF ? nil : errno
        }
        rest = rest.dropFirst(count)
      }
      return nil
    }
  }

  /// `always` and `never` win over `NO_COLOR`, which wins over the terminal.
  static func style(for descriptor: Int32, colour: ColourChoice = .auto) -> Style {
    let variables = Environment.all()
    let isTerminal = Terminal.isTerminal(descriptor)
    let isColoured: Bool
    switch colour {
    case .always: isColoured = true
    case .never: isColoured = false
    case .auto:
      isColoured = isTerminal && (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
    }
    let locale = variables["LC_ALL"] ?? variables["LC_CTYPE"] ?? variables["LANG"] ?? ""
    // Only a locale that names another character set than UTF-8 asks for ASCII; CI systems often set none.
    let isASCII = ["C", "POSIX"].contains(locale)
    return Style(colour: isColoured, ascii: isASCII, width: isTerminal ? PawlSystem.Terminal.width : 100)
  }
}
