import PawlCore
import PawlEngine
import PawlSystem
import PawlWorkflow

/// What `pawl gate` judges by: a policy file, rules and waivers of the command line, a pinned revision.
struct PolicyReading: Sendable {
  /// Where paths of the command line start.
  let disk: Disk
  let file: String?
  let rules: [String]
  let waivers: String?
  let revision: String?
  let needsRules: Bool

  private var project: Project { Project(root: Project.root(from: disk.root)) }

  /// Throws every problem at once.
  func read() throws(Failure) -> GatePolicy {
    let pin = try revision.map { text throws(Failure) in try PinnedTree(text, root: project.disk.root) }
    var policy = try own(pin)
    var problems: [Diagnostic] = []
    for line in rules {
      do {
        policy.rules.append(try PolicyLoader.rule(line, metrics: policy.metrics, at: nil))
      } catch {
        problems += error.diagnostics
      }
    }
    if !problems.isEmpty { throw Failure(problems) }
    guard !needsRules || !policy.rules.isEmpty else {
      throw Failure(
        Diagnostic(
          "usage.no-rules", "a gate without rules decides nothing",
          remedy: "add --rule \"accuracy >= baseline - 1pt\", or --policy gate.yaml"))
    }
    if let waivers { policy.waivers += try more(waivers, policy, pin) }
    return policy
  }

  private func own(_ pin: PinnedTree?) throws(Failure) -> GatePolicy {
    guard let file else {
      if let revision {
        throw Failure(
          Diagnostic(
            "usage.policy-from", "`--policy-from \(revision)` pins a policy, and there is none",
            remedy: "give the policy's file: --policy gate.yaml"))
      }
      return GatePolicy(rules: [])
    }
    guard let bytes = try disk.read(file) else {
      throw Failure(Diagnostic("usage.no-file", "`\(file)` does not exist", remedy: "give the policy's path"))
    }
    return try PolicyLoader.load(
      bytes, file: file, tree: project.disk, store: "baselines", needsRules: needsRules && rules.isEmpty, pin: pin,
      path: try project.inner(disk.absolute(file)))
  }

  /// With a pin they are the revision's too, so that a change cannot waive its own failure.
  private func more(_ path: String, _ policy: GatePolicy, _ pin: PinnedTree?) throws(Failure) -> [Waiver] {
    let bytes: [UInt8]?
    if let pin {
      bytes = try pin.tree.read(try project.inner(disk.absolute(path)))
      // A file that the revision does not have waives nothing there.
      if bytes == nil { return [] }
    } else {
      bytes = try disk.read(path)
    }
    guard let bytes else { throw Failure(Diagnostic("usage.no-file", "`\(path)` does not exist")) }
    return try PolicyLoader.waivers(bytes, file: path, metrics: policy.metrics, rules: policy.rules)
  }
}
