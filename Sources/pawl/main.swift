import ArgumentParser
import Glibc
import PawlCore

// `--version` is answered before anything else is looked at, even the list of words: it is what scripts ask most.
if CommandLine.argc == 2, let word = CommandLine.unsafeArgv[1],
  strcmp(word, "--version") == 0 || strcmp(word, "version") == 0
{
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
