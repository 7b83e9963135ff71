import PawlCore

/// When a kind is lowered: gates need the evidence, promotions need the gates.
enum Phase: CaseIterable {
  case work, judgement, publication
}

/// A kind of stage: its keys, and how the YAML becomes stages that the engine runs. The engine never reads the kind.
protocol StageKind: Sendable {
  static var name: String { get }
  static var keys: KeyTable { get }
  static var phase: Phase { get }
  /// The stage's instances; what is wrong is reported to the assembly. `head` gives the record of a baseline.
  static func lower(
    _ template: StageTemplate, _ assembly: Assembly, _ head: (BaselineReference) -> BaselineRecord?
  ) -> [Stage]
}

/// The kinds, in the order in which they are listed to people.
enum Kinds {
  static let all: [any StageKind.Type] = [Run.self, Train.self, Evaluate.self, Judge.self, Promote.self]
  /// Words of the language that this version does not run.
  static let notYet = ["serve-check", "monitor"]
  static let names = all.map { $0.name }
}
