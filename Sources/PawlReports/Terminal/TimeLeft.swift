package import PawlCore

/// How long a run will still take: its stages in the order of their longest remaining path, as many at a time as the
/// machine has room for.
package struct TimeLeft: Sendable {
  private let ids: [StageID]
  private let needs: [[Int]]
  private let followers: [[Int]]
  private let seconds: [Double?]
  /// Seconds from a stage's start to the end of everything that waits for it.
  private let paths: [Double]
  private let wants: [Resources]
  private let capacity: Schedule.Capacity
  /// Above this the exact order costs more than it tells.
  private static let most = 500

  /// - Parameters:
  ///   - stages: in an order in which what is needed comes first; seconds are nil where nobody knows.
  ///   - wants: what they ask of the machine; nothing where it names none.
  package init(
    _ stages: [(id: StageID, needs: [StageID], seconds: Double?)], capacity: Schedule.Capacity,
    wants: [StageID: Resources] = [:]
  ) {
    ids = stages.map(\.id)
    let positions = Dictionary(ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let needs = stages.enumerated().map { index, stage in
      stage.needs.compactMap { positions[$0] }.filter { $0 < index }
    }
    var followers = [[Int]](repeating: [], count: stages.count)
    for (index, list) in needs.enumerated() { for need in list { followers[need].append(index) } }
    let known = stages.map { $0.seconds.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }
    var paths = [Double](repeating: 0, count: stages.count)
    for index in stages.indices.reversed() {
      paths[index] = (known[index] ?? 0) + (followers[index].map { paths[$0] }.max() ?? 0)
    }
    (self.needs, self.followers, seconds, self.paths) = (needs, followers, known, paths)
    self.wants = ids.map { wants[$0] ?? Resources() }
    self.capacity = capacity
  }

  /// Seconds until the last stage ends; nil while a stage is open whose time nobody knows.
  ///
  /// - Parameters:
  ///   - isSettled: whether a stage has ended.
  ///   - running: what runs now, with its elapsed seconds and what it says of itself.
  package func seconds(isSettled: (StageID) -> Bool, running: [Progress]) -> Double? {
    let alive = Dictionary(running.map { ($0.stage, $0) }, uniquingKeysWith: { first, _ in first })
    var rest = [Double?](repeating: nil, count: ids.count)
    for index in ids.indices where !isSettled(ids[index]) {
      guard let left = alive[ids[index]].map({ self.left($0, seconds[index]) }) ?? seconds[index] else { return nil }
      rest[index] = left
    }
    let open = ids.indices.filter { rest[$0] != nil }
    if open.count > TimeLeft.most { return bound(open, rest) }
    return simulate(open, rest) { alive[ids[$0]] != nil }
  }

  /// What a running stage still needs: by its history, else by what it says is done.
  private func left(_ progress: Progress, _ known: Double?) -> Double? {
    guard progress.elapsed.isFinite else { return nil }
    if let fraction = progress.fraction, fraction > 0.05 {
      return progress.elapsed * (1 - fraction) / fraction
    }
    return known.map { max(0, $0 - progress.elapsed) }
  }

  /// No schedule is faster than its work spread evenly, or than its longest path.
  private func bound(_ open: [Int], _ rest: [Double?]) -> Double {
    let work = open.reduce(0) { $0 + (rest[$1] ?? 0) }
    let longest = open.reduce(0) { max($0, paths[$1] - (seconds[$1] ?? 0) + (rest[$1] ?? 0)) }
    return max(work / Double(capacity.slots), longest)
  }

  private func simulate(_ open: [Int], _ rest: [Double?], _ runs: (Int) -> Bool) -> Double {
    var awaited = [Int](repeating: 0, count: ids.count)
    var ready: [Int] = []
    var working: [(end: Double, index: Int, gpus: [Int])] = []
    var free = Pool(capacity)
    for index in open {
      awaited[index] = needs[index].count { rest[$0] != nil }
      if runs(index) {
        working.append((rest[index] ?? 0, index, free.take(wants[index])))
      } else if awaited[index] == 0 {
        ready.append(index)
      }
    }
    var now = 0.0
    while true {
      ready.sort { paths[$0] > paths[$1] }
      var waiting: [Int] = []
      for next in ready {
        // What fits nowhere would wait for ever: a run refuses it before it starts.
        if free.fits(wants[next]) || working.isEmpty {
          working.append((now + (rest[next] ?? 0), next, free.take(wants[next])))
        } else {
          waiting.append(next)
        }
      }
      ready = waiting
      guard let first = working.indices.min(by: { working[$0].end < working[$1].end }) else { return now }
      let ended = working.remove(at: first)
      free.give(wants[ended.index], gpus: ended.gpus)
      now = max(now, ended.end)
      for follower in followers[ended.index] where rest[follower] != nil && !runs(follower) {
        awaited[follower] -= 1
        if awaited[follower] == 0 { ready.append(follower) }
      }
    }
  }
}
