import PawlCore

/// A command that makes a model.
enum Train: StageKind {
  static let name = "train"
  static let keys = JobKeys.trainTable
  static let phase = Phase.work

  static func lower(
    _ template: StageTemplate, _ assembly: Assembly, _ head: (BaselineReference) -> BaselineRecord?
  ) -> [Stage] {
    assembly.instances(of: template).map { $0.job() }
  }
}
