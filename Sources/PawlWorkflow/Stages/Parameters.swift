import PawlCore
import PawlFormats

/// The parameters: inline or from a file, then changed by `--set`.
enum Parameters {
  /// nil when they cannot be read, after reporting why.
  static func read(_ section: Section, directory: String, _ request: LoadRequest, _ tree: any Tree) -> Value? {
    guard var value = base(section, directory, tree) else { return nil }
    for (name, text) in request.sets { set(name, text, in: &value, section.problems) }
    return value
  }

  private static func base(_ section: Section, _ directory: String, _ tree: any Tree) -> Value? {
    guard let node = section[TopKeys.params] else {
      return section.has(TopKeys.params) && !isNull(section) ? nil : .map([])
    }
    if let written = node.scalar?.text { return file(written, node, directory, section.problems, tree) }
    reportReferences(node, section.problems)
    return node.value
  }

  private static func isNull(_ section: Section) -> Bool { section.node["params"]?.isNull ?? true }

  private static func file(
    _ written: String, _ node: Node, _ directory: String, _ problems: Problems, _ tree: any Tree
  ) -> Value? {
    let path = Paths.join(directory, written)
    do throws(Failure) {
      guard let bytes = try tree.read(path) else {
        problems.error(
          "no-file", "`\(written)` does not exist", at: node.location,
          remedy: directory.isEmpty ? "paths start at the project root" : "paths start at `\(directory)`")
        return nil
      }
      let value = try FormatByName.read(bytes, file: path)
      switch value {
      case .null: return .map([])
      case .map: return value
      case .bool, .number, .text, .list:
        problems.error("type", "`\(written)` does not hold a map of names to values", at: node.location)
        return nil
      }
    } catch {
      problems.add(error)
      return nil
    }
  }

  /// Parameters are values, not templates: a `${` in them would reach the command as it is.
  private static func reportReferences(_ node: Node, _ problems: Problems) {
    switch node.kind {
    case .scalar(let scalar):
      guard Template.isNeeded(for: scalar.text) else { return }
      problems.error(
        "interpolation", "`${…}` is not read inside `params`", at: node.location,
        remedy: "write the value itself, or put the parameters into a file of their own")
    case .sequence(let items): for item in items { reportReferences(item, problems) }
    case .mapping(let pairs): for pair in pairs { reportReferences(pair.value, problems) }
    }
  }

  private static func set(_ name: String, _ text: String, in value: inout Value, _ problems: Problems) {
    if let fault = fault(in: text) {
      problems.add(
        Diagnostic(
          "usage.set", "`--set \(name)=\(text)`: `\(text)` is neither a list nor a map", cause: fault,
          remedy: "close it, such as `--set '\(name)=[1, 2]'`, or quote a text: `--set '\(name)=\"\(text)\"'`"))
      return
    }
    if replace(name, YAML.value(of: text), in: &value) { return }
    let names = value.leaves().map(\.key).filter { !$0.isEmpty }
    problems.error(
      "unknown-parameter", "`--set \(name)=\(text)`: there is no parameter `\(name)`", at: nil,
      remedy: choices(names, near: name, none: "the workflow has no parameters"))
  }

  /// Why a text that begins like a list or a map is none; nil for every other text.
  private static func fault(in text: String) -> String? {
    guard let first = text.first(where: { $0 != " " }), first == "[" || first == "{" else { return nil }
    do throws(Failure) {
      _ = try YAML.read(Array(text.utf8), file: "--set")
      return nil
    } catch {
      return error.diagnostics.first?.message ?? "it cannot be read"
    }
  }

  /// Puts a value at a dotted path that exists, a key that itself holds the dots first.
  private static func replace(_ path: String, _ new: Value, in value: inout Value) -> Bool {
    guard case .map(var entries) = value else { return false }
    if let index = entries.firstIndex(where: { $0.key == path }) {
      entries[index].value = new
      value = .map(entries)
      return true
    }
    for index in entries.indices where path.hasPrefix(entries[index].key + ".") {
      let rest = String(path.dropFirst(entries[index].key.count + 1))
      if replace(rest, new, in: &entries[index].value) {
        value = .map(entries)
        return true
      }
    }
    return false
  }
}

/// The `metrics:` block: what numbers mean.
enum MetricsReader {
  static func read(_ node: Node?, _ problems: Problems) -> [String: MetricMeaning] {
    var result: [String: MetricMeaning] = [:]
    for pair in node?.pairs ?? [] where pair.value.pairs != nil {
      let section = Section(pair.value, MetricKeys.table, problems, named: pair.name)
      result[pair.name] = MetricMeaning(
        direction: section.word(MetricKeys.direction), format: section.word(MetricKeys.format))
    }
    return result
  }
}
