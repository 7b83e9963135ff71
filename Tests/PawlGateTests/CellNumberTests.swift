import PawlCore
import Testing

@testable import PawlGate

@Suite struct CellNumberTests {
  private func read(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    return CellNumber.read(bytes.span, 0, bytes.count)
  }

  @Test func `every number reads back as it was written`() {
    var dice = Dice(1)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: dice.next())
      guard value.isFinite else { continue }
      #expect(read(value.description)?.bitPattern == value.bitPattern, "\(value)")
    }
  }

  @Test func `probabilities of any length are rounded correctly`() {
    var dice = Dice(2)
    for round in 0..<40_000 {
      let scale = [1.0, 1e-3, 1e-6, 1e9, 1e3][round % 5]
      let value = dice.unit() * scale
      let text = value.description
      #expect(read(text) == value, "\(text)")
      // More digits than a Double holds: the nearest is what the standard library says.
      let digits = String(dice.next() % 1_000_000_000_000_000_000)
      let cut = String(digits.prefix(1 + round % 18))
      for text in ["0.\(digits)", "\(cut).\(digits.prefix(18 - round % 18))", "1.00000000000000011\(cut)"] {
        #expect(read(text) == Double(text), "\(text)")
      }
    }
  }

  @Test func `halfway numbers go to the even one`() {
    // 2^53 + 1 and its like, and their neighbours by one digit.
    for text in [
      "9007199254740993", "9007199254740992.5", "900719925474099.25", "4503599627370496.5", "4503599627370497.5",
      "1.0000000000000001110", "1.00000000000000011102", "0.1", "0.3", "123456789012345678.5",
    ] { #expect(read(text) == Double(text), "\(text)") }
  }

  @Test func `words for non-finite numbers are read and other words are not`() {
    #expect(read("NaN")?.isNaN == true)
    #expect(read("inf") == .infinity)
    #expect(read("-Infinity") == -.infinity)
    #expect(read(" 1.5\t") == 1.5)
    #expect(read("-0")?.sign == .minus)
    #expect(read("+.5e1") == 5)
    #expect(read("5.") == 5)
    #expect(read("1e999") == .infinity)
    #expect(read("1e-999") == 0)
    for text in ["", " ", "-", ".", "e5", "1e", "1e+", "0x10", "1_000", "1,5", "1.2.3", "nano", "infinite", "１"] {
      #expect(read(text) == nil, "\(text)")
    }
  }
}
