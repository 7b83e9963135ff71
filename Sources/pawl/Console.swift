import Glibc
import PawlCore
import PawlReports
import PawlSystem

/// Standard output carries the answer, standard error the progress.
enum Console {
  static func answer(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

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

  /// Writes all of it; a reader that went away (`| head`) is nobody's error.
  static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    bytes.withUnsafeBufferPointer { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let slice = UnsafeBufferPointer(rebasing: rest)
        let count = Glibc.write(descriptor, slice.baseAddress, slice.count)
        if count < 0 {
          if errno == EINTR || errno == EAGAIN { continue }
          return
        }
        rest = rest.dropFirst(count)
      }
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
