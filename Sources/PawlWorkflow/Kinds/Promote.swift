import PawlCore
import PawlFormats

/// The candidate becomes production when its gates pass and the caller authorises it.
enum Promote: StageKind {
  static let name = "promote"
  static let keys = GateKeys.promotion
  static let phase = Phase.publication

  static func lower(
    _ template: StageTemplate, _ assembly: Assembly, _ head: (BaselineReference) -> BaselineRecord?
  ) -> [Stage] {
    guard let instance = assembly.instances(of: template).first else { return [] }
    let all = gates(assembly)
    let nodes = instance.section.texts(JobKeys.needs)
    let ids = nodes.flatMap { assembly.needed($0, by: instance) }
    let named = ids.filter(all.contains)
    // What the revision's promotion needs cannot be taken out here.
    let required = (assembly.pinned?.required ?? []).filter { all.contains($0) && !named.contains($0) }
    let chosen = named.isEmpty ? all : named + required
    if chosen.isEmpty, !assembly.problems.hasErrors {
      assembly.problems.error(
        "no-gate", "`\(template.name)` has no gate before it", at: template.location,
        remedy: "add a stage of kind `gate`: a promotion needs a verdict")
    }
    var stage = Stage(
      id: StageID(template.name), kind: name, work: .publish(Publication(gates: chosen)), at: template.location)
    stage.needs = ids.filter { !all.contains($0) }
    stage.isCacheable = false
    instance.schedule(&stage)
    return [stage]
  }

  /// What `--promote` adds to a workflow that declares no promotion; nil after reporting that nothing judges.
  static func added(to assembly: Assembly) -> Stage? {
    let gates = gates(assembly)
    if gates.isEmpty, !assembly.problems.hasErrors {
      assembly.problems.error(
        "no-gate", "`--promote` needs a verdict, and the workflow has no gate", at: nil,
        remedy: "add a stage of kind `gate`")
      return nil
    }
    var id = "promote"
    while assembly.template(named: id) != nil { id += "-candidate" }
    var stage = Stage(
      id: StageID(id), kind: name, work: .publish(Publication(gates: gates)),
      at: assembly.section.place(TopKeys.stages))
    stage.isCacheable = false
    return stage
  }

  private static func gates(_ assembly: Assembly) -> [StageID] {
    assembly.templates.filter { $0.kind.phase == .judgement }.map { StageID($0.name) } + assembly.missingGates.map(\.id)
  }
}
