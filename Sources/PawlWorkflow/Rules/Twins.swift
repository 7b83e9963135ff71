import PawlCore
import PawlFormats

/// The stages that score a baseline's own models again, one for each replicate that its record holds.
struct Twins {
  let exhibit: Exhibit
  let record: BaselineRecord
  let assembly: Assembly

  /// Adds them to the assembly; gives their names, none where the record holds no model.
  func add() -> [StageID] {
    var result: [StageID] = []
    let label = assembly.label(of: record)
    for evidence in record.evidence where evidence.exhibit == exhibit.name && !evidence.models.isEmpty {
      let id = StageID(evidence.stage.name + "@" + label)
      if assembly.twin(id, of: evidence.base) != nil {
        // A second gate with the same record shares the twin.
        result.append(id)
        continue
      }
      guard let twin = twin(id, evidence, label) else { continue }
      assembly.add(twin: twin)
      result.append(id)
    }
    return result
  }

  /// Today's stage with the recorded model in place of the candidate's; nil when it cannot be had.
  private func twin(_ id: StageID, _ evidence: RecordedEvidence, _ label: String) -> Stage? {
    guard let template = assembly.template(named: evidence.base), template.kind == Evaluate.self,
      template.instances.contains(where: { Twins.axes($0) == Twins.axes(evidence.matrix) })
    else { return nil }
    let scratch = assembly.problems.scratch()
    let placed = evidence.models.map(Twins.place)
    let instance = Instance(
      template, evidence.matrix, assembly, subject: .baseline, label: label, placedModels: placed, problems: scratch)
    let own = instance.declaredModels
    guard own.count == placed.count else { return nil }
    var stage = Evaluate.lower(instance)
    guard !scratch.hasErrors else { return nil }
    stage = Stage(renaming: stage, to: id)
    stage.inputs.removeAll { own.contains($0.path) }
    let place = template.node["model"]?.location
    for (path, model) in zip(placed, evidence.models) {
      stage.inputs.append(Input(path, written: instance.relative(path), at: place, placed: model.digest))
    }
    stage.evaluation?.exhibit = exhibit.name
    stage.evaluation?.origin = TwinOrigin(record: record.id, baseline: record.name, stage: evidence.stage)
    let candidates = assembly.instances(of: template).flatMap(\.declaredModels) + own
    stage.needs.removeAll { makes($0, anyOf: candidates) }
    stage.after = exhibit.candidate
    return stage
  }

  private static func axes(_ matrix: [AxisValue]) -> Set<String> { Set(matrix.map(\.axis)) }

  /// `.pawl/subjects/<16 digits>/<file name>`, from the project root.
  private static func place(_ model: Made) -> String {
    ".pawl/subjects/\(model.digest.hex.prefix(16))/\(Paths.name(model.path))"
  }

  private func makes(_ id: StageID, anyOf paths: [String]) -> Bool {
    guard let stage = assembly.lowered.values.joined().first(where: { $0.id == id }) else { return false }
    return stage.outputs.contains { output in paths.contains { Paths.overlap(output.path, $0) } }
  }
}

extension Stage {
  /// The same stage under another name.
  init(renaming stage: Stage, to id: StageID) {
    self = stage
    self.id = id
  }
}
