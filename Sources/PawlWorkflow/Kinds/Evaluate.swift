import PawlCore
import PawlFormats

/// A command that measures: its rows and metric files are the evidence that gates judge.
enum Evaluate: StageKind {
  static let name = "evaluate"
  static let keys = JobKeys.evaluateTable
  static let phase = Phase.work

  static func lower(
    _ template: StageTemplate, _ assembly: Assembly, _ head: (BaselineReference) -> BaselineRecord?
  ) -> [Stage] {
    let instances = assembly.instances(of: template)
    let stages = instances.map { lower($0) }
    warnOfTwoReplicates(stages, instances, assembly)
    checkShips(instances.first, template, stages)
    return stages
  }

  /// One instance, candidate or twin.
  static func lower(_ instance: Instance) -> Stage {
    let section = instance.section
    var stage = instance.job()
    var evaluation = Evaluation(exhibit: exhibit(instance))
    evaluation.models = instance.models
    evaluation.metricFiles = instance.metricNodes.compactMap { node in
      node.scalar.map { Paths.join(instance.directory, $0.text) }
    }
    let predictions = section.section(JobKeys.predictions, PredictionKeys.table).flatMap {
      PredictionsReader(section: $0, needsPath: true).read(in: instance)
    }
    evaluation.predictions = predictions
    if let pinned = instance.assembly.pinned {
      evaluation.predictions = pinned.predictions(of: instance, own: predictions)
    }
    evaluation.testData = section.texts(JobKeys.testData).compactMap { instance.input($0)?.path }
    evaluation.rescore = section.word(JobKeys.rescore) ?? .whenDataDiffer
    if section[JobKeys.metrics] == nil, !section.has(JobKeys.predictions), !section.has(JobKeys.metrics) {
      instance.problems.error(
        "no-evidence", "`\(instance.template.name)` leaves no evidence for a gate", at: instance.template.location,
        remedy: "add `metrics:` with the files it writes, or `predictions:` with its rows")
    }
    addModels(to: &stage, instance)
    addPredictions(predictions ?? evaluation.predictions, to: &stage, instance)
    addTestData(evaluation.testData, to: &stage, section)
    if evaluation.rescore == .always { stage.isCacheable = false }
    stage.evaluation = evaluation
    checkSubject(stage, instance)
    checkPatterns(stage, instance)
    return stage
  }

  /// Files that a pattern finds must be made anew by this stage: yesterday's file would be taken for today's evidence.
  private static func checkPatterns(_ stage: Stage, _ instance: Instance) {
    guard instance.subject == .candidate else { return }
    for node in instance.metricNodes {
      guard let scalar = node.scalar, Glob.isPattern(scalar.text) else { continue }
      let start = Glob.fixedPrefix(of: Paths.join(instance.directory, scalar.text))
      if stage.outputs.contains(where: { $0.path == start || Paths.isUnder(start, $0.path) }) { continue }
      let folder = Glob.fixedPrefix(of: scalar.text)
      instance.problems.error(
        "metrics-pattern", "`\(scalar.text)` may find files that this stage did not make", at: node.location,
        remedy: folder.isEmpty
          ? "put them into a folder of their own and declare that under `outputs`" : "add `\(folder)` to `outputs`")
    }
  }

  private static func addModels(to stage: inout Stage, _ instance: Instance) {
    guard instance.placedModels == nil else { return }
    for node in instance.section.texts(JobKeys.model) {
      guard let input = instance.input(node), !stage.inputs.contains(where: { $0.path == input.path }) else { continue }
      stage.inputs.append(input)
    }
  }

  private static func addPredictions(_ predictions: Predictions?, to stage: inout Stage, _ instance: Instance) {
    guard let path = predictions?.path,
      !stage.outputs.contains(where: { $0.path == path || Paths.isUnder(path, $0.path) })
    else { return }
    guard let node = instance.section.section(JobKeys.predictions, PredictionKeys.table)?[PredictionKeys.path] else {
      // Rows that only the pinned revision declares are evidence all the same.
      stage.outputs.append(Output(path, role: .predictions, at: instance.template.location))
      return
    }
    instance.output(node, name: nil, role: .predictions).map { stage.outputs.append($0) }
  }

  private static func addTestData(_ paths: [String], to stage: inout Stage, _ section: Section) {
    for (path, node) in zip(paths, section.texts(JobKeys.testData))
    where !stage.inputs.contains(where: { $0.path == path || Paths.isUnder(path, $0.path) }) {
      stage.inputs.append(Input(path, written: node.scalar?.text, at: node.location))
    }
  }

  // MARK: exhibits

  static func replicates(_ instance: Instance) -> [String] {
    instance.section.texts(JobKeys.replicate).compactMap(\.scalar?.text)
  }

  /// `evaluate`, or `evaluate[variant=a]` where an axis is a variant.
  private static func exhibit(_ instance: Instance) -> String {
    let replicates = replicates(instance)
    if instance.subject == .candidate { checkReplicates(instance) }
    return StageTemplate.instanceName(
      instance.template.name, instance.matrix.filter { !replicates.contains($0.axis) })
  }

  private static func checkReplicates(_ instance: Instance) {
    let template = instance.template
    guard template.isMatrixKnown else { return }
    for node in instance.section.texts(JobKeys.replicate) {
      guard let axis = node.scalar?.text, !template.axes.contains(axis) else { continue }
      instance.problems.error(
        "replicate", "`\(axis)` is not an axis of `\(template.name)`", at: node.location,
        remedy: choices(template.axes, near: axis, none: "it has none; add `matrix: { \(axis): [1, 2, 3] }`"))
    }
  }

  private static func warnOfTwoReplicates(_ stages: [Stage], _ instances: [Instance], _ assembly: Assembly) {
    guard let first = instances.first, !replicates(first).isEmpty else { return }
    let counts = Dictionary(grouping: stages) { $0.evaluation?.exhibit ?? "" }.mapValues(\.count)
    guard counts.values.contains(2) else { return }
    assembly.problems.warning(
      "two-replicates", "two replicates say little about the spread between them",
      at: first.section[JobKeys.replicate]?.location, cause: "with two of them t is 6.31; five make it 2.13",
      remedy: "add values to the axis: five are a good number")
  }

  // MARK: what ships

  /// The replicate of an exhibit that is promoted and also judged alone.
  static func ships(_ template: StageTemplate, _ instance: Instance, among stages: [Stage]) -> StageID? {
    let wanted = instance.section.pairs(JobKeys.ships)
    guard !wanted.isEmpty else { return nil }
    return stages.first { matches($0, wanted) }?.id
  }

  private static func matches(_ stage: Stage, _ wanted: [Node.Pair]) -> Bool {
    wanted.allSatisfy { pair in
      stage.matrix.contains { $0.axis == pair.name && $0.value.text == pair.value.scalar?.text }
    }
  }

  private static func checkShips(_ instance: Instance?, _ template: StageTemplate, _ stages: [Stage]) {
    guard let instance, template.isMatrixKnown else { return }
    let wanted = instance.section.pairs(JobKeys.ships)
    guard !wanted.isEmpty else { return }
    let replicates = replicates(instance)
    for pair in wanted where !replicates.contains(pair.name) {
      instance.problems.error(
        "ships", "`\(pair.name)` is not under `replicate`", at: pair.key.location,
        remedy: choices(replicates, near: pair.name, none: "add `replicate: [\(pair.name)]`"))
      return
    }
    for (exhibit, members) in Dictionary(grouping: stages, by: { $0.evaluation?.exhibit ?? "" }).sorted(by: {
      $0.key < $1.key
    })
    where !members.contains(where: { matches($0, wanted) }) {
      instance.problems.error(
        "ships", "no replicate of `\(exhibit)` is the one that ships", at: instance.section[JobKeys.ships]?.location,
        remedy: choices(members.map { "`\($0.id)`" }, near: "", none: "add its values to the matrix"))
      return
    }
  }

  // MARK: subject

  /// Both halves run the same command: what they write must not be the same file.
  private static func checkSubject(_ stage: Stage, _ instance: Instance) {
    guard instance.subject == .candidate, instance.section[JobKeys.model] != nil else { return }
    let scratch = instance.problems.scratch()
    let other = Instance(
      instance.template, instance.matrix, instance.assembly, subject: .baseline,
      placedModels: instance.models, problems: scratch)
    let theirs = Set(other.written)
    for output in stage.outputs + patterns(instance) where theirs.contains(output.path) {
      instance.problems.error(
        "subject", "`\(output.written)` needs `${subject}` in its path", at: output.location,
        cause: "candidate and baseline would write the same file",
        remedy: "write for instance `\(withSubject(output.written))`")
    }
    if !instance.usesModel {
      instance.problems.warning(
        "model-unused", "`run` does not name `${model}`", at: instance.section.place(JobKeys.run),
        cause: "production's model stands at another path when it is scored again",
        remedy: "write `${model}` where the command takes the model")
    }
  }

  private static func patterns(_ instance: Instance) -> [Output] {
    instance.metricNodes.compactMap { node in
      guard let written = node.scalar?.text, Glob.isPattern(written) else { return nil }
      return Output(Paths.join(instance.directory, written), written: written, role: .metrics, at: node.location)
    }
  }

  private static func withSubject(_ written: String) -> String {
    let folder = Paths.parent(written)
    let name = Paths.name(written)
    return (folder.isEmpty ? "" : folder == "/" ? "/" : folder + "/") + "${subject}/" + name
  }
}

extension Instance {
  /// Every path that the instance writes, patterns of metric files included.
  fileprivate var written: [String] {
    let files =
      metricNodes
      + [section.section(JobKeys.predictions, PredictionKeys.table)?[PredictionKeys.path]].compactMap(\.self)
    return outputs.map(\.path) + files.compactMap { node in node.scalar.map { Paths.join(directory, $0.text) } }
  }
}
