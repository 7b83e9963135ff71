import ArgumentParser
import PawlCore
import PawlEngine
import PawlSystem

enum ColourChoice: String, ExpressibleByArgument, CaseIterable, Sendable { case auto, always, never }

enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case human, json }

/// What most verbs share.
struct CommonOptions: ParsableArguments {
  @Option(name: .customShort("C"), help: ArgumentHelp("Start in this folder.", valueName: "DIR"))
  var folder: String?

  @Option(help: "When to colour: auto, always, never (and NO_COLOR).")
  var color: ColourChoice = .auto

  @Option(help: "human or json.")
  var format: OutputFormat = .human

  @Flag(name: .shortAndLong, help: "Only the verdict and what is wrong.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more.")
  var verbose = false

  /// Where paths on the command line start.
  var start: String { folder.map { Disk(root: $0).root } ?? Disk.currentFolder }

  /// The same as plain values, which may cross tasks.
  var screen: Screen {
    Screen(start: start, colour: color, isJSON: format == .json, isQuiet: quiet, isVerbose: verbose)
  }
}

/// How and where a verb answers.
struct Screen: Sendable {
  /// Where paths on the command line start.
  var start: String
  var colour: ColourChoice
  var isJSON: Bool
  var isQuiet: Bool
  var isVerbose: Bool
}

/// What the command line changes in a workflow.
struct Overrides: Sendable {
  /// `a.b=c`, as typed.
  var sets: [String]
  var baseline: String?
  /// A file of waivers for every gate; absolute.
  var waivers: String?
  /// The revision that every gate's policy is taken from.
  var policyFrom: String?
}

/// Which file, and with which parameters.
struct WorkflowOptions: ParsableArguments {
  @Option(
    name: .customLong("set"), help: ArgumentHelp("Another value for a parameter; repeatable.", valueName: "a.b=c"))
  var sets: [String] = []

  @Option(help: ArgumentHelp("Another baseline than the gate's.", valueName: "NAME-or-SPEC"))
  var baseline: String?

  @Option(help: ArgumentHelp("Waivers beside those that the gates name.", valueName: "FILE"))
  var waivers: String?

  @Option(
    help: ArgumentHelp(
      "Take rules, margins, columns and waivers from this revision, so that a change cannot loosen its own gate.",
      valueName: "REV"))
  var policyFrom: String?

  /// - Parameter start: where paths on the command line start.
  func overrides(from start: String) -> Overrides {
    Overrides(
      sets: sets, baseline: baseline, waivers: waivers.map { Disk(root: start).absolute($0) }, policyFrom: policyFrom)
  }
}
