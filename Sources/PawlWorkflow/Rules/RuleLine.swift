import PawlCore

/// A rule as one readable line: `accuracy >= baseline - 1pt by island, sex`.
///
///     rule    = metric compare bound [ "by" slice { "," slice } ]
///     compare = ">=" | "<=" | ">" | "<"
///     bound   = number | "baseline" [ ( "+" | "-" ) margins ]
///     margins = margin [ "or" margin ]
///     slice   = column { "&" column } | column "(" value { "," value } ")"
///
/// `metric within margins of baseline` is the line of an equivalence, `metric within history of N` of a prediction
/// limit, `metric within margins in total of NAME` of an anchor. Names that hold marks stand in double quotes.
struct RuleLine: Hashable {
  enum Compare: String, CaseIterable {
    // The longer ones first: they are found first.
    case atLeast = ">="
    case atMost = "<="
    case above = ">"
    case below = "<"

    var isInclusive: Bool { self == .atLeast || self == .atMost }
    var direction: Direction { self == .atLeast || self == .above ? .higherIsBetter : .lowerIsBetter }
  }

  enum Bound: Hashable {
    case number(Compare, Number)
    /// Better than the baseline by the margins, or worse; none is zero.
    case baseline(Compare, isPlus: Bool, [Margin])
    case within([Margin])
    case history(last: Int)
    case anchor(String, [Margin])
  }

  var metric: String
  var bound: Bound
  var slices: [SliceSelection]

  init(metric: String, bound: Bound, slices: [SliceSelection]) {
    self.metric = metric
    self.bound = bound
    self.slices = slices
  }

  init(_ text: String) throws(RuleFault) {
    var reader = RuleLineReader(text)
    self = try reader.read()
  }

  /// The line of a rule that is written as a map.
  init(metric: String, comparison: RuleComparison, direction: Direction, slices: [SliceSelection]) {
    let isHigher = direction == .higherIsBetter
    switch comparison {
    case .atLeast(let number, let isInclusive): bound = .number(isInclusive ? .atLeast : .above, number)
    case .atMost(let number, let isInclusive): bound = .number(isInclusive ? .atMost : .below, number)
    case .mayLose(let margins, let isInclusive):
      bound = .baseline(RuleLine.compare(isHigher, isInclusive), isPlus: !isHigher, margins)
    case .mustGain(let margins, let isInclusive):
      bound = .baseline(RuleLine.compare(isHigher, isInclusive), isPlus: isHigher, margins)
    case .within(let margins): bound = .within(margins)
    case .history(let last): bound = .history(last: last)
    case .anchor(let baseline, let margins): bound = .anchor(baseline, margins)
    }
    self.metric = metric
    self.slices = slices
  }

  private static func compare(_ isHigher: Bool, _ isInclusive: Bool) -> Compare {
    isHigher ? (isInclusive ? .atLeast : .above) : (isInclusive ? .atMost : .below)
  }

  // MARK: meaning

  /// Which way the comparison says is better; nil for an equivalence.
  var direction: Direction? {
    switch bound {
    case .number(let compare, _), .baseline(let compare, _, _): compare.direction
    case .within, .history, .anchor: nil
    }
  }

  func comparison() throws(RuleFault) -> RuleComparison {
    switch bound {
    case .number(let compare, let number):
      return compare.direction == .higherIsBetter
        ? .atLeast(number, isInclusive: compare.isInclusive) : .atMost(number, isInclusive: compare.isInclusive)
    case .within(let margins): return .within(margins)
    case .history(let last): return .history(last: last)
    case .anchor(let baseline, let margins): return .anchor(baseline: baseline, margins)
    case .baseline(let compare, let isPlus, let margins):
      let isHigher = compare.direction == .higherIsBetter
      let isZero = margins.allSatisfy { $0.amount.decimal?.isZero ?? false }
      if margins.isEmpty || (isZero && isPlus != isHigher) {
        // `>= baseline` is "not worse", `> baseline` is "strictly better".
        let zero = [Margin(Number(0, text: "0"), .absolute)]
        return compare.isInclusive ? .mayLose(zero, isInclusive: true) : .mustGain(zero, isInclusive: false)
      }
      if isPlus != isHigher { return .mayLose(margins, isInclusive: compare.isInclusive) }
      guard !isZero else { throw RuleLine.gainOfZero(metric, compare.direction) }
      return .mustGain(margins, isInclusive: compare.isInclusive)
    }
  }

  /// `must-gain: 0` may mean two things.
  static func gainOfZero(_ metric: String, _ direction: Direction) -> RuleFault {
    let mark = direction == .higherIsBetter ? ">" : "<"
    return RuleFault(
      message: "`must-gain: 0` may mean two things",
      remedy: "write `may-lose: 0` (not worse) or `\(metric) \(mark) baseline` (strictly better)")
  }

  // MARK: text

  /// The canonical line: reading it gives this value again.
  var text: String {
    var result = RuleLine.quoted(metric, marks: "<>=\"≤≥")
    switch bound {
    case .number(let compare, let number): result += " \(compare.rawValue) \(number.text)"
    case .within(let margins): result += " within \(RuleLine.text(margins)) of baseline"
    case .history(let last): result += " within history of \(last)"
    case .anchor(let baseline, let margins):
      result += " within \(RuleLine.text(margins)) in total of \(RuleLine.quoted(baseline, marks: "&,()\""))"
    case .baseline(let compare, let isPlus, let margins):
      result += " \(compare.rawValue) baseline"
      let isPlainZero = margins.count == 1 && margins[0].amount.text == "0" && margins[0].unit == .absolute
      if !margins.isEmpty, !isPlainZero { result += " \(isPlus ? "+" : "-") \(RuleLine.text(margins))" }
    }
    guard !slices.isEmpty else { return result }
    return result + " by " + slices.map(RuleLine.text).joined(separator: ", ")
  }

  private static func text(_ margins: [Margin]) -> String { margins.map(\.text).joined(separator: " or ") }

  private static func text(_ slice: SliceSelection) -> String {
    let columns = slice.columns.map { quoted($0, marks: "&,()\"") }.joined(separator: " & ")
    guard !slice.values.isEmpty else { return columns }
    return columns + " (" + slice.values.map { quoted($0, marks: "&,()\"") }.joined(separator: ", ") + ")"
  }

  /// A name in double quotes where it would be read as something else.
  private static func quoted(_ name: String, marks: String) -> String {
    let needsQuotes =
      name.isEmpty || name.first == " " || name.last == " "
      || name.contains { marks.contains($0) || $0.isNewline || $0 == "\t" }
      || (" " + name + " ").firstRange(of: " within ") != nil || (" " + name + " ").firstRange(of: " by ") != nil
    guard needsQuotes else { return name }
    return "\"" + name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
  }
}

/// Reads a rule's line from left to right.
private struct RuleLineReader {
  private let text: String
  private var rest: [Character]
  private var position = 0

  init(_ text: String) {
    self.text = text
    rest = Array(text)
  }

  mutating func read() throws(RuleFault) -> RuleLine {
    let metric = try readMetric()
    skipSpaces()
    if takeWord("within") { return try readWithin(metric) }
    let compare = try readCompare()
    let bound = try readBound(compare)
    return RuleLine(metric: metric, bound: bound, slices: try readSlices())
  }

  private mutating func readWithin(_ metric: String) throws(RuleFault) -> RuleLine {
    if takeWord("history") { return try readHistory(metric) }
    let margins = try readMargins(until: ["of", "in"])
    if takeWord("in") {
      guard takeWord("total"), takeWord("of") else {
        throw fault("`within … in` needs `total of` and a name", remedy: RuleLineReader.anchor)
      }
      return RuleLine(metric: metric, bound: .anchor(try readBaselineName(), margins), slices: try readSlices())
    }
    guard takeWord("of"), takeWord("baseline") else {
      throw fault(
        "`within` needs `of baseline`",
        remedy: "write `\(metric) within 1pt of baseline`, or for a named release `within 1pt in total of v1`")
    }
    return RuleLine(metric: metric, bound: .within(margins), slices: try readSlices())
  }

  private mutating func readHistory(_ metric: String) throws(RuleFault) -> RuleLine {
    let remedy = "write for instance `\(metric) within history of 20`"
    guard takeWord("of") else { throw fault("`history` needs `of` and a number of records", remedy: remedy) }
    let text = takeText(until: ["by"])
    let range = HistoryKeys.range
    guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let last = Int(text), range.contains(last) else {
      throw fault(
        "`history` looks at \(range.lowerBound) to \(range.upperBound) records, not at `\(text)`", remedy: remedy)
    }
    guard try readSlices().isEmpty else {
      throw fault("`history` is judged on all rows, not by slice", remedy: "end the rule before `by`")
    }
    return RuleLine(metric: metric, bound: .history(last: last), slices: [])
  }

  private mutating func readBaselineName() throws(RuleFault) -> String {
    skipSpaces()
    var name = ""
    if peek == "\"" {
      name = try readQuoted()
    } else {
      while let character = peek, !character.isWhitespace {
        name.append(character)
        position += 1
      }
    }
    guard StageReader.isName(name) else {
      throw fault(
        name.isEmpty ? "`in total of` needs a name" : "`\(name)` cannot be the name of a baseline",
        remedy: RuleLineReader.anchor)
    }
    return name
  }

  private mutating func readMetric() throws(RuleFault) -> String {
    skipSpaces()
    if peek == "\"" { return try readQuoted() }
    var name = ""
    while let character = peek, !"<>=≤≥".contains(character), !isWord("within", at: position) {
      name.append(character)
      position += 1
    }
    name = String(MarginText.trimmed(Substring(name)))
    guard !name.isEmpty else { throw fault("the rule begins with a metric") }
    guard position < rest.count else { throw fault("`\(text)` compares nothing") }
    if name == "baseline" || name.hasPrefix("baseline ") {
      throw fault("the rule begins with a metric, not with `baseline`")
    }
    return name
  }

  private mutating func readCompare() throws(RuleFault) -> RuleLine.Compare {
    for (mark, compare) in [("≥", RuleLine.Compare.atLeast), ("≤", .atMost)] where peek.map(String.init) == mark {
      position += 1
      return compare
    }
    for compare in RuleLine.Compare.allCases where startsWith(compare.rawValue) {
      position += compare.rawValue.count
      if peek == "=" || peek == "<" || peek == ">" {
        throw fault("`\(compare.rawValue)\(peek.map(String.init) ?? "")` is not a comparison")
      }
      return compare
    }
    if peek == "=" {
      throw fault("a rule compares with `>=`, `<=`, `>` or `<`", remedy: "for equivalence write `within: 0.5pt`")
    }
    throw fault("`\(text)` compares nothing")
  }

  private mutating func readBound(_ compare: RuleLine.Compare) throws(RuleFault) -> RuleLine.Bound {
    skipSpaces()
    if takeWord("baseline") {
      skipSpaces()
      guard let sign = peek, !isWord("by", at: position) else { return .baseline(compare, isPlus: false, []) }
      guard sign == "+" || sign == "-" || sign == "−" else {
        throw fault("`baseline` is followed by `+`, `-` or nothing")
      }
      position += 1
      return .baseline(compare, isPlus: sign == "+", try readMargins(until: ["by"]))
    }
    let number = takeText(until: ["by"])
    guard !number.isEmpty else { throw fault("`\(compare.rawValue)` compares with nothing") }
    if let first = number.first, first.isLetter {
      let word = String(number.prefix { $0.isLetter })
      throw RuleFault(
        message: "`\(word)` is neither a number nor `baseline`",
        remedy: Suggestion.nearest(to: word, in: ["baseline"]).map { "did you mean `\($0)`?" } ?? RuleLineReader.forms)
    }
    return .number(compare, try MarginText.bound(number))
  }

  private mutating func readMargins(until words: [String]) throws(RuleFault) -> [Margin] {
    var texts = [takeText(until: words + ["or"])]
    while takeWord("or") { texts.append(takeText(until: words + ["or"])) }
    if texts.contains(where: \.isEmpty) { throw fault("a margin is missing") }
    return try MarginText.margins(texts)
  }

  private mutating func readSlices() throws(RuleFault) -> [SliceSelection] {
    skipSpaces()
    guard position < rest.count else { return [] }
    guard takeWord("by") else { throw fault("`\(String(rest[position...]))` has no meaning here") }
    var slices = [try readSlice()]
    skipSpaces()
    while peek == "," {
      position += 1
      slices.append(try readSlice())
      skipSpaces()
    }
    guard position >= rest.count else { throw fault("`\(String(rest[position...]))` has no meaning here") }
    return slices
  }

  private mutating func readSlice() throws(RuleFault) -> SliceSelection {
    var columns = [try readName()]
    skipSpaces()
    while peek == "&" {
      position += 1
      columns.append(try readName())
      skipSpaces()
    }
    guard peek == "(" else { return SliceSelection(columns: columns) }
    guard columns.count == 1 else { throw fault("values belong to one column") }
    var values: [String] = []
    repeat {
      position += 1
      values.append(try readName())
      skipSpaces()
    } while peek == ","
    guard peek == ")" else { throw fault("`(` is not closed") }
    position += 1
    return SliceSelection(columns: columns, values: values)
  }

  private mutating func readName() throws(RuleFault) -> String {
    skipSpaces()
    if peek == "\"" { return try readQuoted() }
    var name = ""
    while let character = peek, !"&,()\"".contains(character) {
      name.append(character)
      position += 1
    }
    name = String(MarginText.trimmed(Substring(name)))
    guard !name.isEmpty else { throw fault("a column is missing after `by`") }
    return name
  }

  private mutating func readQuoted() throws(RuleFault) -> String {
    position += 1
    var name = ""
    while let character = peek, character != "\"" {
      position += 1
      if character == "\\", let next = peek {
        position += 1
        name.append(next)
      } else {
        name.append(character)
      }
    }
    guard peek == "\"" else { throw fault("a quotation mark is not closed") }
    position += 1
    return name
  }

  // MARK: characters

  private var peek: Character? { position < rest.count ? rest[position] : nil }

  private mutating func skipSpaces() {
    while let character = peek, character.isWhitespace { position += 1 }
  }

  private func startsWith(_ mark: String) -> Bool { rest[position...].starts(with: mark) }

  /// Whether a word stands there between spaces or ends.
  private func isWord(_ word: String, at index: Int) -> Bool {
    guard index == 0 || rest[index - 1].isWhitespace, rest[index...].starts(with: word) else { return false }
    let end = index + word.count
    return end >= rest.count || !(rest[end].isLetter || rest[end].isNumber || rest[end] == "_" || rest[end] == ".")
  }

  private mutating func takeWord(_ word: String) -> Bool {
    skipSpaces()
    guard position < rest.count, rest[position...].starts(with: word) else { return false }
    let end = position + word.count
    if end < rest.count, rest[end].isLetter || rest[end].isNumber || rest[end] == "_" { return false }
    position = end
    return true
  }

  private mutating func takeText(until words: [String]) -> String {
    skipSpaces()
    var text = ""
    while let character = peek, !words.contains(where: { isWord($0, at: position) }) {
      text.append(character)
      position += 1
    }
    return String(MarginText.trimmed(Substring(text)))
  }

  private static let forms = "write for instance `accuracy >= 0.90` or `accuracy >= baseline - 1pt by island`"

  private static let anchor = "write for instance `accuracy within 2pt in total of v1`"

  private func fault(_ message: String, remedy: String = RuleLineReader.forms) -> RuleFault {
    RuleFault(message: message, remedy: remedy)
  }
}
