import PawlCore
import PawlFormats

/// A stage as the file writes it, before it is instantiated.
struct StageTemplate {
  let name: String
  let kind: any StageKind.Type
  /// The mapping with the file's defaults merged in.
  let node: Node
  /// What the file says of the command and what it runs in, defaults included, names not filled in.
  let definition: String
  /// Where the name stands.
  let location: SourceLocation
  /// One entry an instance; a stage without a matrix has one without coordinates.
  var instances: [[AxisValue]] = [[]] {
    didSet {
      ids = instances.map(id)
      axes = instances.joined().map(\.axis).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
  }
  /// Every axis that an instance has, in the order of appearance.
  private(set) var axes: [String] = []
  /// The names of the instances.
  private(set) var ids: [StageID] = []
  /// False when the matrix could not be read: then nothing is said about names that it would give.
  var isMatrixKnown = true

  init(name: String, kind: any StageKind.Type, node: Node, location: SourceLocation) {
    self.name = name
    self.kind = kind
    self.node = node
    self.location = location
    let keys = [JobKeys.run, JobKeys.shell, JobKeys.directory, JobKeys.env, JobKeys.outputs]
    definition = Value.map(keys.compactMap { key in node[key.name].map { Value.Entry(key.name, $0.value) } }).json
    ids = [id([])]
  }

  /// `train[seed=1,rate=0.1]`.
  static func instanceName(_ base: String, _ matrix: [AxisValue]) -> String {
    matrix.isEmpty ? base : base + "[" + matrix.map { "\($0.axis)=\($0.value.text)" }.joined(separator: ",") + "]"
  }

  func id(_ matrix: [AxisValue]) -> StageID { StageID(StageTemplate.instanceName(name, matrix)) }

  /// Names under `env:` and under `secrets:`.
  var environmentNames: [String] {
    guard let node = node["env"] else { return [] }
    return node.pairs?.map(\.name) ?? node.items?.compactMap(\.scalar?.text) ?? []
  }

  var secretNames: [String] {
    guard let node = node["secrets"] else { return [] }
    return node.items?.compactMap(\.scalar?.text) ?? node.scalar.map { [$0.text] } ?? []
  }
}
