import PawlCore

/// A day of the proleptic Gregorian calendar, `2026-12-31`.
struct Day: Hashable {
  let year: Int
  let month: Int
  let day: Int

  /// Why a text is no day.
  enum Fault: Error, Hashable {
    /// It is not `YYYY-MM-DD`.
    case form
    case month(Int)
    /// The month has fewer days, or the day is 0; with the last day of the month.
    case day(last: Day)
  }

  private init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Reads `YYYY-MM-DD`, four digits of the year from 0001.
  init(_ text: String) throws(Fault) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2], parts.joined().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let year = Int(parts[0]), year > 0, let month = Int(parts[1]), let day = Int(parts[2])
    else { throw .form }
    guard (1...12).contains(month) else { throw .month(month) }
    let last = Day.days(in: month, of: year)
    guard (1...last).contains(day) else { throw .day(last: Day(year: year, month: month, day: last)) }
    self.init(year: year, month: month, day: day)
  }

  var text: String {
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }

  /// The first instant after the day, in UTC.
  var end: Timestamp { Timestamp(Double(number + 1) * 86_400) }

  /// Days since 1970-01-01 (days-from-civil by Howard Hinnant).
  private var number: Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
