import PawlCore
import PawlReports

/// Pawl's table of contents: what a run can produce. A new format is a file of `PawlReports/Formats` and a line here.
enum Catalogue {
  static let reports: [any Report.Type] = [
    ResultJSON.self, JUnit.self, Markdown.self, HTML.self, ModelCard.self,
  ]

  /// Formats for those who ask for them by name: `pawl report latest --as junit-strict`.
  static let onDemand: [any Report.Type] = [StrictJUnit.self, Annotations.self]

  /// The format that a name on the command line means.
  static func report(named name: String) throws(Failure) -> any Report.Type {
    let all = reports + onDemand
    if let found = all.first(where: { $0.name == name || $0.file == name }) { return found }
    let names = all.map { $0.name }
    throw Failure(
      Diagnostic(
        "usage.format", "`\(name)` is not a report format",
        remedy: Suggestion.nearest(to: name, in: names).map { "did you mean `\($0)`?" } ?? "there are: "
          + names.joined(separator: ", ")))
  }
}
