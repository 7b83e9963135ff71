package import PawlCore
import PawlFormats

/// What to load, and what the caller changes in it.
package struct LoadRequest: Sendable {
  /// As the user names the file, for messages.
  package var file: String
  /// From the project root.
  package var path: String
  /// `--set train.rate=0.1`, in the order given.
  package var sets: [(name: String, text: String)]
  /// The caller's environment, for `${env.NAME}` outside commands.
  package var environment: [String: String]
  /// `--baseline NAME-or-SOURCE`, in place of every gate's own.
  package var baselineOverride: String?
  /// `--promote`: adds a publish stage when the file has none.
  package var promotes: Bool
  /// `--waivers FILE`, from the project root: beside those of every gate.
  package var waivers: String?
  /// `--policy-from REV`: what decides is taken from that revision.
  package var pin: PinnedTree?

  package init(
    file: String, path: String, sets: [(name: String, text: String)] = [], environment: [String: String] = [:],
    baselineOverride: String? = nil, promotes: Bool = false, waivers: String? = nil, pin: PinnedTree? = nil
  ) {
    self.file = file
    self.path = path
    self.sets = sets
    self.environment = environment
    self.baselineOverride = baselineOverride
    self.promotes = promotes
    self.waivers = waivers
    self.pin = pin
  }
}

/// A workflow, or why there is none.
package struct Loaded: Sendable {
  /// nil when one of the diagnostics is an error.
  package var workflow: Workflow?
  package var diagnostics: [Diagnostic]

  package init(workflow: Workflow?, diagnostics: [Diagnostic]) {
    self.workflow = workflow
    self.diagnostics = diagnostics
  }
}

/// Reads a workflow file: text to stages that only need to be run.
package enum WorkflowLoader {
  /// Every problem of the file in one pass, sorted by position; those of waivers files and of the pinned revision's
  /// file follow. `head` gives the production record that a gate compares with, and the record of an anchor; nil when
  /// there is none.
  package static func load(
    _ request: LoadRequest, tree: any Tree, head: (BaselineReference) -> BaselineRecord?
  ) -> Loaded {
    let bytes: [UInt8]
    do throws(Failure) {
      guard let found = try tree.read(request.path) else {
        return Loaded(
          workflow: nil, diagnostics: [Diagnostic("workflow.no-file", "`\(request.file)` does not exist")])
      }
      bytes = found
    } catch {
      return Loaded(workflow: nil, diagnostics: error.diagnostics)
    }
    let problems = Problems(file: request.file, bytes: bytes)
    let workflow = read(bytes, request, tree, problems, head)
    return Loaded(workflow: problems.hasErrors ? nil : workflow, diagnostics: problems.sorted)
  }

  private static func read(
    _ bytes: [UInt8], _ request: LoadRequest, _ tree: any Tree, _ problems: Problems,
    _ head: (BaselineReference) -> BaselineRecord?
  ) -> Workflow? {
    guard let node = YAMLText.read(bytes, problems, begin: "pawl: 1") else { return nil }
    let section = Section(node, TopKeys.table, problems)
    guard node.pairs != nil else { return nil }
    let assembly = Assembly(
      section, request, tree, problems, pinned: PinnedWorkflow.read(request, problems))
    let stages = assembly.lower(head)
    if !problems.hasErrors { assembly.check(stages) }
    var workflow = Workflow(
      name: section.text(TopKeys.name) ?? stem(of: request.path), about: section.text(TopKeys.description),
      file: request.path, parameters: assembly.parameters, metrics: assembly.metrics, stages: stages,
      card: assembly.card(), reportsRows: assembly.reportsRows)
    workflow.timeout = assembly.timeout
    workflow.auditShare = assembly.auditShare
    workflow.cacheLinks = assembly.cacheLinks
    return workflow
  }

  /// `Workflows/churn.yml` → `churn`.
  private static func stem(of path: String) -> String {
    let name = Paths.name(path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }
}
