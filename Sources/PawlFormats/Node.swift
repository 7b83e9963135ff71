package import PawlCore

/// A YAML value with the place where the user wrote it.
package struct Node: Sendable {
  package var kind: Kind
  package var location: SourceLocation

  package init(_ kind: Kind, at location: SourceLocation) {
    self.kind = kind
    self.location = location
  }

  package enum Kind: Sendable {
    case scalar(Scalar)
    case sequence([Node])
    /// In the file's order; keys are unique, merge keys are already resolved.
    case mapping([Pair])
  }

  package struct Scalar: Sendable {
    /// The content, quotes and escapes resolved.
    package var text: String
    /// False for quoted, literal and folded scalars and those tagged `!!str`: they are always text.
    package var isPlain: Bool

    package init(text: String, isPlain: Bool) {
      self.text = text
      self.isPlain = isPlain
    }

    /// Typed by the YAML 1.2 core schema.
    package var value: Value { isPlain ? CoreSchema.value(of: text) : .text(text) }
  }

  package struct Pair: Sendable {
    package var key: Node
    package var value: Node

    package init(key: Node, value: Node) {
      self.key = key
      self.value = value
    }

    /// The key's text as written; a list or a map as a key is its JSON.
    package var name: String { key.keyText }
  }

  /// The value without places, typed by the YAML 1.2 core schema.
  package var value: Value {
    switch kind {
    case .scalar(let scalar): scalar.value
    case .sequence(let items): .list(items.map(\.value))
    case .mapping(let pairs): .map(pairs.map { Value.Entry($0.name, $0.value.value) })
    }
  }

  /// The scalar, nil for a list or a map.
  package var scalar: Scalar? {
    guard case .scalar(let scalar) = kind else { return nil }
    return scalar
  }

  /// The items of a list, nil for anything else.
  package var items: [Node]? {
    guard case .sequence(let items) = kind else { return nil }
    return items
  }

  /// The pairs of a map, nil for anything else.
  package var pairs: [Pair]? {
    guard case .mapping(let pairs) = kind else { return nil }
    return pairs
  }

  /// The member of a map, nil when it is absent or this is no map.
  package subscript(key: String) -> Node? { pairs?.first { $0.name == key }?.value }

  /// Whether this is an empty value or one of the words for null.
  package var isNull: Bool { scalar?.value == .null }

  fileprivate var keyText: String { scalar?.text ?? value.json }
}
