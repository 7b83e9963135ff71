import PawlCore
import PawlFormats

/// A workflow while it is put together: its parameters, metrics and stage templates, and what is lowered so far.
///
/// A reference: instances look each other up while they are interpolated.
final class Assembly {
  let section: Section
  let request: LoadRequest
  let tree: any Tree
  let problems: Problems
  /// The workflow's `directory:`, from the project root.
  let directory: String
  let parameters: Value
  /// False when the parameters could not be read: then nothing is said about names in them.
  let areParametersKnown: Bool
  let metrics: [String: MetricMeaning]
  /// What every command finds as `python3`; nil: the caller's.
  let python: PythonEnvironment?
  /// The revision that this is the file of; nil for the working tree's.
  let revision: String?
  /// The same file at the revision that the policy is taken from; nil without a pin.
  let pinned: PinnedWorkflow?
  private(set) var templates: [StageTemplate] = []
  /// Names of stages that are too broken to be templates.
  private var incomplete: Set<String> = []
  private var made: [String: [Instance]] = [:]
  private var byID: [StageID: Instance] = [:]
  /// By stage name; filled kind after kind.
  private(set) var lowered: [String: [Stage]] = [:]
  /// Baseline halves by the name of their stage.
  private var twins: [String: [Stage]] = [:]
  /// Columns that rules cut by, to be kept with the rows.
  private var slicedColumns: [String: [String]] = [:]
  /// The records whose models are scored again, in the order in which they were met.
  private var labels: [(record: BaselineRecord, label: String)] = []
  /// Gates that only the pinned revision has.
  private(set) var missingGates: [Stage] = []

  init(
    _ section: Section, _ request: LoadRequest, _ tree: any Tree, _ problems: Problems, revision: String? = nil,
    pinned: PinnedWorkflow? = nil
  ) {
    self.revision = revision
    self.pinned = pinned
    self.section = section
    self.request = request
    self.tree = tree
    self.problems = problems
    directory = Assembly.directory(section, tree)
    let read = Parameters.read(section, directory: directory, request, tree)
    parameters = read ?? .map([])
    areParametersKnown = read != nil
    metrics = MetricsReader.read(section[TopKeys.metrics], problems)
    python = Assembly.python(section, directory, tree)
    readTemplates()
  }

  private static func directory(_ section: Section, _ tree: any Tree) -> String {
    guard let written = section.text(TopKeys.directory) else { return "" }
    let path = Paths.normalise(written)
    let place = section[TopKeys.directory]?.location
    guard Paths.staysInside(path) else {
      section.problems.error(
        "path", "`\(written)` lies outside the project", at: place,
        remedy: "`directory` is a path from the project root")
      return ""
    }
    do throws(Failure) {
      if !path.isEmpty, try tree.entry(path)?.kind != .folder {
        section.problems.error(
          "path", "`\(written)` is not a folder of the project", at: place,
          remedy: "`directory` is a path from the project root")
      }
    } catch {
      section.problems.add(error)
    }
    return path
  }

  private static func python(_ section: Section, _ directory: String, _ tree: any Tree) -> PythonEnvironment? {
    let node = section.section(TopKeys.environment, EnvironmentKeys.table)?
      .section(EnvironmentKeys.python, PythonKeys.table)?[PythonKeys.requirements]
    guard let node, let written = node.scalar?.text else { return nil }
    let path = Paths.join(directory, written)
    if !TreeSearch.exists(path, in: tree, section.problems) {
      section.problems.error(
        "no-file", "`\(written)` does not exist", at: node.location,
        remedy: directory.isEmpty ? "paths start at the project root" : "paths start at `\(directory)`")
    }
    return PythonEnvironment(requirements: path, written: written, at: node.location)
  }

  /// Seconds that a whole run may take; nil: any.
  var timeout: Double? {
    guard let seconds = section.duration(TopKeys.timeout) else { return nil }
    if seconds <= 0 {
      problems.error(
        "value", "`timeout` is zero", at: section[TopKeys.timeout]?.location,
        remedy: "remove it, or write a time such as `2h`")
    }
    return seconds
  }

  /// The share of reused results that each run makes again and compares.
  var auditShare: Double { section.section(TopKeys.cache, CacheKeys.table)?.share(CacheKeys.audit) ?? 0 }
  /// How outputs get into the cache and back.
  var cacheLinks: [CacheLink] {
    let named = section.section(TopKeys.cache, CacheKeys.table)?.texts(CacheKeys.link) ?? []
    let known = named.compactMap { $0.scalar.flatMap { CacheLink(rawValue: $0.text) } }
    return known.isEmpty ? CacheLink.usual : known
  }

  // MARK: stages by name

  func template(named name: String) -> StageTemplate? { templates.first { $0.name == name } }

  /// Whether a stage of that name stands in the file but could not be read.
  func isIncomplete(_ name: String) -> Bool { incomplete.contains(name) }

  /// The candidate's instances, made once.
  func instances(of template: StageTemplate) -> [Instance] {
    if let instances = made[template.name] { return instances }
    let instances = template.instances.map { Instance(template, $0, self) }
    made[template.name] = instances
    for instance in instances { byID[instance.id] = instance }
    return instances
  }

  /// The instances of another stage that agree with some coordinates in the axes which both have.
  func instances(of template: StageTemplate, agreeingWith matrix: [AxisValue]) -> [Instance] {
    let all = instances(of: template)
    let shared = template.axes.compactMap { axis in matrix.first { $0.axis == axis } }
    // Most often every axis is shared: then the name is known.
    if shared.count == template.axes.count, let instance = byID[template.id(shared)] { return [instance] }
    return all.filter { instance in
      instance.matrix.allSatisfy { coordinate in
        matrix.first { $0.axis == coordinate.axis }.map { Matrix.same($0.value, coordinate.value) } ?? true
      }
    }
  }

  private func readTemplates() {
    guard let node = section[TopKeys.stages] else { return }
    let defaults = section[TopKeys.defaults]
    let pairs = node.pairs ?? []
    if pairs.isEmpty {
      problems.error(
        "no-stages", "the workflow has no stages", at: node.location,
        remedy: "add one under `stages:`, such as `train: { kind: train, run: … }`")
    }
    for pair in pairs {
      guard let template = StageReader(problems).read(pair, defaults) else {
        incomplete.insert(pair.name)
        continue
      }
      templates.append(template)
    }
    for index in templates.indices { readMatrix(index) }
  }

  private func readMatrix(_ index: Int) {
    let template = templates[index]
    guard let raw = template.node["matrix"], template.kind.keys["matrix"] != nil else { return }
    let instances = Matrix.instances(Instance(template, [], self).interpolate(raw), problems)
    templates[index].isMatrixKnown = instances != nil
    templates[index].instances = instances ?? []
  }

  // MARK: lowering

  /// Every stage: jobs, then the gates that judge them, then promotions; in the file's order.
  func lower(_ head: (BaselineReference) -> BaselineRecord?) -> [Stage] {
    for phase in Phase.allCases {
      for template in templates where template.kind.phase == phase {
        lowered[template.name] = template.kind.lower(template, self, head)
      }
      if phase == .judgement, let pinned {
        missingGates = pinned.missing(in: self).map { Judge.withTwins($0, self, head) }
      }
    }
    var stages: [Stage] = []
    for template in templates {
      stages += (lowered[template.name] ?? []).map(withSlicedColumns)
      stages += (twins[template.name] ?? []).map(withSlicedColumns)
    }
    stages += missingGates
    if request.promotes, !templates.contains(where: { $0.kind.phase == .publication }),
      let promotion = Promote.added(to: self)
    {
      stages.append(promotion)
    }
    return stages
  }

  func add(twin: Stage) {
    guard !(twins[twin.base]?.contains { $0.id == twin.id } ?? false) else { return }
    twins[twin.base, default: []].append(twin)
  }

  func twin(_ id: StageID, of base: String) -> Stage? { twins[base]?.first { $0.id == id } }

  /// What the twins of a record are called: `baseline` for the first that is met, the baseline's name for others.
  func label(of record: BaselineRecord) -> String {
    if let known = labels.first(where: { $0.record == record }) { return known.label }
    let label = freeLabel(for: record)
    labels.append((record, label))
    return label
  }

  private func freeLabel(for record: BaselineRecord) -> String {
    let taken = [Subject.candidate.rawValue] + labels.map(\.label)
    let suffix = record.id.split(separator: "-").last ?? ""
    let name = StageReader.isName(record.name) ? record.name : "other"
    let choices = [Subject.baseline.rawValue, name, "\(name)-\(suffix.prefix(6))", "\(name)-\(record.id)"]
    // An output's path may hold the label.
    if let free = choices.first(where: { !taken.contains($0) && StageReader.isName($0) }) { return free }
    var number = 2
    while taken.contains("\(name)-\(number)") { number += 1 }
    return "\(name)-\(number)"
  }

  /// A rule cuts by these columns: they are read and recorded with the rows of the evidence.
  func keep(columns: [String], of exhibit: String) { slicedColumns[exhibit, default: []] += columns }

  private func withSlicedColumns(_ stage: Stage) -> Stage {
    guard let exhibit = stage.evaluation?.exhibit, let columns = slicedColumns[exhibit],
      stage.evaluation?.predictions != nil
    else { return stage }
    var result = stage
    for column in columns where !(result.evaluation?.predictions?.slices.contains(column) ?? true) {
      result.evaluation?.predictions?.slices.append(column)
    }
    return result
  }

  /// Asks the graph for what only the whole shows: cycles, two producers, inputs that nobody makes.
  func check(_ stages: [Stage]) {
    var known: [String: Bool] = [:]
    do throws(Failure) {
      let plan = try Plan(stages) { path in
        if let answer = known[path] { return answer }
        let answer = TreeSearch.exists(path, in: tree, problems)
        known[path] = answer
        return answer
      }
      WholeCheck(assembly: self).check(plan)
    } catch {
      problems.add(error)
    }
  }

  // MARK: gates

  /// Where baselines lie unless a gate says otherwise.
  var defaultStore: String { Paths.join(Paths.parent(request.path), "baselines") }

  func policyReader(_ section: Section, directory: String, named name: String) -> GatePolicyReader {
    GatePolicyReader(
      section: section, problems: problems, tree: tree, metrics: metrics, directory: directory,
      defaultStore: defaultStore, owner: "`\(name)`", baselineOverride: request.baselineOverride,
      moreWaivers: request.waivers, revision: revision)
  }

  /// The waivers that the caller names, for a gate of another file's policy.
  func moreWaivers(_ path: String, _ policy: GatePolicy) -> [Waiver] {
    var reader = policyReader(section, directory: directory, named: "")
    reader.metrics = policy.metrics
    return reader.more(path, policy.rules)
  }

  /// The replicate that ships among the instances of one evidence.
  func ships(of stages: [Stage]) -> StageID? {
    guard let base = stages.first?.base, let template = template(named: base),
      let instance = instances(of: template).first
    else { return nil }
    return Evaluate.ships(template, instance, among: stages)
  }

  // MARK: reports

  func card() -> Card {
    guard let section = section.section(TopKeys.card, CardKeys.table) else { return Card() }
    var card = Card()
    if let template = section[CardKeys.template], let text = template.scalar?.text, text != "default" {
      card.template = file(text, template)
    }
    for pair in section.pairs(CardKeys.sections) {
      guard let text = pair.value.scalar?.text else { continue }
      card.sections.append(Value.Entry(pair.name, .text(file(text, pair.value))))
    }
    return card
  }

  private func file(_ written: String, _ node: Node) -> String {
    let path = Paths.join(directory, written)
    let isMade = lowered.values.joined().contains { $0.outputs.contains { Paths.overlap($0.path, path) } }
    if !isMade, !TreeSearch.exists(path, in: tree, problems) {
      problems.error(
        "no-file", "`\(written)` does not exist", at: node.location,
        remedy: directory.isEmpty ? "paths start at the project root" : "paths start at `\(directory)`")
    }
    return path
  }

  var reportsRows: Bool {
    section.section(TopKeys.reports, ReportKeys.table)?.word(ReportKeys.rows, as: ReportKeys.Rows.self)
      != ReportKeys.Rows.none
  }
}
