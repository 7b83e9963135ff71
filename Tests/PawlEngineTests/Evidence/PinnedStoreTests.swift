import PawlCore
import PawlEngine
import PawlGate
import PawlSystem
import Testing

/// A store as a git revision has it.
@Suite struct PinnedStoreTests {
  private let repository: GitScratch

  init() throws { repository = try GitScratch() }

  private func record(_ id: String) -> BaselineRecord {
    BaselineRecord(id: id, name: "production", run: "run-\(id)", workflow: "w", time: Timestamp(1), verdict: .pass)
  }

  private func promote(_ id: String, after parents: [String] = [], rows: String = "id,label\n1,a\n") throws {
    let content = BaselineContent(digest: Digester.digest(rows), bytes: Array(rows.utf8), name: "rows.csv")
    _ = try BaselineStore(disk: repository.disk, folder: "baselines").promote(
      record: record(id), contents: [content], expecting: parents)
  }

  private func head(at revision: String?) -> BaselineHeads.State {
    var heads = BaselineHeads()
    var reference = BaselineReference(.named("production"), store: "baselines")
    reference.revision = revision
    return heads.look(up: reference, disk: repository.disk, runs: RunStore(disk: repository.disk))
  }

  private func id(_ state: BaselineHeads.State) -> String? {
    if case .one(let record) = state { record.id } else { nil }
  }

  @Test func `heads, records and content come from git's objects, not from the working tree`() throws {
    try promote("1")
    let old = try repository.commit("one")
    try promote("2", after: ["1"], rows: "id,label\n2,b\n")
    let new = try repository.commit("two")
    #expect(id(head(at: nil)) == "2")
    #expect(id(head(at: new)) == "2")
    #expect(id(head(at: old)) == "1")
    try repository.disk.remove("baselines/production/1", recursively: true)
    let store = try BaselineStore.pinned("baselines", at: old, repository.disk)
    let record = try store.record("production", "1")
    #expect(try store.content(record, Digester.digest("id,label\n1,a\n")) == Array("id,label\n1,a\n".utf8))
    #expect(try store.history("production").map(\.id) == ["1"])
  }

  @Test func `content that git has only a pointer of is taken from the working tree, checked by its digest`() throws {
    try promote("1")
    let path = "baselines/production/1/rows.csv"
    let whole = try #require(try repository.disk.read(path))
    try repository.write(path, "version https://git-lfs.github.com/spec/v1\n")
    let pinned = try repository.commit("pointer")
    let store = try BaselineStore.pinned("baselines", at: pinned, repository.disk)
    let record = try store.record("production", "1")
    #expect(try store.content(record, Digester.digest(whole)) == nil)
    try repository.disk.write(path, whole)
    #expect(try store.content(record, Digester.digest(whole)) == whole)
  }

  @Test func `a store that a change brings along is not what it is compared with`() throws {
    let old = try repository.commit("nothing yet")
    try promote("1")
    try repository.commit("a baseline of one's own")
    guard case .nothing(let diagnostic) = head(at: old) else {
      Issue.record("it was compared with \(head(at: old))")
      return
    }
    #expect(diagnostic.message.contains(String(old.prefix(7))))
  }

  @Test func `a store that does not lie in git is the working tree's`() throws {
    try repository.write(".gitignore", "/baselines/\n")
    let old = try repository.commit("ignored")
    try promote("1")
    #expect(id(head(at: old)) == "1")
  }

  @Test func `a revision that is not here is no guess`() throws {
    try promote("1")
    try repository.commit("one")
    guard case .unusable(let diagnostic) = head(at: "0123456789012345678901234567890123456789") else {
      Issue.record("it was found")
      return
    }
    #expect(diagnostic.code == "system.unknown-revision")
  }

  @Test func `what was judged against a pinned head that is not the store's is judged again`() throws {
    try promote("1")
    let old = try repository.commit("one")
    guard case .one(let pinned) = head(at: old) else { throw Missing(path: "production") }
    try promote("2", after: ["1"])
    var draft = record("x")
    draft.run = "r"
    draft.parents = [pinned.id]
    var options = RunOptions()
    (options.allowsDirty, options.bootstraps) = (true, true)
    func attempt() -> [Diagnostic] {
      diagnostics {
        let promotion = Promotion(
          disk: repository.disk, objects: ObjectStore(disk: repository.disk), options: options, name: "production",
          reference: BaselineReference(.named("production"), store: "baselines"))
        try promotion.check(draft, [])
        _ = try promotion.write(draft, at: Timestamp(9))
      }
    }
    #expect(attempt().map(\.code) == ["baseline.head-moved"])
    // Nor is it the first one where the store has lost what it was judged against.
    try repository.disk.remove("baselines", recursively: true)
    #expect(attempt().map(\.code) == ["baseline.head-moved"])
    draft.parents = []
    #expect(attempt() == [])
  }
}
