import PawlCore
import PawlFormats

/// One instance of a stage while it is lowered: interpolates the stage's keys on demand and notes what was used.
///
/// A reference, because keys name each other: `run` names `outputs`, which names `matrix`, and each is read once.
final class Instance {
  let template: StageTemplate
  let matrix: [AxisValue]
  let subject: Subject
  /// What `${subject}` stands for: `candidate`, `baseline`, or the name of another record that is scored again.
  let label: String
  unowned let assembly: Assembly
  let problems: Problems
  /// Where Pawl puts the baseline's models, from the project root; nil for a candidate.
  let placedModels: [String]?

  /// Dotted paths of the parameters that were named.
  private(set) var usedParameters: [String] = []
  /// Outputs of other stages that were named: they are inputs.
  private(set) var reads: [Input] = []
  private(set) var usesModel = false
  private var nodes: [String: Node] = [:]
  private var open: Set<String> = []
  private var sectionOfAll: Section?

  init(
    _ template: StageTemplate, _ matrix: [AxisValue], _ assembly: Assembly, subject: Subject = .candidate,
    label: String? = nil, placedModels: [String]? = nil, problems: Problems? = nil
  ) {
    self.template = template
    self.matrix = matrix
    self.assembly = assembly
    self.subject = subject
    self.label = label ?? subject.rawValue
    self.placedModels = placedModels
    self.problems = problems ?? assembly.problems
  }

  var id: StageID {
    let id = template.id(matrix)
    return subject == .baseline ? StageID(id.name + "@" + label) : id
  }

  /// The whole stage, interpolated; `run`, `matrix` and `when` as they are.
  var section: Section {
    if let sectionOfAll { return sectionOfAll }
    let pairs = (template.node.pairs ?? []).map { Node.Pair(key: $0.key, value: node($0.name) ?? $0.value) }
    let section = Section(
      Node(.mapping(pairs), at: template.node.location), template.kind.keys, problems, named: template.kind.keys.name)
    sectionOfAll = section
    return section
  }

  /// A key's value, interpolated; nil when the stage does not have it or when it is just being read.
  func node(_ key: String) -> Node? {
    if let node = nodes[key] { return node }
    guard let raw = template.node[key] else { return nil }
    guard key != "run", key != "matrix", key != "when", template.kind.keys[key] != nil else { return raw }
    guard open.insert(key).inserted else { return nil }
    let node = interpolate(raw)
    open.remove(key)
    nodes[key] = node
    return node
  }

  func isOpen(_ key: String) -> Bool { open.contains(key) }

  // MARK: paths

  /// Where paths start and commands run, from the project root.
  var directory: String {
    guard let written = node("directory")?.scalar?.text else { return assembly.directory }
    let path = Paths.normalise(written)
    guard Paths.staysInside(path) else {
      problems.error(
        "path", "`\(written)` lies outside the project", at: node("directory")?.location,
        remedy: "`directory` is a path from the project root")
      return assembly.directory
    }
    return path
  }

  /// A path from the project root, as a command of this stage writes it.
  func relative(_ path: String) -> String { Paths.relative(path, from: directory) }

  /// The declared outputs, without files of metrics and predictions.
  var outputs: [Output] {
    guard let node = node("outputs") else { return [] }
    if let pairs = node.pairs {
      return pairs.compactMap { output($0.value, name: $0.name, role: .output) }
    }
    return (node.items ?? [node]).compactMap { output($0, name: nil, role: .output) }
  }

  /// One path that the stage makes; nil after reporting that it cannot be one.
  func output(_ node: Node, name: String?, role: Output.Role) -> Output? {
    path(node, called: "an output").map {
      Output($0.path, name: name, written: $0.written, role: role, at: node.location)
    }
  }

  /// The folder that is kept between attempts.
  var checkpoint: String? { section[JobKeys.checkpoint].flatMap { path($0, called: "a checkpoint") }?.path }

  /// A literal path inside the project that is nobody else's by nature; nil after reporting that it cannot be one.
  private func path(_ node: Node, called what: String) -> (path: String, written: String)? {
    guard let written = node.scalar?.text, !written.isEmpty else { return nil }
    let path = Paths.join(directory, written)
    var fault: (String, String)?
    if !Paths.staysInside(path) || path.isEmpty {
      fault = ("`\(written)` lies outside the project", "\(what) is a path inside it")
    } else if written.contains("*") || written.contains("?") {
      fault = ("\(what) is a literal path, `\(written)` is a pattern", "name the folder, or each file")
    } else if Paths.overlap(path, ".pawl") || Paths.overlap(path, ".git") {
      fault = (
        "`\(written)` belongs to \(Paths.overlap(path, ".git") ? "git" : "Pawl")",
        "give \(what == "an output" ? "the output" : "it") another path"
      )
    }
    if let (message, remedy) = fault {
      problems.error("path", message, at: node.location, remedy: remedy)
      return nil
    }
    return (path, written)
  }

  /// The model's files or folders, from the project root.
  var models: [String] {
    placedModels ?? declaredModels
  }

  /// What `model:` names, whoever's model it is.
  var declaredModels: [String] {
    guard let node = node("model") else { return [] }
    return (node.items ?? [node]).compactMap { $0.scalar.map { Paths.join(directory, $0.text) } }
  }

  // MARK: what was used

  func use(parameter path: String) {
    if !usedParameters.contains(path) { usedParameters.append(path) }
  }

  func use(_ input: Input) {
    if !reads.contains(where: { $0.path == input.path }) { reads.append(input) }
  }

  func useModel() { usesModel = true }
}
