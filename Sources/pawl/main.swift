import ArgumentParser
import Glibc
import PawlCore

// `--version` is answered before anything else is looked at: it is what scripts ask most.
if CommandLine.arguments.count == 2, CommandLine.arguments[1] == "--version" || CommandLine.arguments[1] == "version" {
  Console.answer("pawl \(Version.text)")
  exit(ExitStatus.ok.code)
}
exit(Pawl.start(Array(CommandLine.arguments.dropFirst())).code)
