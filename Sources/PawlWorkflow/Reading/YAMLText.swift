import PawlCore
import PawlFormats

/// The YAML of a file that must hold something.
enum YAMLText {
  /// The file's value; nil after its problem is reported.
  static func read(_ bytes: [UInt8], _ problems: Problems, begin: String) -> Node? {
    do throws(Failure) {
      if let node = try YAML.read(bytes, file: problems.file), !node.isNull { return node }
      problems.error(
        "empty", "the file is empty", at: SourceLocation(file: problems.file, line: 1, column: 1),
        remedy: "begin with `\(begin)`")
    } catch {
      problems.add(error)
    }
    return nil
  }
}
