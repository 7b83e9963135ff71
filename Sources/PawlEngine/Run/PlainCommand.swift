import PawlCore
import PawlSystem

/// A shell line that means the same without a shell: words, and perhaps `> file` at the end.
///
/// Starting a shell for `python3 train.py --rate 0.1` costs more than all else that Pawl does for a stage, and stands
/// between it and the signal that ends its child. Read with great restraint: whatever could mean more to a POSIX shell
/// than its own characters is left to the shell, and so is a word that the shell may know as its own command. What is
/// left: a variable whose name no shell could use, such as `a.b`, reaches the command, which dash would keep from it.
enum PlainCommand {
  /// Nil where only a shell knows what the command means.
  static func read(_ command: Command, environment: [String: String]) -> JobSpec.Plain? {
    guard command.shell == ["sh", "-eu"], command.lines.count == 1, let line = command.lines.first else { return nil }
    var bytes = Array(line.utf8)[...]
    var words: [String] = []
    var output: String?
    while skipBlanks(&bytes) {
      if bytes.first == UInt8(ascii: ">") {
        bytes = bytes.dropFirst()
        guard output == nil, skipBlanks(&bytes), let file = word(&bytes), !skipBlanks(&bytes) else { return nil }
        output = file
      } else {
        guard let next = word(&bytes) else { return nil }
        words.append(next)
      }
    }
    guard let name = words.first, !name.isEmpty, output?.isEmpty != true, !name.utf8.contains(UInt8(ascii: "=")),
      !ownWords.contains(name), environment["PATH"] != nil,
      !environment.keys.contains(where: { $0.hasPrefix("BASH_FUNC_") })
    else { return nil }
    return JobSpec.Plain(argv: words, output: output)
  }

  /// Passes blanks over; false at the end of the line.
  private static func skipBlanks(_ bytes: inout ArraySlice<UInt8>) -> Bool {
    bytes = bytes.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    return !bytes.isEmpty
  }

  /// One word of harmless characters and texts in single quotes, up to a blank or the end; nil for anything else.
  private static func word(_ bytes: inout ArraySlice<UInt8>) -> String? {
    var word: [UInt8] = []
    while let byte = bytes.first {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"): return String(validating: word, as: UTF8.self)
      case UInt8(ascii: "'"):
        bytes = bytes.dropFirst()
        guard let end = bytes.firstIndex(of: UInt8(ascii: "'")) else { return nil }
        word += bytes[..<end]
        bytes = bytes[(end + 1)...]
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "/"), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "+"), UInt8(ascii: "="),
        UInt8(ascii: "@"), UInt8(ascii: "%"):
        word.append(byte)
        bytes = bytes.dropFirst()
      default: return nil
      }
    }
    return String(validating: word, as: UTF8.self)
  }

  /// What a shell answers itself: reserved words and built-in commands of POSIX (2.4, 2.14, 1.7), dash and bash.
  private static let ownWords: Set<String> = [
    ".", ":", "[", "alias", "bg", "bind", "break", "builtin", "caller", "case", "cd", "chdir", "command", "compgen",
    "complete", "compopt", "continue", "coproc", "declare", "dirs", "disown", "do", "done", "echo", "elif", "else",
    "enable", "esac", "eval", "exec", "exit", "export", "false", "fc", "fg", "fi", "for", "function", "getopts", "hash",
    "help", "history", "if", "in", "jobs", "kill", "let", "local", "logout", "mapfile", "popd", "printf", "pushd",
    "pwd", "read", "readarray", "readonly", "return", "select", "set", "shift", "shopt", "source", "suspend", "test",
    "then", "time", "times", "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait",
    "while",
  ]
}
