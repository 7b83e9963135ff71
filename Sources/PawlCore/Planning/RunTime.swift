extension RunName {
  /// When a run began, from its name; nil for a name that carries no time.
  package static func time(of id: String) -> Timestamp? {
    let digits = id.utf8.prefix { $0 != UInt8(ascii: "-") }.filter { (0x30...0x39).contains($0) }.map { Int($0 - 0x30) }
    let head = id.utf8.prefix(digits.count + 2)
    guard digits.count == 14 || digits.count == 17, head.last == UInt8(ascii: "Z"),
      head.dropFirst(8).first == UInt8(ascii: "T")
    else { return nil }
    func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
    let days = daysFromCivil(number(0..<4), number(4..<6), number(6..<8))
    let seconds = days * 86_400 + number(8..<10) * 3_600 + number(10..<12) * 60 + number(12..<14)
    return Timestamp(Double(seconds) + (digits.count == 17 ? Double(number(14..<17)) / 1_000 : 0))
  }

  /// Days since 1970-01-01 of a date of the proleptic Gregorian calendar (days-from-civil by Howard Hinnant).
  private static func daysFromCivil(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yoe = y - era * 400
    let doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
  }
}
