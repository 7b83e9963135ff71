package import PawlCore
import PawlFormats

/// `pawl show --timeline --format json`: the Trace Event Format of Chrome, which Perfetto opens.
///
/// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU: complete events (`X`) with `ts` and
/// `dur` in microseconds after the run's start, a thread (`tid`) for each slot, names as metadata (`M`). What was
/// reused took no time and is an instant (`i`).
package enum TimelineTrace {
  package static func render(_ record: RunRecord) -> String {
    let lanes = TimelineLanes(record, withReused: true)
    var json = JSONWriter(.pretty)
    json.object { json in
      json.key("traceEvents")
      json.array { json in
        name("process_name", "pawl \(record.head?.workflow ?? "run")", thread: 0, &json)
        for lane in 0..<lanes.lanes { name("thread_name", "slot \(lane + 1)", thread: lane + 1, &json) }
        for bar in lanes.bars { event(bar, &json) }
      }
      json.member("displayTimeUnit", "ms")
      json.key("otherData")
      json.object { json in
        json.member("run", record.head?.id)
        json.member("workflow", record.head?.workflow)
        json.member("commit", record.head?.commit)
        json.member("started", record.started?.rfc3339)
        json.member("verdict", Wording.conclusion(record).verdict.rawValue)
      }
    }
    json.newline()
    return json.text
  }

  private static func name(_ kind: String, _ text: String, thread: Int, _ json: inout JSONWriter) {
    json.object { json in
      json.member("name", kind)
      json.member("ph", "M")
      json.member("pid", 1)
      json.member("tid", thread)
      json.key("args")
      json.object { json in json.member("name", text) }
    }
  }

  private static func event(_ bar: TimelineLanes.Bar, _ json: inout JSONWriter) {
    let entry = bar.entry
    json.object { json in
      json.member("name", entry.planned.id.name)
      json.member("cat", entry.planned.kind)
      json.member("ph", bar.isReused ? "i" : "X")
      json.member("ts", microseconds(bar.start))
      if bar.isReused {
        json.member("s", "t")
      } else {
        json.member("dur", microseconds(bar.end) - microseconds(bar.start))
      }
      json.member("pid", 1)
      json.member("tid", bar.lane + 1)
      json.key("args")
      json.object { json in arguments(entry, &json) }
    }
  }

  private static func arguments(_ entry: RunRecord.Entry, _ json: inout JSONWriter) {
    json.member("outcome", Wording.outcome(entry))
    json.member("ending", Numbers.forMachines(Wording.ending(entry)))
    if entry.attempts > 0 { json.member("attempts", entry.attempts) }
    if Wording.isFlaky(entry) { json.member("flaky", true) }
    let why = Wording.why(entry)
    if !why.isEmpty { json.member("why", why.map(Numbers.forMachines)) }
    if let usage = entry.settlement?.usage {
      json.member("cpu-seconds", ResultJSON.milliseconds(usage.cpuSeconds))
      json.member("peak-bytes", usage.peakBytes)
    }
    if let key = entry.settlement?.key { json.member("key", key.hex) }
  }

  private static func microseconds(_ seconds: Double) -> Int {
    seconds.isFinite ? Int((min(max(0, seconds), 1e9) * 1e6).rounded()) : 0
  }
}
