import PawlCore
import PawlReports
import Testing

struct LiveFrameTests {
  private func frame(_ running: [Progress], columns: Int = 120, rows: Int = 24, left: Double? = 2.1) -> LiveFrame {
    LiveFrame(running: running, done: 3, stages: 8, left: left, columns: columns, rows: rows)
  }

  private func training(_ seed: Int = 2) -> Progress {
    Progress(
      stage: StageID("train[seed=\(seed)]"), elapsed: 0.6, forecast: 0.9, lastLine: "epoch 3", done: 131, total: 200,
      metrics: [.init("loss", 0.081)], peakBytes: 38 << 20)
  }

  @Test func `a running stage has its time, its forecast, a bar in eighths, what it counts, and its memory`() {
    let lines = frame([training()]).lines(Style(width: 120))
    #expect(
      lines == [
        "  ⠋ train[seed=2]              0.6 s of about 0.9 s   ▕██████████▍     ▏   131/200   loss 0.081   38 MiB",
        "  3 of 8 done, about 2.1 s left" + String(repeating: " ", count: 67) + "Ctrl-C stops in order",
      ])
  }

  @Test func `a stage without a history has no bar, and the last line of its log`() {
    var progress = Progress(stage: StageID("split"), elapsed: 61, lastLine: "rows 333, \u{1B}[31mfolds\u{7} 5")
    progress.peakBytes = 5 << 20
    let lines = frame([progress], columns: 80, left: nil).lines(Style(width: 80))
    #expect(lines[0] == "  ⠋ split                      1 min 01 s   rows 333, folds\u{FFFD} 5   5.0 MiB")
    #expect(lines[1].hasPrefix("  3 of 8 done  "))
  }

  @Test func `in ASCII bar, spinner and marks are ASCII, and a long line ends in three points`() {
    let long = Progress(
      stage: StageID("train[seed=1,variant=very-long-name]"), elapsed: 3,
      lastLine: String(repeating: "word ", count: 40))
    let lines = frame([training(), long], columns: 90).lines(Style(ascii: true, width: 90))
    #expect(lines[0].contains("[##########      ]"))
    #expect(lines[1].hasSuffix("..."))
    #expect(lines.joined().unicodeScalars.allSatisfy { $0.isASCII })
  }

  @Test func `no line is wider than the terminal, however narrow, hostile or wide its letters`() throws {
    var running = [
      training(), Progress(stage: StageID("数据准备与清洗和特征工程以及更多"), elapsed: 1e12, lastLine: "数据数据数据数据数据数据数据数据数据"),
      Progress(stage: StageID("x"), elapsed: .nan, forecast: .nan, lastLine: "a\rb\u{1B}]0;title\u{7}c"),
      Progress(
        stage: StageID("y"), elapsed: -1, forecast: -1, done: .infinity, total: 0,
        metrics: [.init("a", .nan), .init("b", -.infinity), .init("c", 1e300), .init("d", 0), .init("e", 1)]),
      Progress(stage: StageID("z"), elapsed: 0, forecast: 0, done: 1e15, total: 1e-300, peakBytes: .max),
    ]
    for one in try Hostile.load() {
      running.append(Progress(stage: StageID(one.string), elapsed: 1, forecast: 2, lastLine: one.string))
    }
    for columns in [1, 8, 20, 21, 33, 40, 49, 50, 69, 70, 80, 132, 400] {
      for style in [Style(width: columns), Style(ascii: true, width: columns), Style(colour: true, width: columns)] {
        for line in frame(running, columns: columns, rows: 400).lines(style) {
          #expect(Columns.width(Escaping.withoutANSI(line)) <= max(7, columns - 1), "\(columns): \(line)")
          #expect(!line.contains("\n") && !line.contains("\r"))
        }
      }
    }
  }

  @Test func `at 20 columns name and time are left`() {
    #expect(frame([training()], columns: 20).lines(Style(width: 20)) == ["  ⠋ train[s… 0.6 s", "  3 of 8 done"])
  }

  @Test func `more stages than rows are counted, and the frame leaves a row for the cursor`() {
    let running = (1...20).map(training)
    let lines = frame(running, rows: 10).lines(Style(width: 120))
    #expect(lines.count == 9)
    #expect(lines[7] == "    and 13 more")
    #expect(frame(running, rows: 1).lines(Style()).count == 2)
    #expect(frame(running, rows: 22).lines(Style()).count == 21)
  }

  @Test func `nothing is drawn when nothing runs, and stopping is said`() {
    #expect(frame([]).lines(Style()).isEmpty)
    var stopping = frame([training()])
    stopping.isStopping = true
    #expect(stopping.lines(Style()).last?.hasSuffix("stopping; Ctrl-C ends it now") ?? false)
  }

  @Test func `only what changed moves: a count keeps its place as it grows`() {
    var places: Set<Int> = []
    for done in [1.0, 12, 200] {
      var progress = training()
      progress.done = done
      let line = frame([progress]).lines(Style())[0]
      places.insert(line.firstRange(of: "loss").map { line.distance(from: line.startIndex, to: $0.lowerBound) } ?? -1)
    }
    #expect(places.count == 1 && !places.contains(-1))
  }
}

/// What a terminal shows: enough of ECMA-48 for what Pawl sends.
struct Screen {
  var lines: [[Character]] = [[]]
  var row = 0
  var column = 0
  let columns: Int

  init(columns: Int) { self.columns = columns }

  mutating func take(_ text: String) {
    var rest = Array(text)[...]
    while let character = rest.popFirst() {
      switch character {
      case "\r": column = 0
      case "\n", "\r\n":
        row += 1
        column = 0
        if row == lines.count { lines.append([]) }
      case "\u{1B}":
        let end = rest.dropFirst().firstIndex { $0.isLetter } ?? rest.endIndex - 1
        let body = String(rest[(rest.startIndex + 1)..<end])
        let letter = rest[end]
        rest = rest[(end + 1)...]
        switch letter {
        case "A": row = max(0, row - (Int(body) ?? 1))
        case "K": lines[row] = Array(lines[row].prefix(column))
        case "J":
          lines[row] = Array(lines[row].prefix(column))
          lines = Array(lines.prefix(row + 1))
        case _: break
        }
      case _:
        if column == columns {
          row += 1
          column = 0
          if row == lines.count { lines.append([]) }
        }
        while lines[row].count <= column { lines[row].append(" ") }
        lines[row][column] = character
        column += 1
      }
    }
  }

  var text: [String] { lines.map { String($0) } }
}

struct LiveScreenTests {
  @Test func `finished lines stay above, live lines are replaced, and the end is clean`() {
    var live = LiveScreen()
    var screen = Screen(columns: 40)
    screen.take(live.frame(finished: ["banner"], live: ["a 1", "b 1", "summary"], columns: 40))
    screen.take(live.frame(finished: [], live: ["a 2 longer", "b 2", "summary"], columns: 40))
    #expect(screen.text == ["banner", "a 2 longer", "b 2", "summary", ""])
    screen.take(live.frame(finished: ["a done"], live: ["b 3", "summary"], columns: 40))
    #expect(screen.text == ["banner", "a done", "b 3", "summary", ""])
    screen.take(live.frame(finished: ["b done"], live: [], columns: 40))
    #expect(screen.text == ["banner", "a done", "b done", ""])
    #expect(live.frame(finished: [], live: [], columns: 40).isEmpty)
  }

  @Test func `what the terminal echoes is erased, and a finished line as wide as the terminal keeps its end`() {
    var live = LiveScreen()
    var screen = Screen(columns: 10)
    screen.take(live.frame(finished: [], live: ["a", "s"], columns: 10))
    screen.take("^C")
    screen.take(live.frame(finished: ["0123456789", "0123456789abc"], live: ["a", "s"], columns: 10))
    #expect(screen.text == ["0123456789", "0123456789", "abc", "a", "s", ""])
  }

  @Test func `a terminal that became narrower has broken the old lines, and they go`() {
    var live = LiveScreen()
    var screen = Screen(columns: 10)
    _ = live.frame(finished: [], live: [String(repeating: "x", count: 19), "s"], columns: 20)
    // What a terminal makes of them at 10 columns.
    screen.take(String(repeating: "x", count: 19) + "\ns\n")
    screen.take(live.frame(finished: ["done"], live: ["y", "s"], columns: 10))
    #expect(screen.text == ["done", "y", "s", ""])
  }

  @Test func `a frame is one synchronised write`() {
    var live = LiveScreen()
    let text = live.frame(finished: ["done"], live: ["a", "s"], columns: 80)
    #expect(text.hasPrefix("\u{1B}[?2026h") && text.hasSuffix("\u{1B}[?2026l"))
  }
}
