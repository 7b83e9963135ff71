import PawlCore
import PawlFormats

extension Instance {
  /// The stage that runs this instance's command; what is wrong with its keys is reported.
  func job() -> Stage {
    var stage = Stage(
      id: id, base: template.name, kind: template.kind.name, work: .job(command()), at: template.location)
    stage.subject = subject
    stage.matrix = matrix
    stage.outputs = outputs + metricOutputs
    stage.inputs = inputs
    stage.needs = needs
    stage.environment = environment
    stage.tools = tools
    stage.secrets = secrets
    stage.resources = resources
    stage.retry = retry
    stage.timeout = time(JobKeys.timeout)
    stage.slowAfter = time(JobKeys.slowAfter)
    stage.grace = section.duration(JobKeys.grace) ?? stage.grace
    stage.logLimit = section.size(JobKeys.logLimit) ?? stage.logLimit
    stage.definition = template.definition
    stage.isCacheable = !(section.flag(JobKeys.noCache) ?? false)
    stage.maxAge = time(JobKeys.maxAge)
    stage.checkpoint = checkpoint
    stage.python = assembly.python
    if subject == .candidate { schedule(&stage) }
    // Last: everything above may have named parameters.
    stage.parameters = parameters
    return stage
  }

  /// `when` and `finally`, with the edges that they make.
  func schedule(_ stage: inout Stage) {
    if section.flag(JobKeys.finally) ?? false {
      stage.isFinal = true
      // It tells what became of this run: an earlier run's word is no answer.
      stage.isCacheable = false
    }
    guard let node = section[JobKeys.when] else { return }
    var reader = ConditionReader(self, node)
    stage.condition = reader.read()
    for id in reader.ends where !stage.after.contains(id) { stage.after.append(id) }
    for id in reader.measured where !stage.needs.contains(id) { stage.needs.append(id) }
  }

  private func command() -> Command {
    let lines = section.texts(JobKeys.run)
    if lines.allSatisfy({ $0.scalar?.text.allSatisfy(\.isWhitespace) ?? false }), !isMisshapen(JobKeys.run) {
      problems.error(
        "no-command", "stage `\(template.name)` has nothing to run",
        at: section.has(JobKeys.run) ? section.place(JobKeys.run) : template.location,
        remedy: "add `run:` and the command")
    }
    var command = Command(lines: lines.compactMap(command), directory: directory)
    if let shell = section[JobKeys.shell] {
      let words =
        shell.items?.compactMap(\.scalar?.text) ?? (shell.scalar?.text ?? "").split(separator: " ").map(String.init)
      if words.isEmpty {
        problems.error("type", "`shell` is empty", at: shell.location, remedy: "write `shell: bash -eu -o pipefail`")
      } else {
        command.shell = words
      }
    }
    return command
  }

  private func isMisshapen(_ key: Key) -> Bool {
    section.has(key) && section[key] == nil && !(template.node[key.name]?.isNull ?? true)
  }

  // MARK: paths

  /// Metric files that are literal paths, where no declared output holds them already.
  var metricOutputs: [Output] {
    let declared = outputs
    return metricNodes.compactMap { node in
      guard let written = node.scalar?.text else { return nil }
      let path = Paths.join(directory, written)
      guard !Glob.isPattern(written), !declared.contains(where: { $0.path == path || Paths.isUnder(path, $0.path) })
      else {
        return nil
      }
      return output(node, name: nil, role: .metrics)
    }
  }

  var metricNodes: [Node] { section.texts(JobKeys.metrics) }

  private var inputs: [Input] {
    var result: [Input] = []
    for node in section.texts(JobKeys.inputs) {
      guard let input = input(node) else { continue }
      if result.contains(where: { $0.path == input.path }) { continue }
      result.append(input)
    }
    // What the text names of other stages is read even where `inputs` does not say so.
    for read in reads where !result.contains(where: { $0.path == read.path || Paths.isUnder(read.path, $0.path) }) {
      result.append(read)
    }
    return result
  }

  func input(_ node: Node) -> Input? {
    guard let written = node.scalar?.text else { return nil }
    guard !written.isEmpty else {
      problems.error("path", "an input has no path", at: node.location, remedy: "name a file, a folder or a pattern")
      return nil
    }
    return Input(Paths.join(directory, written), written: written, at: node.location)
  }

  private var needs: [StageID] {
    var result: [StageID] = []
    var known: Set<StageID> = []
    for node in section.texts(JobKeys.needs) {
      for id in assembly.needed(node, by: self) {
        if id == self.id {
          problems.error("needs", "`\(template.name)` needs itself", at: node.location, remedy: "remove it")
        } else if known.insert(id).inserted {
          result.append(id)
        }
      }
    }
    return result
  }

  // MARK: parameters and environment

  private var parameters: [Value.Entry] {
    for node in section.texts(JobKeys.params) {
      guard let path = node.scalar?.text else { continue }
      if assembly.parameters.at(path) != nil {
        use(parameter: path)
      } else if assembly.areParametersKnown {
        problems.error(
          "unknown-name", "`\(path)` is not a parameter", at: node.location,
          remedy: choices(
            assembly.parameters.leaves().map(\.key).filter { !$0.isEmpty }, near: path,
            none: "there are none; add them under `params:`"))
      }
    }
    var result: [Value.Entry] = []
    for path in usedParameters {
      guard let value = assembly.parameters.at(path) else { continue }
      let leaves = value.leaves(under: path)
      for leaf in leaves.isEmpty ? [Value.Entry(path, value)] : leaves
      where !result.contains(where: { $0.key == leaf.key }) {
        result.append(leaf)
      }
    }
    return result
  }

  private var environment: [EnvironmentVariable] {
    guard let node = section[JobKeys.env] else { return [] }
    var result: [EnvironmentVariable] = []
    func add(_ name: String, _ value: String?, _ location: SourceLocation) {
      guard isVariable(name, at: location) else { return }
      result.removeAll { $0.name == name }
      result.append(EnvironmentVariable(name, value: value))
    }
    for item in node.items ?? [] { item.scalar.map { add($0.text, nil, item.location) } }
    for pair in node.pairs ?? [] {
      add(pair.name, pair.value.isNull ? nil : pair.value.scalar?.text, pair.key.location)
    }
    return result
  }

  private var secrets: [String] {
    var result: [String] = []
    for node in section.texts(JobKeys.secrets) {
      guard let name = node.scalar?.text, isVariable(name, at: node.location), !result.contains(name) else { continue }
      if template.environmentNames.contains(name) {
        problems.error(
          "secret", "`\(name)` stands under `env:` and under `secrets:`", at: node.location,
          remedy: "leave it under `secrets:`; what stands under `env:` is recorded")
      }
      result.append(name)
    }
    return result
  }

  private func isVariable(_ name: String, at location: SourceLocation) -> Bool {
    if EnvironmentNames.isName(name), !EnvironmentNames.ours.contains(name) { return true }
    let isOurs = EnvironmentNames.ours.contains(name)
    problems.error(
      "environment", isOurs ? "`\(name)` is set by Pawl" : "`\(name)` cannot be the name of a variable", at: location,
      remedy: isOurs ? "remove it" : "use letters, digits and `_`, no digit first")
    return false
  }

  private var tools: [Tool] {
    section.pairs(JobKeys.tools).compactMap { pair in
      pair.value.scalar.map { Tool(pair.name, command: $0.text) }
    }
  }

  // MARK: running

  private func time(_ key: Key) -> Double? {
    guard let seconds = section.duration(key) else { return nil }
    guard seconds > 0 else {
      problems.error(
        "value", "`\(key.name)` is zero", at: section[key]?.location, remedy: "remove it, or write a time such as `10m`"
      )
      return nil
    }
    return seconds
  }

  private var resources: Resources {
    guard let section = section.section(JobKeys.resources, ResourceKeys.table) else { return Resources() }
    return Resources(
      cpus: section.number(ResourceKeys.cpus) ?? 0, memory: section.size(ResourceKeys.memory) ?? 0,
      gpus: section.integer(ResourceKeys.gpus) ?? 0,
      locks: section.texts(ResourceKeys.locks).compactMap(\.scalar?.text),
      counts: Dictionary(
        section.others.compactMap { pair in
          guard case .number(let number)? = pair.value.scalar?.value, let count = Int(exactly: number.value), count > 0
          else { return nil }
          return (pair.name, count)
        }, uniquingKeysWith: { first, _ in first }))
  }

  private var retry: RetryPolicy {
    let all: [RetryPolicy.Cause] = [.signal, .timeout, .lost, .outOfMemory, .exit(nil)]
    if let count = section.integer(JobKeys.retries) { return RetryPolicy(count: count, causes: count > 0 ? all : []) }
    guard let retries = section.section(JobKeys.retries, RetryKeys.table) else { return .never }
    let causes = retries.texts(RetryKeys.on).compactMap(cause)
    return RetryPolicy(
      count: retries.integer(RetryKeys.count) ?? 0, causes: retries[RetryKeys.on] == nil ? all : causes,
      backoff: retries.duration(RetryKeys.backoff) ?? 0)
  }

  private func cause(_ node: Node) -> RetryPolicy.Cause? {
    let text = node.scalar?.text ?? ""
    switch text {
    case "signal": return .signal
    case "timeout": return .timeout
    case "lost": return .lost
    case "oom": return .outOfMemory
    case "exit": return .exit(nil)
    default:
      let digits = text.hasPrefix("exit ") ? text.dropFirst("exit ".count).drop { $0 == " " } : text[...]
      if let status = Int32(digits), (1...255).contains(status) { return .exit(status) }
      problems.error(
        "value", "`\(text)` is not an ending that can be tried again", at: node.location,
        remedy: didYouMean(text, among: ["signal", "timeout", "lost", "oom", "exit"]) + ", or write `exit 137`")
      return nil
    }
  }
}
