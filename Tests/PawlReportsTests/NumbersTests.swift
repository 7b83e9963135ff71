import PawlCore
import PawlReports
import Testing

struct NumbersTests {
  @Test func `digits follow the width of the bounds`() {
    #expect(Numbers.decimals(forWidth: 3.43) == 1)
    #expect(Numbers.decimals(forWidth: 0.044) == 3)
    #expect(Numbers.decimals(forWidth: 24) == 0)
    #expect(Numbers.decimals(forWidth: 240) == 0)
    #expect(Numbers.decimals(forWidth: 0) == nil)
    #expect(Numbers.decimals(forWidth: .nan) == nil)
  }

  @Test func `rounding is decimal, half away from zero, and never says minus zero`() {
    #expect(Numbers.fixed(0.25, decimals: 1) == "0.3")
    #expect(Numbers.fixed(2.675, decimals: 2) == "2.68")
    #expect(Numbers.fixed(9.96, decimals: 1) == "10.0")
    #expect(Numbers.fixed(-0.04, decimals: 1) == "0.0")
    #expect(Numbers.fixed(-1.38, decimals: 1) == "\u{2212}1.4")
    #expect(Numbers.fixed(12, decimals: 3) == "12.000")
    #expect(Numbers.fixed(.nan, decimals: 3) == "NaN")
    #expect(Numbers.fixed(-.infinity, decimals: 3) == "\u{2212}Infinity")
    #expect(Numbers.fixed(0.0004, decimals: 2) == "0.00")
    #expect(Numbers.fixed(0.5, decimals: 0) == "1")
  }

  @Test func `a number without bounds keeps the file's digits, at most six`() {
    #expect(Numbers.asWritten("0.9120", 0.912) == "0.9120")
    #expect(Numbers.asWritten("0.123456789", 0.123456789) == "0.123457")
    #expect(Numbers.asWritten(nil, 1234567.5) == "1234568")
    #expect(Numbers.asWritten("1e-9", 1e-9) == "1e\u{2212}9")
    #expect(Numbers.general(1.5e300) == "1.5e300")
    #expect(Numbers.general(0) == "0")
    #expect(Numbers.general(.greatestFiniteMagnitude) == "1.79769e308")
    #expect(Numbers.general(.leastNonzeroMagnitude) == "5e\u{2212}324")
  }

  @Test func `p is never 0.000`() {
    #expect(Numbers.p(0.0131) == "0.013")
    #expect(Numbers.p(0) == "< 0.0001")
    #expect(Numbers.p(0.00009) == "< 0.0001")
    #expect(Numbers.p(0.7512) == "0.751")
    #expect(Numbers.p(1) == "1")
  }

  @Test(arguments: [
    (0.084, "84 ms"), (0.0004, "0 ms"), (1.2, "1.2 s"), (0.0999, "0.1 s"), (9.97, "10 s"), (59.6, "1 min 00 s"),
    (185, "3 min 05 s"), (7_800, "2 h 10 min"), (273_600, "3 d 4 h"), (-1, "?"), (.infinity, "?"),
  ]) func `durations read as people say them`(_ seconds: Double, _ text: String) {
    #expect(Numbers.duration(seconds) == text)
  }

  @Test func `sizes, counts and times ago`() {
    #expect(Numbers.size(512) == "512 B")
    #expect(Numbers.size(1_468_006) == "1.4 MiB")
    #expect(Numbers.size(.max) == "8.0 EiB")
    #expect(Numbers.count(2_900) == "2,900")
    #expect(Numbers.count(-1_234_567) == "\u{2212}1,234,567")
    #expect(Numbers.count(.min) == "\u{2212}9,223,372,036,854,775,808")
    let now = Timestamp(1_000_000)
    #expect(Numbers.ago(Timestamp(999_870), now: now) == "2 min ago")
    #expect(Numbers.ago(Timestamp(740_000), now: now) == "3 days ago")
    #expect(Numbers.ago(Timestamp(2_000_000), now: now) == "1970-01-24 03:33 UTC")
  }

  @Test func `machines get an ASCII minus before digits only`() {
    #expect(Numbers.forMachines("\u{2212}1.4 a \u{2212} b \u{2212}.5") == "-1.4 a \u{2212} b -.5")
  }
}
