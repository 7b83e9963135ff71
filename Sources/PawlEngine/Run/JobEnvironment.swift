import PawlCore
import PawlSystem

/// The variables that a stage's process sees: the caller's, the declared ones, and Pawl's own (contract §3).
enum JobEnvironment {
  static func variables(
    for stage: Stage, caller: [String: String], run: String, attempt: Int, parametersFile: String?,
    checkpoint: String? = nil, gpus: [Int] = []
  ) -> [String: String] {
    var variables = caller
    for variable in stage.environment {
      if let value = variable.value { variables[variable.name] = value }
    }
    variables["PAWL_RUN"] = run
    variables["PAWL_STAGE"] = stage.id.name
    variables["PAWL_SUBJECT"] = subject(of: stage)
    variables["PAWL_ATTEMPT"] = String(attempt)
    if let parametersFile { variables["PAWL_PARAMS"] = parametersFile }
    // A `pawl` that runs within a stage of another must not take that one's folder.
    variables["PAWL_CHECKPOINT"] = checkpoint
    if !gpus.isEmpty { variables["CUDA_VISIBLE_DEVICES"] = devices(gpus, visible: caller["CUDA_VISIBLE_DEVICES"]) }
    variables["PYTHONUNBUFFERED"] = "1"
    variables["PYTHONHASHSEED"] = "0"
    return variables
  }

  /// The devices of these indices as the stage must name them: of those that this process may see, where it is told.
  private static func devices(_ gpus: [Int], visible: String?) -> String {
    let names = visible.map { Machine.visibleDevices($0) } ?? []
    return gpus.map { names.indices.contains($0) ? names[$0] : String($0) }.joined(separator: ",")
  }

  /// What `${subject}` is in its command: `candidate`, `baseline`, or the name of another record that is scored again.
  private static func subject(of stage: Stage) -> String {
    guard stage.subject == .baseline, let mark = stage.id.name.lastIndex(of: "@") else { return stage.subject.rawValue }
    return String(stage.id.name[stage.id.name.index(after: mark)...])
  }

  /// The parameters in a stage's key as nested JSON, and only those.
  static func parametersJSON(_ parameters: [Value.Entry]) -> String {
    var root = Value.map([])
    for parameter in parameters {
      root = insert(parameter.value, at: parameter.key.split(separator: ".")[...], into: root)
    }
    return root.json + "\n"
  }

  private static func insert(_ value: Value, at path: ArraySlice<Substring>, into tree: Value) -> Value {
    guard let head = path.first.map(String.init) else { return value }
    var entries: [Value.Entry] = []
    if case .map(let existing) = tree { entries = existing }
    let inner = entries.first { $0.key == head }?.value ?? .map([])
    let replaced = Value.Entry(head, insert(value, at: path.dropFirst(), into: inner))
    if let index = entries.firstIndex(where: { $0.key == head }) {
      entries[index] = replaced
    } else {
      entries.append(replaced)
    }
    return .map(entries)
  }
}
