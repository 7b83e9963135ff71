/// A place in a text the user wrote: file as the user named it, 1-based line and column (columns count characters).
package struct SourceLocation: Sendable, Hashable {
  package var file: String
  package var line: Int
  package var column: Int
  /// How many characters the caret line underlines, at least 1.
  package var length: Int
  /// The text of the line, so that a diagnostic can be rendered without reading the file again.
  package var excerpt: String?

  package init(file: String, line: Int, column: Int, length: Int = 1, excerpt: String? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.length = max(1, length)
    self.excerpt = excerpt
  }
}

/// One thing the user must know: what is wrong, where, why, and what to type next.
package struct Diagnostic: Sendable, Hashable {
  package enum Severity: String, Sendable, Hashable { case error, warning, note }

  /// A stable dotted name, such as `workflow.unknown-key`.
  package var code: String
  package var severity: Severity
  /// A lower-case fragment; user text stands in back-ticks; no full stop.
  package var message: String
  package var location: SourceLocation?
  /// What made it so, where the message alone does not say it.
  package var cause: String?
  /// The next thing to type; shown beside the caret.
  package var remedy: String?

  package init(
    _ code: String, _ message: String, severity: Severity = .error, at location: SourceLocation? = nil,
    cause: String? = nil, remedy: String? = nil
  ) {
    self.code = code
    self.message = message
    self.severity = severity
    self.location = location
    self.cause = cause
    self.remedy = remedy
  }
}

/// Collected diagnostics, thrown once; at least one of them is an error.
package struct Failure: Error, Sendable, Hashable {
  package var diagnostics: [Diagnostic]

  package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
  package init(_ diagnostic: Diagnostic) { self.diagnostics = [diagnostic] }

  /// What went wrong, where the work goes on without it; `remedy` for those that have none.
  package func warnings(remedy: String? = nil) -> [Diagnostic] {
    diagnostics.map { diagnostic in
      var warning = diagnostic
      warning.severity = .warning
      warning.remedy = diagnostic.remedy ?? remedy
      return warning
    }
  }
}
