import PawlCore

/// Any command: it reads inputs and makes outputs.
enum Run: StageKind {
  static let name = "run"
  static let keys = JobKeys.runTable
  static let phase = Phase.work

  static func lower(
    _ template: StageTemplate, _ assembly: Assembly, _ head: (BaselineReference) -> BaselineRecord?
  ) -> [Stage] {
    assembly.instances(of: template).map { $0.job() }
  }
}
