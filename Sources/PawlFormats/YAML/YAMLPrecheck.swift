import PawlCore

/// What must be known before the parser runs, because it could not be stopped then.
struct YAMLPrecheck {
  private let text: SourceText

  init(_ text: SourceText) { self.text = text }

  func run() throws(Failure) {
    if let offset = firstForbiddenCharacter {
      throw Failure(
        Diagnostic(
          "yaml.syntax", "a control character, which YAML forbids", at: text.location(offset: offset),
          remedy: "remove it, or write it as an escape in double quotes"))
    }
    let aliases = aliasPlaces
    if aliases.count > YAML.mostAliases {
      throw Failure(
        Diagnostic(
          "yaml.too-many-aliases", "more than \(YAML.mostAliases) aliases",
          at: text.location(offset: aliases[YAML.mostAliases])))
    }
    if aliases.count > YAML.mostAliasesBesideComplexKeys, let key = firstComplexKey {
      throw Failure(
        Diagnostic(
          "yaml.too-many-aliases",
          "a list or map as a key in a file with more than \(YAML.mostAliasesBesideComplexKeys) aliases",
          at: text.location(offset: key), remedy: "use plain keys"))
    }
  }

  /// YAML's printable characters (YAML 1.2.2 §5.1); a byte order mark inside the text counts as forbidden too.
  private var firstForbiddenCharacter: Int? {
    let bytes = text.bytes
    for index in bytes.indices {
      let byte = bytes[index]
      if byte < 0x20 ? !(byte == 0x0A || byte == 0x0D || byte == 0x09) : byte == 0x7F { return index }
      if byte == 0xC2, bytes[index + 1] < 0xA0, bytes[index + 1] != 0x85 { return index }
      if byte == 0xEF, bytes[index + 1] == 0xBB, bytes[index + 2] == 0xBF { return index }
      if byte == 0xEF, bytes[index + 1] == 0xBF, bytes[index + 2] >= 0xBE { return index }
    }
    return nil
  }

  /// Every `*name` that stands where a value may begin; text and comments may add false ones.
  private var aliasPlaces: [Int] {
    let bytes = text.bytes
    var places: [Int] = []
    for index in bytes.indices where bytes[index] == UInt8(ascii: "*") && index + 1 < bytes.count {
      guard YAMLPrecheck.isNameByte(bytes[index + 1]) else { continue }
      if index == 0 || " \t\n\r[{,:-?".utf8.contains(bytes[index - 1]) || bytes[index - 1] >= 0x80 {
        places.append(index)
        if places.count > YAML.mostAliases { break }
      }
    }
    return places
  }

  /// A place where a collection, or an alias that may stand for one, could be a key: `? `, `] :`, `} :`, `*a :`.
  private var firstComplexKey: Int? {
    let bytes = text.bytes
    for index in bytes.indices {
      switch bytes[index] {
      case UInt8(ascii: "?"):
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0x0A
        if next <= 0x20, index == 0 || " \t\n\r[{,".utf8.contains(bytes[index - 1]) { return index }
      case UInt8(ascii: ":"):
        // The parser also ends keys at a colon without a space, after a bracket or a quote.
        var before = index
        while before > 0, bytes[before - 1] <= 0x20 { before -= 1 }
        guard before > 0 else { continue }
        if bytes[before - 1] == UInt8(ascii: "]") { return index }
        if bytes[before - 1] == UInt8(ascii: "}"), !isInterpolation(endingAt: before - 1) { return index }
        var name = before
        while name > 0, YAMLPrecheck.isNameByte(bytes[name - 1]) { name -= 1 }
        if name > 0, name < before, bytes[name - 1] == UInt8(ascii: "*") { return index }
      default: continue
      }
    }
    return nil
  }

  /// Whether the brace closes a `${…}`, which scripts often follow with a colon.
  private func isInterpolation(endingAt brace: Int) -> Bool {
    var index = brace
    while index > 0, brace - index < 200, text.bytes[index - 1] != UInt8(ascii: "{") {
      guard text.bytes[index - 1] > 0x20, !"*[,".utf8.contains(text.bytes[index - 1]) else { return false }
      index -= 1
    }
    return index > 1 && text.bytes[index - 1] == UInt8(ascii: "{") && text.bytes[index - 2] == UInt8(ascii: "$")
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: byte >= 0x80
    }
  }
}
