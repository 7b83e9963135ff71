package import PawlCore
import Yams

/// Reads YAML 1.2 (core schema) into nodes with places.
package enum YAML {
  /// Larger files are refused.
  static let largest = 16 << 20
  /// Aliases may repeat at most this many nodes in all, so that nested ones cannot grow without bound.
  static let mostRepeatedNodes = 200_000
  /// A file with more places that look like an alias is refused before it is parsed.
  static let mostAliases = 5_000
  /// With more aliases than this a list or map as a key is refused: comparing such keys expands every alias in them.
  static let mostAliasesBesideComplexKeys = 32

  /// The only document of a file; nil when it is empty or holds comments alone.
  ///
  /// Columns count characters, a byte order mark does not count. Throws located diagnostics for what is no YAML, for
  /// duplicate keys (at the second one), several documents, bytes that are not UTF-8, merge keys that cannot be
  /// resolved, and for files too large or with aliases that expand without bound.
  package static func read(_ bytes: [UInt8], file: String) throws(Failure) -> Node? {
    var text = SourceText(bytes, file: file)
    try text.require(atMost: largest, "yaml.too-large")
    try text.requireUTF8("yaml.encoding")
    text.findLines(countingUnicodeBreaks: true)
    try YAMLPrecheck(text).run()
    guard let root = try compose(text) else { return nil }
    var builder = NodeBuilder(text)
    return try builder.tree(root)
  }

  /// A value as `--set key=TEXT` writes it: `[…]`, `{…}` and quoted text are read as YAML, all else is one plain scalar.
  package static func value(of text: String) -> Value {
    let trimmed = text.drop { $0 == " " }
    if let first = trimmed.first, "[{\"'".contains(first),
      let node = try? read(Array(text.utf8), file: "--set"), node.scalar.map({ !$0.isPlain }) ?? true
    {
      return node.value
    }
    return CoreSchema.value(of: text)
  }

  private static func compose(_ text: SourceText) throws(Failure) -> Yams.Node? {
    do {
      let source = String(decoding: text.bytes, as: UTF8.self)
      return try Parser(yaml: source, resolver: .basic, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      if case .duplicatedKeysInMapping(let keys, let context) = error {
        var duplicates = DuplicateKeys(text)
        throw Failure(duplicates.diagnostics(of: keys.first ?? "", firstAt: context.mark))
      }
      throw Failure(YAMLFault(text).diagnostic(for: error))
    } catch {
      throw Failure(
        Diagnostic("yaml.syntax", "this is not YAML: \(error)", at: text.location(line: 1, column: 1)))
    }
  }
}
