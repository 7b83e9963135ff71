/// The isolated Python environment that a stage runs in: made once from a requirements file (contract §3).
package struct PythonEnvironment: Sendable, Hashable {
  /// The requirements file, from the project root.
  package var requirements: String
  /// As the user wrote it, for messages.
  package var written: String
  package var location: SourceLocation?

  package init(requirements: String, written: String? = nil, at location: SourceLocation? = nil) {
    self.requirements = requirements
    self.written = written ?? requirements
    self.location = location
  }
}
