import PawlCore
import PawlSystem

extension Command {
  /// What is started: a line in its shell, or several as one script, each in a shell of its own, so that each must
  /// succeed as if typed alone.
  ///
  /// Before each of several lines the script writes a byte into descriptor 3 (`JobSpec.countsSteps`), which no line
  /// has. The last line takes the script's place, so that a signal that ends it is seen as one.
  var argv: [String] {
    if lines.count <= 1 { return shell + ["-c", lines.first ?? ":"] }
    let shell = shell.map(ShellWord.quote).joined(separator: " ")
    let script = lines.indices.map { index in
      "echo >&3\n\(index == lines.count - 1 ? "exec " : "")\(shell) -c \(ShellWord.quote(lines[index])) 3>&-"
    }
    return ["sh", "-eu", "-c", script.joined(separator: "\n")]
  }

  /// In which of several lines a job ended, from 1; nil when there is only one, or none had begun.
  func line(of report: JobReport) -> Int? {
    guard lines.count > 1, let steps = report.steps, steps > 0 else { return nil }
    return min(steps, lines.count)
  }
}
