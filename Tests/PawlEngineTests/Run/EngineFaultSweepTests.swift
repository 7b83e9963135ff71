import Foundation
import PawlCore
import PawlEngine
import PawlSystem
import Testing

/// Every change of the disk that a run makes fails in turn; `PAWL_STUDY=full` fails each with each error.
///
/// A run that met a fault either ends as an undisturbed one, or says what failed and ends with status 4; it never
/// blames a stage. Every store can be read after, and the next run ends as if nothing had been.
@Suite(.serialized) struct EngineFaultSweepTests {
  private static let isFull = ProcessInfo.processInfo.environment["PAWL_STUDY"] == "full"

  @Test(.timeLimit(.minutes(60)))
  func `whatever step of a run fails, the run is complete or says so with status 4`() async throws {
    try await sweep(.tears)
  }

  @Test(.timeLimit(.minutes(60)))
  func `whenever the disk takes nothing any more, the run is complete or says so with status 4`() async throws {
    try await sweep(.killedHalfway)
  }

  private func sweep(_ trouble: Saboteur.Trouble) async throws {
    let prepared = try await SweptProject.prepared()
    let undisturbed = try prepared.copy()
    let counter = Saboteur.idle()
    let ending = await undisturbed.run(on: counter.watching(undisturbed.disk.root))
    try #require(ending.status == 0, "\(ending)")
    let expected = try undisturbed.results()
    try #require(expected.count == SweptProject.outputs.count)
    let steps = counter.steps.count
    #expect(Set(counter.steps.map(\.kind)) == Set(Disk.Step.Kind.allCases).subtracting([.truncate, .setTime]))
    var statuses: [Int32: Int] = [:]
    for step in 1...steps {
      // Both sweeps together meet every step, with errors in rotation.
      if !Self.isFull, step % 2 != (trouble == .tears ? 0 : 1) { continue }
      for error in Self.isFull ? Saboteur.errors : [Saboteur.errors[step / 2 % Saboteur.errors.count]] {
        let project = try prepared.copy()
        let saboteur = Saboteur(step, trouble, error: error)
        let before = try project.head()
        let ending = await project.run(on: saboteur.watching(project.disk.root))
        let place =
          "\(trouble) \(String(cString: strerror(error))) at \(step): \(saboteur.struck.first?.description ?? "nothing")"
        #expect(!saboteur.struck.isEmpty, "\(place)")
        statuses[ending.status, default: 0] += 1
        if Self.isFull { print("status \(ending.status) after \(place)") }
        try check(ending, project, expected, place)
        try checkPromotion(ending, project, before, place)
        try await project.checkStores(place)
        let next = await project.run(on: project.disk)
        #expect(next.status == 0, "next, \(place): \(next.diagnostics)")
        #expect(try project.results() == expected, "next, \(place)")
        if trouble == .tears, saboteur.struck.allSatisfy({ $0.kind != .remove }) {
          #expect(try project.temporaries() == [], "\(place)")
        }
        #expect(try project.rest() == [], "\(place)")
      }
    }
    // Most steps matter; what is speed only may fail unseen.
    #expect(statuses[4, default: 0] > statuses[0, default: 0] && statuses[0, default: 0] > 0, "\(statuses)")
    if Self.isFull { print("\(trouble): \(steps) steps, runs by status: \(statuses)") }
  }

  private func check(
    _ ending: SweptProject.Ending, _ project: SweptProject, _ expected: [String: Digest?], _ place: String
  ) throws {
    switch ending.status {
    case 0: #expect(try project.results() == expected, "\(place)")
    case 4:
      let errors = ending.diagnostics.filter { $0.severity == .error }
      #expect(!errors.isEmpty, "\(place)")
      for error in errors {
        #expect(error.message.contains("`") && error.cause != nil && error.remedy != nil, "\(place): \(error)")
      }
    default: Issue.record("status \(ending.status), \(place): \(ending.diagnostics)")
    }
    guard case .ran(let record) = ending else { return }
    for entry in record.entries {
      guard case .failed(let fault) = entry.settlement?.outcome else { continue }
      #expect(ending.status == 4, "\(place): \(entry.planned.id) failed: \(fault)")
    }
  }

  /// What is told as promoted is on the disk, and what is on the disk was told, where the disk let it be taken back.
  private func checkPromotion(
    _ ending: SweptProject.Ending, _ project: SweptProject, _ before: BaselineRecord?, _ place: String
  ) throws {
    let after = try project.head()
    guard case .ran(let record) = ending, let change = record.changes.first else {
      let isUndecided = ending.diagnostics.contains { $0.code == "system.not-durable" }
      #expect(after?.id == before?.id || isUndecided, "\(place)")
      #expect(ending.status != 0, "\(place): nothing was promoted")
      return
    }
    #expect(after?.id == change.record && after?.id != before?.id, "\(place)")
  }
}
