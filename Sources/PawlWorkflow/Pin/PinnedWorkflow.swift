import PawlCore
import PawlFormats

/// The workflow as the pinned revision has it: its gates' policies and the meaning of its rows decide today's run.
///
/// A reference, because it notes what it replaced for the reports.
final class PinnedWorkflow {
  let tree: PinnedTree
  /// nil: the revision does not have the file.
  let assembly: Assembly?
  private var replaced: [String: (here: Predictions?, there: Predictions?)] = [:]

  private init(_ tree: PinnedTree, _ assembly: Assembly?) {
    self.tree = tree
    self.assembly = assembly
  }

  /// Reads the file of the revision; its errors are reported as of `REVISION:path`. nil without a pin, or with errors.
  static func read(_ request: LoadRequest, _ problems: Problems) -> PinnedWorkflow? {
    guard let pin = request.pin else { return nil }
    do throws(Failure) {
      guard let bytes = try pin.tree.read(request.path) else {
        problems.warning(
          "pin", "`\(pin.revision)` does not have `\(request.path)`", at: nil,
          cause: "every gate is judged by its own rules of today",
          remedy: "merge the workflow there first; until then a promotion needs `--bootstrap`")
        return PinnedWorkflow(pin, nil)
      }
      warnOfMissingWaivers(request, pin, problems)
      return read(bytes, request, pin, problems)
    } catch {
      problems.add(error)
      return nil
    }
  }

  private static func read(
    _ bytes: [UInt8], _ request: LoadRequest, _ pin: PinnedTree, _ problems: Problems
  ) -> PinnedWorkflow? {
    let own = Problems(file: pin.shown(request.path), bytes: bytes)
    defer { problems.add(own, errorsOnly: true) }
    guard let node = YAMLText.read(bytes, own, begin: "pawl: 1") else { return nil }
    let section = Section(node, TopKeys.table, own)
    guard node.pairs != nil else { return nil }
    var there = LoadRequest(
      file: pin.shown(request.path), path: request.path, environment: request.environment,
      baselineOverride: request.baselineOverride)
    there.waivers = request.waivers.flatMap { Paths.staysInside($0) ? $0 : nil }
    let assembly = Assembly(section, there, pin.tree, own, revision: pin.revision)
    _ = assembly.lower { _ in nil }
    return own.hasErrors ? nil : PinnedWorkflow(pin, assembly)
  }

  private static func warnOfMissingWaivers(
    _ request: LoadRequest, _ pin: PinnedTree, _ problems: Problems
  ) {
    guard let path = request.waivers, Paths.staysInside(path), (try? pin.tree.entry(path)) == nil else { return }
    problems.warning(
      "pin", "`\(pin.revision)` does not have `\(path)`, so it waives nothing", at: nil,
      remedy: "merge the waivers there first")
  }

  // MARK: evidence

  /// What the rows of an instance mean: as in the revision, but read from where today's file puts them.
  func predictions(of instance: Instance, own: Predictions?) -> Predictions? {
    guard let assembly, let template = assembly.template(named: instance.template.name),
      template.kind == Evaluate.self
    else { return own }
    guard let raw = template.node[JobKeys.predictions.name], let pairs = raw.pairs else {
      // A new reading of rows takes the place of the numbers that the revision's gates judge.
      guard judges(template.name) else { return own }
      note(own, nil, of: template.name)
      return nil
    }
    let theirs = Instance(
      template, instance.matrix, assembly, subject: instance.subject, label: instance.label,
      placedModels: instance.placedModels, problems: instance.problems)
    // Today's path stands, so that of the revision need not be readable with today's matrix.
    let kept = own?.path == nil ? pairs : pairs.filter { $0.name != PredictionKeys.path.name }
    let node = theirs.interpolate(Node(.mapping(kept), at: raw.location))
    let section = Section(node, PredictionKeys.table, instance.problems, named: JobKeys.predictions.name)
    var result = PredictionsReader(section: section, needsPath: false).read(in: theirs)
    if let path = own?.path { result?.path = path }
    note(own, result, of: template.name)
    return result
  }

  private func note(_ here: Predictions?, _ there: Predictions?, of stage: String) {
    if replaced[stage] == nil { replaced[stage] = (here, there) }
  }

  private func judges(_ stage: String) -> Bool {
    gates.contains { _, gate in gate.exhibits.contains { Assembly.split($0.name).base == stage } }
  }

  // MARK: gates

  private var stages: [Stage] { (assembly?.templates ?? []).flatMap { assembly?.lowered[$0.name] ?? [] } }

  /// The revision's gates in their file's order.
  var gates: [(stage: Stage, gate: Gate)] {
    stages.compactMap { stage in
      guard case .judge(let gate) = stage.work else { return nil }
      return (stage, gate)
    }
  }

  /// Puts the revision's policy in the place of today's; a gate that it lacks keeps its own and says so.
  func takeOver(_ stage: inout Stage, in today: Assembly) {
    guard case .judge(var gate) = stage.work else { return }
    var pin = PolicyPin(revision: tree.revision, commit: tree.commit)
    guard let theirs = gates.first(where: { $0.stage.id == stage.id }) else {
      pin.isAbsent = true
      gate.policy.pin = pin
      stage.work = .judge(gate)
      return
    }
    let here = gate
    gate = pinned(theirs.gate, in: today)
    if let path = today.request.waivers, !Paths.staysInside(path) {
      gate.policy.waivers += today.moreWaivers(path, gate.policy)
    }
    let differences = PolicyDifferences(revision: tree.revision)
    pin.differences = differences.lines(here.policy, there: gate.policy)
    for base in bases(of: gate) {
      guard let (own, other) = replaced[base] else { continue }
      pin.differences += differences.lines(own, there: other, of: base)
    }
    pin.differences += differences.lines(here.exhibits, there: theirs.gate.exhibits)
    pin.differences += needs(theirs.stage, &stage, today)
    pin.differences += condition(theirs.stage, &stage, today)
    gate.policy.pin = pin
    stage.work = .judge(gate)
  }

  /// When the gate is judged, as the revision says: a change cannot skip its own gate.
  private func condition(_ theirs: Stage, _ stage: inout Stage, _ today: Assembly) -> [String] {
    let here = stage.condition
    stage.condition = nil
    let known = Set(today.templates.flatMap(\.ids))
    let asked = theirs.condition?.operands.flatMap { operand -> [StageID] in
      switch operand {
      case .value: []
      case .outcome(let stages, _), .metric(_, let stages, _): stages
      }
    }
    // What asks for stages that are not here any more cannot be asked: then it is judged in any case.
    if let asked, asked.allSatisfy(known.contains) {
      stage.condition = theirs.condition
      for id in theirs.after where asked.contains(id) && !stage.after.contains(id) { stage.after.append(id) }
    }
    guard here != stage.condition else { return [] }
    func text(_ condition: Condition?) -> String { condition.map { "`when: \($0.text)`" } ?? "no `when`" }
    return ["`\(stage.id)` has \(text(stage.condition)) in \(tree.revision), and here \(text(here))"]
  }

  /// The gates that only the revision has: what is taken out of the file is judged all the same.
  func missing(in today: Assembly) -> [Stage] {
    gates.compactMap { theirs in
      if let template = today.template(named: theirs.stage.id.name) {
        guard template.kind != Judge.self else { return nil }
        today.problems.error(
          "pin", "`\(template.name)` is a gate in `\(tree.revision)`, here it is of kind `\(template.kind.name)`",
          at: template.location, remedy: "give the stage another name")
        return nil
      }
      if today.isIncomplete(theirs.stage.id.name) { return nil }
      var stage = Stage(
        id: theirs.stage.id, kind: Judge.name, work: .judge(pinned(theirs.gate, in: today)),
        at: today.section.place(TopKeys.stages))
      stage.isCacheable = false
      var pin = PolicyPin(revision: tree.revision, commit: tree.commit)
      pin.differences = ["`\(stage.id)` is a gate of \(tree.revision), and not here"]
      pin.differences += needs(theirs.stage, &stage, today)
      _ = condition(theirs.stage, &stage, today)
      if case .judge(var gate) = stage.work {
        gate.policy.pin = pin
        stage.work = .judge(gate)
      }
      return stage
    }
  }

  private func pinned(_ gate: Gate, in today: Assembly) -> Gate {
    let exhibits = gate.exhibits.map { evidence($0, in: today) }
    for rule in gate.policy.rules {
      for exhibit in exhibits where rule.stage == nil || rule.stage == exhibit.name {
        today.keep(columns: rule.slices.flatMap(\.columns), of: exhibit.name)
      }
    }
    return Gate(policy: tree.pinning(gate.policy), exhibits: exhibits)
  }

  /// An evidence of the revision, made of today's instances; without any the gate is invalid.
  private func evidence(_ exhibit: Exhibit, in today: Assembly) -> Exhibit {
    let all = Set(stages.filter { $0.evaluation?.exhibit == exhibit.name }.map(\.id))
    let takesAll = Set(exhibit.candidate) == all
    let candidates = today.templates.flatMap { today.lowered[$0.name] ?? [] }.filter { stage in
      stage.evaluation?.exhibit == exhibit.name && (takesAll || exhibit.candidate.contains(stage.id))
    }
    var result = Exhibit(name: exhibit.name, candidate: candidates.map(\.id))
    if let ships = exhibit.ships, result.candidate.contains(ships) {
      result.ships = ships
    } else {
      result.ships = today.ships(of: candidates)
    }
    return result
  }

  private func bases(of gate: Gate) -> [String] {
    gate.exhibits.map { Assembly.split($0.name).base }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Adds what the revision's gate needs beside its evidence; gives a line for each that today's does not need.
  private func needs(_ theirs: Stage, _ stage: inout Stage, _ today: Assembly) -> [String] {
    var lines: [String] = []
    for id in theirs.needs where !stage.needs.contains(id) {
      let base = Assembly.split(id.name).base
      guard let template = today.template(named: base) else {
        if !today.isIncomplete(base) {
          today.problems.error(
            "pin", "`\(stage.id)` needs `\(base)` in `\(tree.revision)`, which this file lacks", at: stage.location,
            remedy: "bring `\(base)` back, or take it out of `needs` there first")
        }
        continue
      }
      let found = template.ids.contains(id) ? [id] : template.ids
      let new = found.filter { !stage.needs.contains($0) }
      guard !new.isEmpty else { continue }
      stage.needs += new
      lines.append("`\(stage.id)` needs `\(base)` in \(tree.revision), and not here")
    }
    return lines.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  // MARK: promotion

  /// The gates that a promotion of the revision needs: those of its `promote` stages, or all of them.
  var required: [StageID] {
    let published = stages.compactMap { stage -> [StageID]? in
      guard case .publish(let publication) = stage.work else { return nil }
      return publication.gates
    }
    let named = Set(published.joined())
    return gates.map(\.stage.id).filter { published.isEmpty || named.contains($0) }
  }
}
