/// The words of a condition.
enum ConditionText {
  struct Token {
    enum Kind { case word, quoted, relation }

    var kind: Kind
    /// Without its quotes.
    var text: String
    /// Characters before it.
    var offset: Int
    /// Characters, quotes included.
    var length: Int

    init(kind: Kind, text: String, offset: Int, length: Int? = nil) {
      self.kind = kind
      self.text = text
      self.offset = offset
      self.length = length ?? text.count
    }

    func isWord(_ word: String) -> Bool { kind == .word && text == word }
  }

  /// Words end at blanks, comparisons and parentheses, except inside the brackets of an instance's coordinates; a
  /// quotation that is not closed ends with the text.
  static func tokens(of text: String) -> [Token] {
    let characters = Array(text)
    var tokens: [Token] = []
    var index = 0
    while index < characters.count {
      let start = index
      let character = characters[index]
      if character.isWhitespace {
        index += 1
      } else if character == "'" || character == "\"" {
        index += 1
        while index < characters.count, characters[index] != character { index += 1 }
        let inner = String(characters[(start + 1)..<index])
        index = min(index + 1, characters.count)
        tokens.append(Token(kind: .quoted, text: inner, offset: start, length: index - start))
      } else if isRelation(character) {
        while index < characters.count, isRelation(characters[index]) { index += 1 }
        let text = String(characters[start..<index])
        tokens.append(Token(kind: text == "!" ? .word : .relation, text: text, offset: start))
      } else if character == "(" || character == ")" {
        index += 1
        tokens.append(Token(kind: .word, text: String(character), offset: start))
      } else {
        var depth = 0
        while index < characters.count {
          let next = characters[index]
          if next == "[" { depth += 1 }
          if depth == 0, next.isWhitespace || isRelation(next) || next == "(" || next == ")" { break }
          if next == "]" { depth -= 1 }
          index += 1
        }
        tokens.append(Token(kind: .word, text: String(characters[start..<index]), offset: start))
      }
    }
    return tokens
  }

  private static func isRelation(_ character: Character) -> Bool {
    character == "=" || character == "!" || character == "<" || character == ">"
  }
}
