import ArgumentParser
import Glibc
import PawlCore

// `--version` is answered before anything else is looked at: it is what scripts ask most.
if CommandLine.arguments.count == 2, CommandLine.arguments[1] == "--version" || CommandLine.arguments[1] == "version" {
  Console.answer("pawl \(Version.text)")
  exit(ExitStatus.ok.code)
}
// So is a run that finds everything as the last one left it.
if CommandLine.arguments.count > 1, CommandLine.arguments[1] == "run",
  let line = QuietRequest(words: Array(CommandLine.arguments.dropFirst()))?.answer()
{
  Console.answer(line)
  exit(ExitStatus.ok.code)
}
exit(Pawl.start(Array(CommandLine.arguments.dropFirst())).code)
