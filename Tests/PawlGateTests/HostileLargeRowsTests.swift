import PawlCore
import PawlGate
import Testing

/// Large files take the quick way through their rows; it must make the table that the careful reader makes, and leave
/// every diagnosis to it.
@Suite struct HostileLargeRowsTests {
  private static let rows = 12_000
  private static let metrics = ["accuracy", "auc", "average-precision", "log-loss", "brier", "ece", "f1", "mcc"]

  private static func line(_ row: Int, _ dice: inout Dice) -> String {
    "\(row),\(dice.below(2)),0.\(dice.below(1_000_000)),\(["north", "south", "", "1.0", "1"][row % 5])"
  }

  private static func spec() -> Predictions {
    var spec = Making.scored
    spec.slices = ["place"]
    return spec
  }

  private static func lines(seed: UInt64) -> [String] {
    var dice = Dice(seed)
    return (0..<rows).map { line($0, &dice) }
  }

  private static func text(_ lines: [String], end: String = "\n") -> String {
    (["id,y,s,place"] + lines).joined(separator: end) + end
  }

  /// The same rows with a quote in the last, which the quick way does not take.
  private static func careful(_ lines: [String]) -> [String] {
    guard let last = lines.last, let comma = last.firstIndex(of: ",") else { return lines }
    return lines.dropLast() + ["\"\(last[..<comma])\"\(last[comma...])"]
  }

  private func same(_ one: RowTable, _ other: RowTable) -> Bool {
    guard one.count == other.count, one.testDataBytes == other.testDataBytes else { return false }
    for metric in Self.metrics {
      let (a, b) = (RowMetrics.value(of: metric, rows: one), RowMetrics.value(of: metric, rows: other))
      guard a.value?.bitPattern == b.value?.bitPattern, a.reason == b.reason, a.location == b.location else {
        return false
      }
    }
    return true
  }

  @Test(arguments: ["\n", "\r\n"])
  func `a large file reads the same on both ways`(end: String) throws {
    let lines = Self.lines(seed: 1)
    let quick = try Making.table(Self.text(lines, end: end), Self.spec())
    let careful = try Making.table(Self.text(Self.careful(lines), end: end), Self.spec())
    #expect(quick.count == Self.rows)
    #expect(same(quick, careful))
    let open = try Making.table(String(Self.text(lines, end: end).dropLast()), Self.spec())
    #expect(same(open, careful))
  }

  @Test func `strange cells read the same on both ways`() throws {
    let cells = [
      "1e308", "5e-324", "-0", "1e400", "-1e400", "nan", "inf", "1e5", " 0.5", "0.5 ", ".5", "5.", "+0.5", "00.5",
      "0.12345678901234567890123", "9007199254740993", "0.9007199254740993", "123456789012345678", "0.1e-3",
    ]
    for (index, cell) in cells.enumerated() {
      var lines = Self.lines(seed: 2)
      lines[6_000 + index] = "\(6_000 + index),1,\(cell),north"
      let quick = try Making.table(Self.text(lines), Self.spec())
      let careful = try Making.table(Self.text(Self.careful(lines)), Self.spec())
      #expect(same(quick, careful), "`\(cell)`")
    }
  }

  @Test func `text ids, and numbers that turn into text, read the same on both ways`() throws {
    for first in ["img_0", "0", "-5", "007"] {
      var lines = Self.lines(seed: 3)
      lines[0] = first + lines[0].dropFirst()
      lines[9_000] = "img_9000" + lines[9_000].dropFirst(4)
      let quick = try Making.table(Self.text(lines), Self.spec())
      let careful = try Making.table(Self.text(Self.careful(lines)), Self.spec())
      #expect(same(quick, careful), "\(first)")
    }
  }

  @Test func `what is wrong deep in a large file is located`() {
    let wrong: [(line: String, code: String, column: Int)] = [
      ("9000,1,1_000,north", "evidence.cell", 8), ("9000,1,٣,north", "evidence.cell", 8),
      ("9000,1,,north", "evidence.empty-cell", 1), ("9000,,0.5,north", "evidence.empty-cell", 1),
      ("9000,cat,0.5,north", "evidence.cell", 6), ("9000,1,0.5", "evidence.ragged-row", 1),
      ("9000,1,0.5,north,9", "evidence.ragged-row", 1), ("17,1,0.5,north", "evidence.duplicate-id", 1),
      ("9000,1,0.5\0,north", "evidence.cell", 8), ("9000,1,\"0.5,north", "evidence.csv", 1),
    ]
    for (line, code, column) in wrong {
      var lines = Self.lines(seed: 4)
      lines[9_000] = line
      // Both classes are in the file before, so that a third label is one.
      (lines[0], lines[1]) = ("0,1,0.5,north", "1,0,0.5,north")
      do throws(Failure) {
        _ = try RowTable.read(Array(Self.text(lines).utf8), spec: Self.spec(), file: "rows.csv")
        Issue.record("`\(line)` was read")
      } catch {
        #expect(error.diagnostics.first?.code == code, "`\(line)`")
        #expect(error.diagnostics.first?.location?.line == 9_002, "`\(line)`")
        #expect(error.diagnostics.first?.location?.column == column, "`\(line)`")
      }
    }
  }

  @Test func `a score that is no probability is located in a large file`() throws {
    var lines = Self.lines(seed: 5)
    lines[7_000] = "7000,1,1.25,north"
    lines[8_000] = "8000,1,-3,north"
    let value = RowMetrics.value(of: "brier", rows: try Making.table(Self.text(lines), Self.spec()))
    #expect(value.location?.line == 7_002)
    #expect(value.reason?.contains("1.25") == true)
  }

  @Test func `mutated large files are read or refused alike on both ways`() {
    let bits = Array("\"\\,:\n\r\t 0123456789eE+-.nax\u{FEFF}é\0".utf8)
    var dice = Dice(77)
    var (read, refused) = (0, 0)
    for round in 0..<40 {
      let lines = Self.lines(seed: UInt64(round))
      var (quick, careful) = (Array(Self.text(lines).utf8), Array(Self.text(Self.careful(lines)).utf8))
      let place = 20 + dice.below(quick.count - 200)
      let byte = bits[dice.below(bits.count)]
      switch dice.below(3) {
      case 0:
        quick.insert(byte, at: place)
        careful.insert(byte, at: place)
      case 1:
        quick.remove(at: place)
        careful.remove(at: place)
      default: (quick[place], careful[place]) = (byte, byte)
      }
      let found = [quick, careful].map { bytes in
        Result { () throws(Failure) in try RowTable.read(bytes, spec: Self.spec(), file: "rows.csv") }
      }
      switch (found[0], found[1]) {
      case (.success(let one), .success(let other)):
        read += 1
        #expect(same(one, other), "round \(round)")
      case (.failure(let one), .failure(let other)):
        refused += 1
        #expect(one.diagnostics.map(\.message) == other.diagnostics.map(\.message), "round \(round)")
        #expect(one.diagnostics.map(\.location) == other.diagnostics.map(\.location), "round \(round)")
      case (.success, .failure), (.failure, .success): Issue.record("round \(round): only one way reads it")
      }
    }
    #expect(read > 5 && refused > 5, "\(read) read, \(refused) refused")
  }

  @Test func `regression, several classes and values read the same on both ways`() throws {
    var dice = Dice(9)
    let numbers = (0..<Self.rows).map { "\($0),\(dice.below(900)).5,-\(dice.below(900))e-1" }
    let (truths, guesses) = (["cat", "dog", "emu"], ["dog", "cat", "yak"])
    let several = (0..<Self.rows).map { "\($0),\(truths[dice.below(3)]),\(guesses[dice.below(3)])" }
    var classes = Predictions(task: .multiclass)
    (classes.id, classes.label, classes.prediction) = ("id", "y", "p")
    for (lines, spec, metric) in [(numbers, Making.regression, "rmse"), (several, classes, "f1-macro")] {
      let quick = try Making.table(Making.csv("id,y,p", lines), spec)
      let careful = try Making.table(Making.csv("id,y,p", Self.careful(lines)), spec)
      #expect(quick.testDataBytes == careful.testDataBytes)
      let value = RowMetrics.value(of: metric, rows: quick).value
      #expect(value != nil)
      #expect(value == RowMetrics.value(of: metric, rows: careful).value)
    }
  }
}
