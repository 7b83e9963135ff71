import PawlCore
import PawlFormats

/// What only the whole graph shows of conditions and checkpoints.
struct WholeCheck {
  let assembly: Assembly

  func check(_ plan: Plan) {
    checkMeasured(plan)
    checkCheckpoints(plan.stages)
  }

  /// `metrics.NAME` in a condition is a number of something that the stage needs.
  private func checkMeasured(_ plan: Plan) {
    for stage in plan.stages {
      for case .metric(_, let named, let written) in stage.condition?.operands ?? [] {
        let sources = named.isEmpty ? plan.upstream(of: stage.id) : named
        if sources.contains(where: { plan[$0]?.hasMetrics ?? false }) { continue }
        let who = named.isEmpty ? "no stage that `\(stage.base)` needs" : "that stage never"
        assembly.problems.error(
          "when", "`\(written)`: \(who) measures anything", at: place("when", of: stage),
          remedy: "name a stage with `metrics:` or `predictions:` under `needs`")
      }
    }
  }

  /// A checkpoint lives on while outputs come and go: it is no output, and one stage's only.
  private func checkCheckpoints(_ stages: [Stage]) {
    let kept = stages.filter { $0.checkpoint != nil && $0.subject == .candidate }
    guard !kept.isEmpty else { return }
    // Each path and every folder above it, so that one look-up a path says what overlaps.
    var owners: [String: (path: String, id: StageID)] = [:]
    var above: [String: (path: String, id: StageID)] = [:]
    for stage in stages {
      for output in stage.outputs { note(output.path, stage.id, &owners, &above) }
    }
    var checkpoints: [String: (path: String, id: StageID)] = [:]
    var aboveCheckpoints: [String: (path: String, id: StageID)] = [:]
    for stage in kept {
      guard let path = stage.checkpoint else { continue }
      if let other = overlap(path, owners, above) {
        assembly.problems.error(
          "checkpoint", "the checkpoint `\(path)` overlaps `\(other.path)`, an output of `\(other.id)`",
          at: place("checkpoint", of: stage), remedy: "give it a folder of its own")
      } else if let other = overlap(path, checkpoints, aboveCheckpoints) {
        assembly.problems.error(
          "checkpoint", "`\(other.id)` and `\(stage.id)` share the checkpoint `\(path)`",
          at: place("checkpoint", of: stage),
          remedy: stage.matrix.first.map { "put the axis into the path, such as `${matrix.\($0.axis)}`" }
            ?? "give each a folder of its own")
      }
      note(path, stage.id, &checkpoints, &aboveCheckpoints)
    }
  }

  private func note(
    _ path: String, _ id: StageID, _ owners: inout [String: (path: String, id: StageID)],
    _ above: inout [String: (path: String, id: StageID)]
  ) {
    owners[path] = (path, id)
    for folder in folders(above: path) { above[folder] = (path, id) }
  }

  private func overlap(
    _ path: String, _ owners: [String: (path: String, id: StageID)], _ above: [String: (path: String, id: StageID)]
  ) -> (path: String, id: StageID)? {
    owners[path] ?? above[path] ?? folders(above: path).lazy.compactMap { owners[$0] }.first
  }

  private func folders(above path: String) -> [String] {
    var result: [String] = []
    var folder = Paths.parent(path)
    while !folder.isEmpty, folder != "/" {
      result.append(folder)
      folder = Paths.parent(folder)
    }
    return result
  }

  private func place(_ key: String, of stage: Stage) -> SourceLocation {
    assembly.template(named: stage.base)?.node[key]?.location ?? stage.location
  }
}
