import PawlCore

/// The stages of a run against time, each in the first lane that is free when it starts: as many lanes as stages ran at
/// the same time.
struct TimelineLanes {
  struct Bar {
    var entry: RunRecord.Entry
    /// Seconds after the run's start.
    var start: Double
    var end: Double
    var lane: Int
    /// Reused: it took no time of its own, and stands where it was settled.
    var isReused: Bool
  }

  /// In the order of their start.
  let bars: [Bar]
  /// At least one.
  let lanes: Int
  /// Seconds after the run's start.
  let end: Double

  init(_ record: RunRecord, withReused: Bool) {
    let zero = record.started?.seconds ?? 0
    var found: [(entry: RunRecord.Entry, start: Double, end: Double, isReused: Bool)] = []
    for entry in record.entries {
      guard let settled = entry.settled, settled.seconds.isFinite else { continue }
      let end = max(0, settled.seconds - zero)
      if let started = entry.started, started.seconds.isFinite {
        let start = max(0, started.seconds - zero)
        found.append((entry, start, max(start, end), false))
      } else if withReused, entry.settlement?.outcome == .reused {
        found.append((entry, end, end, true))
      }
    }
    let order = found.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
    var free: [Double] = []
    bars = order.map(\.element).map { item in
      let lane = free.firstIndex { $0 <= item.start } ?? free.count
      if lane == free.count { free.append(item.end) } else { free[lane] = item.end }
      return Bar(entry: item.entry, start: item.start, end: item.end, lane: lane, isReused: item.isReused)
    }
    lanes = max(1, free.count)
    end = bars.map(\.end).max() ?? 0
  }
}
