import PawlCore
import Yams

/// Turns the parser's tree into ours: places with excerpts, merge keys resolved, repeated nodes counted.
struct NodeBuilder {
  private var cursor: MarkCursor
  private let text: SourceText
  /// The furthest mark met so far: nodes are met in the file's order, except those that an alias repeats.
  private var frontier = (line: 0, column: 0)
  private var repeated = 0
  private var problems: [Diagnostic] = []

  /// Nested aliases can be deeper than the text is.
  private static let deepest = 1_100

  init(_ text: SourceText) {
    self.text = text
    cursor = MarkCursor(text)
  }

  mutating func tree(_ root: Yams.Node) throws(Failure) -> Node {
    let node = try build(root, depth: 0)
    guard problems.isEmpty else { throw Failure(problems) }
    return node
  }

  private mutating func build(_ node: Yams.Node, depth: Int) throws(Failure) -> Node {
    let mark = (line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    try count(mark, depth: depth)
    switch node {
    case .scalar(let scalar):
      let place = cursor.scalar(line: mark.line, column: mark.column, text: scalar.string)
      let plain = NodeBuilder.isPlain(scalar, isTagged: place.isTagged)
      return Node(.scalar(Node.Scalar(text: scalar.string, isPlain: plain)), at: place.location)
    case .sequence(let sequence):
      let location = cursor.collection(line: mark.line, column: mark.column)
      var items: [Node] = []
      items.reserveCapacity(sequence.count)
      for item in sequence { items.append(try build(item, depth: depth + 1)) }
      return Node(.sequence(items), at: location)
    case .mapping(let mapping):
      let location = cursor.collection(line: mark.line, column: mark.column)
      return Node(.mapping(try pairs(mapping, depth: depth)), at: location)
    case .alias:
      throw Failure(
        Diagnostic(
          "yaml.syntax", "an alias without its anchor", at: text.location(line: mark.line, column: mark.column)))
    }
  }

  /// Counts nodes behind the frontier, which only an alias can bring back.
  private mutating func count(_ mark: (line: Int, column: Int), depth: Int) throws(Failure) {
    if mark < frontier { repeated += 1 } else { frontier = mark }
    guard repeated <= YAML.mostRepeatedNodes else {
      throw Failure(
        Diagnostic(
          "yaml.too-many-aliases", "aliases repeat more than \(YAML.mostRepeatedNodes) values",
          at: text.location(line: mark.line, column: mark.column),
          cause: "nested aliases multiply what they stand for"))
    }
    guard depth <= NodeBuilder.deepest else {
      throw Failure(
        Diagnostic(
          "yaml.too-deep", "nested deeper than \(NodeBuilder.deepest) levels",
          at: text.location(line: mark.line, column: mark.column)))
    }
  }

  private mutating func pairs(_ mapping: Yams.Node.Mapping, depth: Int) throws(Failure) -> [Node.Pair] {
    var pairs: [Node.Pair] = []
    var merges: [(at: Int, pairs: [Node.Pair])] = []
    pairs.reserveCapacity(mapping.count)
    for (key, value) in mapping {
      let isMerge = NodeBuilder.isMerge(key)
      let keyNode = try build(key, depth: depth + 1)
      let valueNode = try build(value, depth: depth + 1)
      if isMerge {
        if let merged = mergedPairs(valueNode, at: keyNode.location) { merges.append((pairs.count, merged)) }
      } else {
        pairs.append(Node.Pair(key: keyNode, value: valueNode))
      }
    }
    guard !merges.isEmpty else { return pairs }
    return NodeBuilder.merge(merges, into: pairs)
  }

  /// The pairs that `<<` brings, earlier maps of a list first; nil, with a problem noted, when it brings no maps.
  private mutating func mergedPairs(_ value: Node, at location: SourceLocation) -> [Node.Pair]? {
    switch value.kind {
    case .mapping(let pairs): return pairs
    case .sequence(let items):
      var merged: [Node.Pair] = []
      for item in items {
        guard let pairs = item.pairs else { break }
        merged += pairs
      }
      if items.allSatisfy({ $0.pairs != nil }) { return merged }
    case .scalar: break
    }
    problems.append(
      Diagnostic(
        "yaml.merge", "`<<` wants a map or a list of maps", at: location,
        remedy: "write `<<: *name` with the anchor of a map"))
    return nil
  }

  /// Explicit keys win over merged ones, of merged ones the first.
  private static func merge(_ merges: [(at: Int, pairs: [Node.Pair])], into pairs: [Node.Pair]) -> [Node.Pair] {
    var known = Set(pairs.map(\.name))
    var result: [Node.Pair] = []
    var rest = merges[...]
    for index in 0...pairs.count {
      while let merge = rest.first, merge.at == index {
        for pair in merge.pairs where known.insert(pair.name).inserted { result.append(pair) }
        rest = rest.dropFirst()
      }
      if index < pairs.count { result.append(pairs[index]) }
    }
    return result
  }

  private static func isMerge(_ key: Yams.Node) -> Bool {
    guard case .scalar(let scalar) = key else { return false }
    return scalar.string == "<<" && scalar.style == .plain
  }

  /// A tag decides where there is one: `!!str 1` is text, `!!int "1"` is a number; unknown tags decide nothing.
  private static func isPlain(_ scalar: Yams.Node.Scalar, isTagged: Bool) -> Bool {
    let isPlainStyle = scalar.style == .plain
    guard isTagged else { return isPlainStyle }
    switch scalar.tag.rawValue {
    case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
      return true
    case "tag:yaml.org,2002:str", "!": return false
    default: return isPlainStyle
    }
  }
}
