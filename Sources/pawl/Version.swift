/// Pawl's own version, in reports and in `--version`.
enum Version {
  static let text = "0.1.0"
}
