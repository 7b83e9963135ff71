import PawlCore

/// `pawl check --format json`: the diagnostics as in `result.json`.
enum DiagnosticsJSON {
  static func render(_ diagnostics: [Diagnostic]) -> String {
    let items = diagnostics.map { diagnostic in
      Value.map([
        .init("code", .text(diagnostic.code)), .init("severity", .text(diagnostic.severity.rawValue)),
        .init("message", .text(diagnostic.message)),
        .init("file", diagnostic.location.map { .text($0.file) } ?? .null),
        .init("line", diagnostic.location.map { .number(Number(Double($0.line), text: String($0.line))) } ?? .null),
        .init(
          "column", diagnostic.location.map { .number(Number(Double($0.column), text: String($0.column))) } ?? .null),
        .init("remedy", diagnostic.remedy.map { .text($0) } ?? .null),
      ])
    }
    return Value.map([.init("schema", .text("pawl.check/1")), .init("diagnostics", .list(items))]).json
  }
}
