/// Which stage makes which path: finds producers by path, in time that does not grow with the number of stages.
struct Makers {
  private var byPath: [String: StageID] = [:]
  /// Every declared output, sorted, so that what lies under a folder is one range.
  private(set) var paths: [String] = []

  /// Two producers of one path, and outputs inside each other, become diagnostics.
  init(_ stages: [Stage], _ problems: inout [Diagnostic]) {
    var places: [String: Output] = [:]
    for stage in stages {
      for output in stage.outputs {
        if let other = byPath[output.path] {
          // A stage may name one file twice: as an output and as its metrics.
          if other != stage.id { problems.append(Makers.twice(output, stage, other)) }
        } else {
          byPath[output.path] = stage.id
          places[output.path] = output
        }
      }
    }
    paths = byPath.keys.sorted()
    for path in paths {
      for folder in Makers.ancestors(of: path) {
        guard let outer = byPath[folder], let inner = byPath[path], let output = places[path] else { continue }
        // One stage may measure a file inside a folder that it makes.
        if outer == inner, output.role != .output { continue }
        problems.append(
          Diagnostic(
            "plan.overlapping-outputs",
            "`\(output.written)` of `\(inner)` lies inside `\(folder)`, an output of `\(outer)`",
            at: output.location, remedy: "give one of them a path of its own"))
      }
    }
  }

  /// The stages whose outputs are equal to an input, inside it, contain it, or match its pattern.
  func producers(of input: Input) -> [StageID] {
    var found: [StageID] = []
    var seen: Set<StageID> = []
    func add(_ path: String) {
      if let id = byPath[path], seen.insert(id).inserted { found.append(id) }
    }
    if input.isGlob {
      let start = Glob.fixedPrefix(of: input.path)
      for path in under(start) where Glob.matches(input.path, path) { add(path) }
      if !start.isEmpty { for folder in [start] + Makers.ancestors(of: start) { add(folder) } }
    } else {
      add(input.path)
      for folder in Makers.ancestors(of: input.path) { add(folder) }
      for path in under(input.path) { add(path) }
    }
    return found
  }

  private func under(_ folder: String) -> ArraySlice<String> {
    if folder.isEmpty { return paths[...] }
    let prefix = folder + "/"
    var low = 0
    var high = paths.count
    while low < high {
      let middle = (low + high) / 2
      if paths[middle] < prefix { low = middle + 1 } else { high = middle }
    }
    return paths[low...].prefix { $0.hasPrefix(prefix) }
  }

  private static func ancestors(of path: String) -> [String] {
    var result: [String] = []
    var folder = Paths.parent(path)
    while !folder.isEmpty, folder != "/" {
      result.append(folder)
      folder = Paths.parent(folder)
    }
    return result
  }

  private static func twice(_ output: Output, _ stage: Stage, _ other: StageID) -> Diagnostic {
    Diagnostic(
      "plan.two-producers", "`\(stage.id)` and `\(other)` both make `\(output.written)`",
      at: output.location ?? stage.location,
      remedy: stage.matrix.isEmpty
        ? "give one of them another path"
        : "put the axis into the path, such as `\("${matrix.\(stage.matrix[0].axis)}")`")
  }
}
