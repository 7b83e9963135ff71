import PawlCore
import PawlFormats

extension Assembly {
  /// The stages that one entry of `needs` means: all instances of a name, or those that the coordinates pick.
  func needed(_ node: Node, by instance: Instance) -> [StageID] {
    guard let written = node.scalar?.text else { return [] }
    let (base, coordinates) = Assembly.split(written)
    guard let template = template(named: base) else {
      if !isIncomplete(base) {
        instance.problems.error(
          "unknown-stage", "there is no stage `\(base)`", at: node.location,
          remedy: didYouMean(base, among: templates.map(\.name)))
      }
      return []
    }
    guard let coordinates else { return template.ids }
    if let exact = template.ids.first(where: { $0.name == written }) { return [exact] }
    let found = template.instances.filter { matrix in
      coordinates.allSatisfy { name, text in matrix.contains { $0.axis == name && $0.value.text == text } }
    }
    // A recorded replicate may be none of today's; its half needs the others all the same.
    if found.isEmpty, template.isMatrixKnown, instance.subject == .candidate {
      instance.problems.error(
        "unknown-stage", "`\(base)` has no instance `\(written)`", at: node.location,
        remedy: choices(template.ids.map { "`\($0.name)`" }, near: "`\(written)`", none: "it has no instances"))
    }
    return found.map(template.id)
  }

  /// `train[seed=1,rate=2]` → `train`, [(seed, 1), (rate, 2)]; no coordinates without brackets.
  static func split(_ written: String) -> (base: String, coordinates: [(String, String)]?) {
    guard written.last == "]", let bracket = written.firstIndex(of: "[") else { return (written, nil) }
    let inside = written[written.index(after: bracket)...].dropLast()
    let coordinates = inside.split(separator: ",").map { part -> (String, String) in
      let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (Assembly.trimmed(pieces[0]), pieces.count > 1 ? Assembly.trimmed(pieces[1]) : "")
    }
    return (String(written[..<bracket]), coordinates)
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " }
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
