import PawlCore

/// Why a text of a rule cannot be read, and what to write.
struct RuleFault: Error, Hashable {
  var message: String
  var remedy: String?
  /// Direction problems have a code of their own.
  var isAboutDirection = false
}

/// Numbers of rules as people write them: `0.90`, `0.5pt`, `1%`.
enum MarginText {
  /// A bound on the metric itself.
  static func bound(_ text: String) throws(RuleFault) -> Number {
    let (digits, unit) = split(text)
    let number = try number(digits, in: text)
    switch unit {
    case "": return number
    case "%":
      let plain = Decimal(digits + "e-2")?.text ?? digits
      throw RuleFault(
        message: "a bound is a number in the metric's own unit, `\(text)` is not", remedy: "write `\(plain)`")
    default: throw RuleFault(message: "`\(text)` is not a number", remedy: "a bound is a number, such as `0.90`")
    }
  }

  /// A margin: not negative, finite.
  static func margin(_ text: String) throws(RuleFault) -> Margin {
    let (digits, unit) = split(text)
    let number = try number(digits, in: text)
    let kind: Margin.Unit
    switch unit {
    case "": kind = .absolute
    case "pt": kind = .points
    case "%": kind = .relative
    default:
      throw RuleFault(
        message: "`\(text)` is not a margin", remedy: "write `0.005`, `0.5pt` (points) or `1%` (of the baseline)")
    }
    guard number.value >= 0 else {
      throw RuleFault(
        message: "a margin is not negative, `\(text)` is",
        remedy: "write `\(digits.drop { $0 == "-" || $0 == "−" })\(unit)`; the direction is the metric's")
    }
    return Margin(number, kind)
  }

  /// One margin, or a relative one beside an absolute one.
  static func margins(_ texts: [String]) throws(RuleFault) -> [Margin] {
    var margins: [Margin] = []
    for text in texts { margins.append(try margin(text)) }
    let relative = margins.count { $0.unit == .relative }
    guard margins.count == 1 || (margins.count == 2 && relative == 1) else {
      throw RuleFault(
        message: "a margin is one, or a relative one beside an absolute one", remedy: "write for instance `[1%, 0.005]`"
      )
    }
    return margins
  }

  /// The digits and what follows them.
  private static func split(_ text: String) -> (digits: String, unit: String) {
    var digits = Substring(text)
    var unit = ""
    for suffix in ["pt", "%"] where digits.hasSuffix(suffix) {
      digits = digits.dropLast(suffix.count)
      unit = suffix
    }
    return (trimmed(digits).replacingMinus, unit)
  }

  private static func number(_ digits: String, in text: String) throws(RuleFault) -> Number {
    if let decimal = Decimal(digits) {
      let value = decimal.double
      if value.isFinite { return Number(value, text: digits) }
    }
    let isWord = [".nan", "nan", ".inf", "inf", "-.inf", "+.inf"].contains(digits.lowercased())
    throw RuleFault(
      message: isWord ? "`\(text)` is not a finite number" : "`\(text)` is not a number",
      remedy: "write for instance `0.005`, `0.5pt` or `1%`")
  }

  static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text = text.dropLast() }
    return text
  }
}

extension Substring {
  /// The text with a typographic minus as ASCII.
  fileprivate var replacingMinus: String {
    String(map { $0 == "−" ? "-" : $0 })
  }
}
