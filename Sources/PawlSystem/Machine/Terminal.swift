import CPawlSystem
import Glibc

/// Whether and how wide somebody is watching.
package enum Terminal {
  /// Whether a descriptor (1 is standard output) is a terminal.
  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Columns: the terminal's, else `COLUMNS`, else 80; at least 20.
  package static var width: Int {
    for descriptor: Int32 in [1, 2, 0] {
      let columns = Int(pawl_terminal_columns(descriptor))
      if columns > 0 { return max(20, columns) }
    }
    if let text = getenv("COLUMNS"), let columns = Int(String(cString: text)), columns > 0,
      columns < 10_000
    {
      return max(20, columns)
    }
    return 80
  }
}
