import Foundation
import PawlCore
import PawlReports
import Testing

struct TimelineTests {
  @Test func `the timeline of every canonical run is as kept`() {
    for (name, record) in CanonicalRuns.all {
      Goldens.check(TimelineText.lines(record, style: Style()).joined(separator: "\n") + "\n", "\(name)/timeline.txt")
    }
    Goldens.check(
      TimelineText.lines(CanonicalRuns.broken, style: Style(ascii: true, width: 60)).joined(separator: "\n") + "\n",
      "broken/timeline-ascii.txt")
    Goldens.check(TimelineTrace.render(CanonicalRuns.broken), "broken/trace.json")
  }

  @Test func `no two bars of a slot overlap, and times are microseconds`() throws {
    for (_, record) in CanonicalRuns.all {
      let data = Data(TimelineTrace.render(record).utf8)
      let json = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      let events = try #require(json["traceEvents"] as? [[String: Any]])
      let bars = events.filter { $0["ph"] as? String == "X" }
      #expect(!bars.isEmpty)
      for (_, lane) in Dictionary(grouping: bars, by: { $0["tid"] as? Int ?? 0 }) {
        var end = 0
        for bar in lane {
          let start = bar["ts"] as? Int ?? -1
          #expect(start >= end)
          end = start + (bar["dur"] as? Int ?? 0)
        }
      }
    }
  }

  @Test func `no line is wider than the terminal`() {
    for (_, record) in CanonicalRuns.all {
      for line in TimelineText.lines(record, style: Style(width: 80)) { #expect(Columns.width(line) <= 80, "\(line)") }
    }
  }

  @Test func `a run without a stage says so`() {
    #expect(TimelineText.lines(RunRecord(), style: Style()) == ["nothing ran, and nothing was reused"])
  }
}

/// The forecast of a run against what the run takes when its stages take as long as the last time, give or take.
struct TimeLeftTests {
  private typealias Progress = PawlCore.Progress

  private struct Job {
    var name: String
    var needs: [String] = []
    var seconds: Double
  }

  /// A run of scripted stages: longest remaining path first, so many at a time. The seconds it takes.
  private func run(_ jobs: [Job], slots: Int, noise: (Int) -> Double) -> Double {
    var paths: [String: Double] = [:]
    for job in jobs.reversed() {
      paths[job.name] =
        job.seconds + (jobs.filter { $0.needs.contains(job.name) }.compactMap { paths[$0.name] }.max() ?? 0)
    }
    var ended: Set<String> = []
    var started: Set<String> = []
    var running: [(end: Double, name: String)] = []
    var now = 0.0
    while ended.count < jobs.count {
      let ready = jobs.enumerated().filter { _, job in
        !started.contains(job.name) && job.needs.allSatisfy(ended.contains)
      }.sorted { (paths[$0.element.name] ?? 0) > (paths[$1.element.name] ?? 0) }
      for (index, job) in ready.prefix(max(0, slots - running.count)) {
        started.insert(job.name)
        running.append((now + job.seconds * noise(index), job.name))
      }
      running.sort { $0.end < $1.end }
      guard let first = running.first else { return now }
      now = first.end
      ended.insert(first.name)
      running.removeFirst()
    }
    return now
  }

  private let penguins: [Job] = [
    Job(name: "split", seconds: 0.4), Job(name: "train1", needs: ["split"], seconds: 9),
    Job(name: "train2", needs: ["split"], seconds: 11), Job(name: "train3", needs: ["split"], seconds: 10),
    Job(name: "evaluate1", needs: ["train1"], seconds: 1.1), Job(name: "evaluate2", needs: ["train2"], seconds: 1),
    Job(name: "evaluate3", needs: ["train3"], seconds: 1.2),
    Job(name: "report", needs: ["evaluate1", "evaluate2", "evaluate3"], seconds: 2),
  ]

  private func forecast(_ jobs: [Job], slots: Int) -> TimeLeft {
    TimeLeft(
      jobs.map { (id: StageID($0.name), needs: $0.needs.map { StageID($0) }, seconds: $0.seconds) },
      capacity: .init(slots: slots, cpus: 1, memory: 0))
  }

  @Test(arguments: [1, 2, 3, 8]) func `the second run takes what the first foretold, within 20 percent`(_ slots: Int)
    throws
  {
    let steps = (0..<64).map { Job(name: "step\($0)", seconds: 1 + Double($0 % 7) / 10) }
    for jobs in [penguins, steps] {
      for shift in 0..<5 {
        let real = run(jobs, slots: slots) { 1 + Double(($0 * 7 + shift * 3) % 5 - 2) * 0.05 }
        let told = try #require(forecast(jobs, slots: slots).seconds(isSettled: { _ in false }, running: []))
        #expect(abs(told - real) <= 0.2 * real, "\(told) s foretold, \(real) s taken")
      }
    }
  }

  @Test func `what is done or under way is taken off`() throws {
    let forecast = forecast(penguins, slots: 3)
    let done: Set<String> = ["split", "train1"]
    let running = [
      Progress(stage: StageID("train2"), elapsed: 6, forecast: 11), Progress(stage: StageID("train3"), elapsed: 6),
    ]
    let left = try #require(forecast.seconds(isSettled: { done.contains($0.name) }, running: running))
    // train3 has 4 s and its evaluation 1.2 s, train2 5 s and 1 s; then the report.
    #expect(abs(left - 8) < 0.001)
  }

  @Test func `a stage that nobody knows makes the end unknown, unless it counts`() {
    let forecast = TimeLeft(
      [(id: StageID("a"), needs: [], seconds: nil)], capacity: .init(slots: 1, cpus: 1, memory: 0))
    #expect(forecast.seconds(isSettled: { _ in false }, running: [Progress(stage: StageID("a"), elapsed: 3)]) == nil)
    let counting = Progress(stage: StageID("a"), elapsed: 3, done: 30, total: 40)
    #expect(forecast.seconds(isSettled: { _ in false }, running: [counting]) == 1)
  }

  @Test func `stages that share what there is one of take turns`() {
    let stages = (0..<3).map { (id: StageID("s\($0)"), needs: [StageID](), seconds: Optional(2.0)) }
    let locked = Dictionary(
      stages.map { ($0.id, Resources(locks: ["board"])) }, uniquingKeysWith: { first, _ in first })
    let room = Schedule.Capacity(slots: 3, cpus: 1, memory: 0)
    #expect(TimeLeft(stages, capacity: room).seconds(isSettled: { _ in false }, running: []) == 2)
    let left = TimeLeft(stages, capacity: room, wants: locked)
    #expect(left.seconds(isSettled: { _ in false }, running: []) == 6)
    #expect(
      left.seconds(isSettled: { $0 == StageID("s0") }, running: [Progress(stage: StageID("s1"), elapsed: 1)]) == 3)
    // What fits nowhere is no reason to wait for ever.
    let large = [stages[0].id: Resources(gpus: 9), stages[1].id: Resources(counts: ["licenses": 4])]
    #expect(TimeLeft(stages, capacity: room, wants: large).seconds(isSettled: { _ in false }, running: []) == 4)
  }

  @Test func `ten thousand stages are bounded by their work and their longest path`() {
    let many = (0..<10_000).map { (id: StageID("s\($0)"), needs: [StageID](), seconds: Optional(1.0)) }
    #expect(
      TimeLeft(many, capacity: .init(slots: 16, cpus: 1, memory: 0)).seconds(isSettled: { _ in false }, running: [])
        == 625)
  }

  @Test func `times that are no times and needs that point backwards are harmless`() {
    let odd = TimeLeft(
      [
        (id: StageID("a"), needs: [StageID("b"), StageID("a"), StageID("gone")], seconds: .nan),
        (id: StageID("b"), needs: [StageID("a")], seconds: -1),
      ], capacity: .init(slots: 0, cpus: 1, memory: 0))
    #expect(odd.seconds(isSettled: { _ in false }, running: []) == nil)
  }
}
