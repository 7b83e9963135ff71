import PawlCore
import PawlEngine
import Testing

@Suite struct WireTests {
  @Test func `every kind of event is read back equal, whatever it holds`() throws {
    var draw = Draw(seed: 20_261_124)
    for round in 0..<60 {
      for kind in 0..<Draw.kinds {
        let event = draw.event(kind)
        let reading = try Wire.read(Wire.line(event), file: "events.jsonl")
        #expect(reading.events == [event], "round \(round), kind \(kind)")
        #expect(reading.caveats.isEmpty && reading.tornBytes == 0)
      }
    }
  }

  @Test func `numbers that are not numbers keep their place and everything around them`() throws {
    var draw = Draw(seed: 7)
    draw.drawsNaN = true
    for kind in Array(0..<Draw.kinds) + Array(repeating: 5, count: 200) {
      let line = Wire.line(draw.event(kind))
      let reading = try Wire.read(line, file: "events.jsonl")
      let again = reading.events.map { Wire.line($0) }
      #expect(again == [line])
    }
  }

  @Test func `a log of many events is one line each, in order`() throws {
    var draw = Draw(seed: 3)
    let events = (0..<200).map { draw.event($0 % Draw.kinds) }
    let bytes = events.flatMap { Wire.line($0) }
    #expect(bytes.count { $0 == 0x0A } == events.count)
    #expect(try Wire.read(bytes, file: "events.jsonl").events == events)
    let ends = try Wire.readEnds(bytes, file: "events.jsonl")
    #expect(ends.first == events.first)
    #expect(ends.last == events.last)
  }

  @Test func `a line looks like this for as long as its version stands`() throws {
    let event = Event(
      sequence: 3, time: Timestamp(1_735_689_600.25),
      kind: .attemptStarted(StageID("train[seed=1]"), attempt: 1, why: [.inputChanged("data/train.csv"), .forced]))
    let line =
      #"{"sum":"872644d463e8d05e","v":1,"n":3,"t":1735689600.25,"kind":"attempt-started","stage":"train[seed=1]","#
      + #""attempt":1,"why":[["input-changed","data/train.csv"],"forced"]}"# + "\n"
    #expect(String(decoding: Wire.line(event), as: UTF8.self) == line)
    #expect(try Wire.read(Array(line.utf8), file: "events.jsonl").events == [event])
  }

  @Test func `a log cut anywhere holds every event that was whole`() throws {
    var draw = Draw(seed: 11)
    let events = (0..<4).map { _ in draw.event(9) }
    let lines = events.map { Wire.line($0) }
    let bytes = Array(lines.joined())
    for cut in 0...bytes.count {
      let reading = try Wire.read(Array(bytes.prefix(cut)), file: "events.jsonl")
      var whole = 0
      var length = 0
      while whole < lines.count, length + lines[whole].count <= cut {
        length += lines[whole].count
        whole += 1
      }
      #expect(reading.events == Array(events.prefix(whole)))
      #expect(reading.tornBytes == cut - length && reading.intactBytes == length)
      #expect(reading.caveats.isEmpty)
    }
  }

  @Test func `any single byte altered in the last line leaves the lines before it`() throws {
    var draw = Draw(seed: 5)
    let first = draw.event(8)
    let last = draw.event(9)
    let start = Wire.line(first)
    let end = Wire.line(last)
    for index in end.indices {
      var altered = end
      altered[index] ^= 0x15
      let reading = try Wire.read(start + altered, file: "events.jsonl")
      #expect(reading.events == [first], "byte \(index)")
      #expect(reading.tornBytes == end.count)
    }
  }

  @Test func `damage in the middle ends the reading there, and is said`() throws {
    var draw = Draw(seed: 6)
    let events = (0..<3).map { _ in draw.event(9) }
    var lines = events.map { Wire.line($0) }
    lines[1][40] ^= 1
    let reading = try Wire.read(Array(lines.joined()), file: ".pawl/runs/a/events.jsonl")
    #expect(reading.events == [events[0]])
    #expect(
      reading.caveats == [
        Diagnostic(
          "store.damaged-log", "`.pawl/runs/a/events.jsonl` is damaged from line 2 on; what follows was left out",
          severity: .warning, cause: "the line's checksum does not fit, and whole lines follow it")
      ])
  }

  @Test func `kinds and members of a later version are passed over`() throws {
    let known = Event(sequence: 2, time: Timestamp(2), kind: .cancelRequested(signal: 15))
    let bytes =
      Frame.line(Array(#""v":1,"n":1,"t":1.0,"kind":"moon-phase","moon":"full""#.utf8))
      + Frame.line(Array(#""v":1,"n":2,"t":2.0,"kind":"cancel-requested","signal":15,"mood":{"calm":[true]}"#.utf8))
    let reading = try Wire.read(bytes, file: "events.jsonl")
    #expect(reading.events == [known])
    #expect(reading.caveats.isEmpty)
  }

  @Test func `an event that this version cannot understand is left out and named`() throws {
    let bytes = Frame.line(Array(#""v":1,"n":1,"t":1.0,"kind":"run-finished","verdict":"moody","exit-status":0"#.utf8))
    let reading = try Wire.read(bytes, file: "events.jsonl")
    #expect(reading.events.isEmpty)
    #expect(reading.caveats.map(\.code) == ["store.unknown-event"])
    #expect(reading.caveats.first?.cause == "`moody` is missing or not known to this version of pawl")
  }

  @Test func `a log of a newer major version is refused with what to do`() throws {
    let bytes = Frame.line(Array(#""v":2,"n":1,"t":1.0,"kind":"run-finished""#.utf8))
    let found = diagnostics { _ = try Wire.read(bytes, file: "events.jsonl") }
    #expect(
      found == [
        Diagnostic(
          "store.newer-version", "`events.jsonl` was written by a newer pawl (format 2; this one reads 1)",
          remedy: "update pawl, or use the version that wrote it")
      ])
  }

  @Test func `bytes that are no log at all are a torn tail, never a crash`() throws {
    var draw = Draw(seed: 99)
    for _ in 0..<300 {
      let bytes = (0..<draw.below(200)).map { _ in UInt8(truncatingIfNeeded: draw.bits()) }
      let reading = try Wire.read(bytes, file: "events.jsonl")
      #expect(reading.events.isEmpty)
      #expect(reading.tornBytes == bytes.count)
    }
  }

  @Test func `framed text that is hostile JSON is never an event`() throws {
    for body in [
      "", "}", #""v":1"#, #""v":1,"kind":"stage-settled","stage":"a","settlement":null,"n":1,"t":1"#,
      #""v":"x","n":1,"t":1,"kind":"cancel-requested","signal":99999999999"#,
      #""v":1,"n":1,"t":1,"kind":"attempt-started","stage":"a","attempt":1,"why":[[]]"#,
      #""v":1,"n":1,"t":1,"kind":"attempt-started","stage":"a","attempt":1,"why":[["input-changed"]]"#,
      #""v":1,"n":1,"t":1,"kind":"run-finished","verdict":"passed","exit-status":77"#,
      #""v":1,"n":1e3,"t":1,"kind":"cancel-requested","signal":1"#,
    ] {
      #expect(try Wire.read(Frame.line(Array(body.utf8)), file: "events.jsonl").events.isEmpty, "\(body)")
    }
  }

  @Test func `a type that gained a member is noticed here, where its wire form must gain one too`() {
    var draw = Draw(seed: 1)
    func members(_ value: Any) -> Int { Mirror(reflecting: value).children.count }
    let rule = GateRule(metric: "", comparison: .within([]), direction: .lowerIsBetter, line: "")
    let settlement = Settlement(outcome: .succeeded)
    #expect(members(RunHead(id: nil, workflow: "", file: "", version: "")) == 13)
    #expect(members(settlement) == 12)
    #expect(members(draw.judgement()) == 20)
    #expect(members(rule) == 17)
    #expect(members(draw.gate()) == 11)
    #expect(members(draw.record()) == 16)
    #expect(members(draw.kept()) == 6)
    #expect(members(draw.made()) == 5)
    #expect(members(draw.diagnostic()) == 6)
    #expect(members(draw.location()) == 5)
    #expect(members(draw.measurement()) == 3)
    #expect(members(Estimate(value: 0)) == 6)
    #expect(members(Difference(value: 0, confidence: 0)) == 4)
    #expect(members(BaselineUse(name: "")) == 6)
    #expect(members(Decidable(metric: "", rows: 0, disagreement: 0, margin: 0, blocksEqual: 0)) == 5)
    #expect(members(Usage(seconds: 0)) == 3)
    #expect(members(BaselineChange(name: "", record: "", folder: "", parents: [])) == 4)
  }
}
