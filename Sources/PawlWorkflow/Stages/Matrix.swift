import PawlCore
import PawlFormats

/// The instances of a stage: the product of the axes in the file's order, then `exclude`, then `include` as on GitHub.
struct Matrix {
  static let mostInstances = 10_000

  private let problems: Problems
  private var axes: [(name: String, values: [Value])] = []
  private var isBroken = false

  /// Reads an interpolated `matrix:` mapping; nil after its problems are reported.
  static func instances(_ node: Node, _ problems: Problems) -> [[AxisValue]]? {
    var matrix = Matrix(problems: problems)
    return matrix.read(node)
  }

  private init(problems: Problems) { self.problems = problems }

  private mutating func read(_ node: Node) -> [[AxisValue]]? {
    guard let pairs = node.pairs else {
      fail("a matrix is a map of axes to lists of values", node)
      return nil
    }
    for pair in pairs where pair.name != "include" && pair.name != "exclude" { readAxis(pair) }
    let excluded = entries(node["exclude"], "exclude")
    let included = entries(node["include"], "include")
    for entry in excluded {
      for (axis, place) in zip(entry.values, entry.places) where !axes.contains(where: { $0.name == axis.axis }) {
        isBroken = true
        problems.error(
          "matrix", "`\(axis.axis)` is not an axis of this matrix", at: place,
          remedy: choices(axes.map(\.name), near: axis.axis, none: "there are none"))
      }
    }
    guard !isBroken, let product = product(node) else { return nil }
    let originals = product.filter { instance in !excluded.contains { Matrix.covers($0.values, instance) } }
    let result = Matrix.include(included.map(\.values), into: originals)
    guard !result.isEmpty else {
      fail("the matrix has no instance left", node)
      return nil
    }
    return check(result, node)
  }

  private mutating func readAxis(_ pair: Node.Pair) {
    let isName = !pair.name.isEmpty && pair.name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    guard isName else {
      return fail("`\(pair.name)` cannot be the name of an axis", pair.key, remedy: "use letters, digits, `-` and `_`")
    }
    guard let items = pair.value.items else {
      return fail(
        "axis `\(pair.name)` must be a list of values", pair.value,
        remedy: pair.value.scalar.map { "write `\(pair.name): [\($0.text)]`" })
    }
    guard !items.isEmpty else { return fail("axis `\(pair.name)` has no values", pair.value) }
    var values: [Value] = []
    var texts: Set<String> = []
    for item in items {
      let value = item.value
      if value == .null { return fail("axis `\(pair.name)` holds an empty value", item) }
      guard texts.insert(value.text).inserted else {
        return fail("axis `\(pair.name)` has `\(value.text)` twice", item)
      }
      values.append(value)
    }
    axes.append((pair.name, values))
  }

  private mutating func entries(
    _ node: Node?, _ name: String
  ) -> [(values: [AxisValue], places: [SourceLocation])] {
    guard let node, !node.isNull else { return [] }
    guard let items = node.items else {
      fail("`\(name)` is a list of maps", node)
      return []
    }
    return items.compactMap { item in
      guard let pairs = item.pairs, !pairs.isEmpty else {
        fail("`\(name)` is a list of maps of axes to values", item)
        return nil
      }
      return (pairs.map { AxisValue($0.name, $0.value.value) }, pairs.map(\.key.location))
    }
  }

  private mutating func product(_ node: Node) -> [[AxisValue]]? {
    guard !axes.isEmpty else { return [] }
    var result: [[AxisValue]] = [[]]
    for axis in axes {
      guard result.count <= Matrix.mostInstances / axis.values.count else {
        fail("the matrix has more than \(Matrix.mostInstances) instances", node)
        return nil
      }
      result = result.flatMap { instance in axis.values.map { instance + [AxisValue(axis.name, $0)] } }
    }
    return result
  }

  private static func include(_ entries: [[AxisValue]], into originals: [[AxisValue]]) -> [[AxisValue]] {
    var added = [[AxisValue]](repeating: [], count: originals.count)
    var more: [[AxisValue]] = []
    for entry in entries {
      var isPlaced = false
      for (index, original) in originals.enumerated() where agrees(entry, original) {
        isPlaced = true
        for coordinate in entry where !original.contains(where: { $0.axis == coordinate.axis }) {
          added[index].removeAll { $0.axis == coordinate.axis }
          added[index].append(coordinate)
        }
      }
      if !isPlaced { more.append(entry) }
    }
    return zip(originals, added).map { $0 + $1 } + more
  }

  /// Whether no coordinate of the entry would overwrite one of the instance.
  private static func agrees(_ entry: [AxisValue], _ instance: [AxisValue]) -> Bool {
    entry.allSatisfy { coordinate in
      instance.first { $0.axis == coordinate.axis }.map { same($0.value, coordinate.value) } ?? true
    }
  }

  private static func covers(_ entry: [AxisValue], _ instance: [AxisValue]) -> Bool {
    entry.allSatisfy { coordinate in
      instance.contains { $0.axis == coordinate.axis && same($0.value, coordinate.value) }
    }
  }

  /// Numbers are equal as numbers, everything else as it is.
  static func same(_ a: Value, _ b: Value) -> Bool {
    if case .number(let x) = a, case .number(let y) = b { return x.value == y.value }
    return a == b
  }

  private mutating func check(_ instances: [[AxisValue]], _ node: Node) -> [[AxisValue]]? {
    guard instances.count <= Matrix.mostInstances else {
      fail("the matrix has more than \(Matrix.mostInstances) instances", node)
      return nil
    }
    var names: Set<String> = []
    for instance in instances {
      let name = StageTemplate.instanceName("", instance)
      guard names.insert(name).inserted else {
        fail("two instances are both named `\(name)`", node)
        return nil
      }
    }
    return instances
  }

  private mutating func fail(_ message: String, _ node: Node, remedy: String? = nil) {
    isBroken = true
    problems.error("matrix", message, at: node.location, remedy: remedy)
  }
}
