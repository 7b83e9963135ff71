import Glibc
import PawlCore
import Testing

@testable import PawlSystem

@Suite struct DigestTests {
  private let shop = Workshop()

  private func digest(_ path: String, ignore: [String] = []) throws -> String {
    try #require(try TreeDigest().content(of: path, root: shop.disk, ignore: ignore)).digest.hex
  }

  @Test func `known vectors of FIPS 180-4`() throws {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    let million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(Digester.digest([]).hex == empty)
    #expect(Digester.digest("abc").hex == abc)
    #expect(Digester.digest(repeatElement(0x61, count: 1_000_000)).hex == million)
    try shop.write("million", String(repeating: "a", count: 1_000_000))
    #expect(try Digester.digest(file: shop.path("million")).hex == million)
    for size in [0, 1, 4095, 4096, 4097, 1 << 20, 1 << 20 + 1] {
      let bytes = [UInt8](repeating: 7, count: size)
      try shop.disk.write("sized", bytes)
      #expect(try Digester.digest(file: shop.path("sized")) == Digester.digest(bytes))
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `what is no file has no digest, and a FIFO is not waited for`() throws {
    try shop.shell("mkfifo pipe; mkdir folder; ln -s gone dangling")
    #expect(
      try diagnostic { try Digester.digest(file: shop.path("folder")) }.cause == "Is a directory")
    #expect(
      try diagnostic { try Digester.digest(file: shop.path("pipe")) }.message
        == "cannot read `\(shop.path("pipe"))`")
    #expect(
      try diagnostic { try Digester.digest(file: shop.path("gone")) }.code == "system.not-found")
    #expect(try TreeDigest().content(of: "gone", root: shop.disk) == nil)
    #expect(try TreeDigest().content(of: "dangling", root: shop.disk) == nil)
    // In a folder it counts by what it is.
    let content = try #require(try TreeDigest().content(of: ".", root: shop.disk))
    guard case .folder(_, let leaves) = content else {
      Issue.record("a folder is a folder")
      return
    }
    #expect(
      leaves.map { "\($0.path) \($0.kind)" } == [
        "dangling link(\"gone\")", "folder emptyFolder", "pipe other",
      ])
  }

  @Test
  func `a folder's digest changes with content, names, execute bits, links and empty folders`()
    throws
  {
    try shop.write("tree/a/one", "1")
    try shop.write("tree/a/two", "2")
    try shop.write("tree/b", "3")
    try shop.write("outside", "4")
    try shop.disk.makeLink("tree/link", saying: "../outside")
    var seen: Set<String> = [try digest("tree")]
    for change in [
      "echo x > tree/b", "mv tree/b tree/c", "chmod +x tree/c", "mkdir tree/empty",
      "mkdir tree/empty/inner",
      "rm tree/link; ln -s ../tree/c tree/link", "rm tree/link; ln -s nowhere tree/link",
      "mv tree/a/two tree/two",
      "rm -r tree/a", "ln -s ../outside tree/last", "echo 5 > outside",
    ] {
      try shop.shell(change)
      #expect(seen.insert(try digest("tree")).inserted, "\(change)")
    }
  }

  @Test func `times, other modes and the place of the folder do not count`() throws {
    try shop.write("tree/a/one", "1")
    try shop.write("tree/b", "2")
    let before = try digest("tree")
    for change in [
      "touch tree/b", "chmod 0600 tree/b", "touch -d 2001-01-01 tree/a", "chmod g+x tree/b",
    ] {
      try shop.shell(change)
      #expect(try digest("tree") == before, "\(change)")
    }
    try shop.shell("cp -r tree copy")
    #expect(try digest("copy") == before)
  }

  @Test func `git's folder, pawlignore and what it names are left out`() throws {
    try shop.write("tree/keep.py", "1")
    let before = try digest("tree")
    try shop.write("tree/.git/HEAD", "ref")
    try shop.write("tree/sub/.git", "gitdir: elsewhere")
    try shop.shell("rm -r tree/sub")
    #expect(try digest("tree") == before)
    try shop.write("tree/cache/x.pyc", "1")
    try shop.write("tree/a.log", "1")
    try shop.write("tree/deep/b.log", "1")
    try shop.write("tree/deep/important.log", "1")
    #expect(try digest("tree") != before)
    try shop.write("tree/.pawlignore", "# caches\ncache/\n*.log\r\n!important.log\n")
    guard case .folder(_, let leaves) = try TreeDigest().content(of: "tree", root: shop.disk) else {
      Issue.record("a folder is a folder")
      return
    }
    #expect(leaves.map(\.path) == ["deep/important.log", "keep.py"])
    #expect(try digest("tree", ignore: ["tree/deep"]) == before)
    #expect(try digest("tree", ignore: ["/deep"]) != before)
  }

  @Test func `link cycles end`() throws {
    try shop.write("tree/a/file", "1")
    try shop.disk.makeLink("tree/a/up", saying: "..")
    try shop.disk.makeLink("tree/self", saying: "self")
    try shop.disk.makeLink("tree/root", saying: "/")
    try shop.write("other/file", "2")
    try shop.disk.makeLink("tree/other", saying: "../other")
    try shop.disk.makeLink("other/back", saying: "../tree")
    let first = try digest("tree")
    #expect(try digest("tree") == first)
    try shop.write("other/file", "3")
    #expect(try digest("tree") != first)
  }

  @Test func `a link counts by its text and by its target's content`() throws {
    try shop.write("one", "same")
    try shop.write("two", "same")
    try shop.disk.makeLink("link", saying: "one")
    let first = try digest("link")
    #expect(first != Digester.digest("same").hex)
    try shop.shell("rm link; ln -s two link")
    let second = try digest("link")
    #expect(second != first)
    try shop.write("two", "other")
    #expect(try digest("link") != second)
  }

  @Test func `many files in many threads give what one gives`() throws {
    for index in 0..<300 { try shop.write("tree/\(index % 7)/\(index)", "content \(index)") }
    let one = try TreeDigest(threads: 1).content(of: "tree", root: shop.disk)
    let many = try TreeDigest(threads: 5).content(of: "tree", root: shop.disk)
    #expect(one == many)
    guard case .folder(_, let leaves) = one else {
      Issue.record("a folder is a folder")
      return
    }
    #expect(leaves.count == 300)
    #expect(
      leaves.allSatisfy { leaf in
        leaf.digest == Digester.digest("content \(leaf.path.split(separator: "/")[1])")
      })
  }
}

@Suite struct DigestCacheTests {
  private let shop = Workshop()

  private func stamp(_ inode: UInt64, changed: Int64 = 1_000_000_000) -> FileStamp {
    FileStamp(device: 1, inode: inode, size: 10, modified: 5, changed: changed)
  }

  @Test func `a file as young as the hashing is not trusted`() {
    let cache = DigestCache()
    let digest = Digester.digest("x")
    cache.remember(stamp(1), digest, hashedAt: 1_000_000_000)
    cache.remember(stamp(2), digest, hashedAt: 1_020_000_000)
    cache.remember(stamp(3), digest, hashedAt: 1_020_000_001)
    cache.remember(stamp(4, changed: 2_000_000_000), digest, hashedAt: 1_900_000_000)
    #expect([1, 2, 3, 4].map { cache.known(stamp($0)) != nil } == [false, false, true, false])
    #expect(cache.known(stamp(4, changed: 2_000_000_000)) == nil)
  }

  @Test func `any of the five numbers makes another file`() {
    let cache = DigestCache()
    cache.remember(stamp(1), Digester.digest("x"), hashedAt: .max)
    var other = stamp(1)
    other.size += 1
    #expect(cache.known(other) == nil)
    other = stamp(1)
    other.modified += 1
    #expect(cache.known(other) == nil)
    other = stamp(1)
    other.device += 1
    #expect(cache.known(other) == nil)
    #expect(cache.known(stamp(1, changed: 0)) == nil)
    #expect(cache.known(stamp(1)) != nil)
  }

  @Test func `what is saved is known again, also after tearing and foreign bytes`() throws {
    let path = shop.path("state/digests")
    func save(_ numbers: Range<UInt64>) throws {
      let cache = DigestCache(file: path, on: shop.disk)
      for number in numbers {
        cache.remember(stamp(number), Digester.digest("\(number)"), hashedAt: .max)
      }
      try cache.save()
    }
    func known() -> [UInt64] {
      let cache = DigestCache(file: path, on: shop.disk)
      return (0..<100).filter { cache.known(stamp($0)) == Digester.digest("\($0)") }
    }
    #expect(known() == [])
    try save(0..<10)
    #expect(known() == Array(0..<10))
    var bytes = try #require(try shop.disk.read("state/digests"))
    #expect(bytes.count == 840)
    // Torn in its last record, then appended to by the next process.
    try shop.disk.write("state/digests", Array(bytes.dropLast(30)))
    #expect(known() == Array(0..<9))
    try save(20..<22)
    #expect(known() == Array(0..<9) + [20, 21])
    bytes = try #require(try shop.disk.read("state/digests"))
    for position in stride(from: 0, to: bytes.count, by: 13) {
      var damaged = bytes
      damaged[position] ^= 0x40
      try shop.disk.write("state/digests", damaged)
      let left = known()
      #expect(left.count >= 10 && Set(left).isSubset(of: Set(0..<22)))
    }
    try shop.disk.write("state/digests", Array("not a cache at all PWD1PWD1".utf8))
    #expect(known() == [])
  }

  @Test func `what is superseded does not pile up`() throws {
    let path = shop.path("digests")
    for round in 0..<4 {
      let cache = DigestCache(file: path, on: shop.disk)
      for number in 0..<600 {
        cache.remember(
          stamp(UInt64(number), changed: Int64(round)), Digester.digest("\(number)"), hashedAt: .max
        )
      }
      try cache.save()
    }
    #expect(try #require(try shop.disk.entry("digests")).size <= 2 * 600 * 84)
    #expect(DigestCache(file: path, on: shop.disk).known(stamp(5, changed: 3)) == Digester.digest("5"))
  }

  @Test func `a changed file is read again`() throws {
    let cache = DigestCache()
    try shop.write("file", "one")
    #expect(try cache.digest(file: shop.path("file")) == Digester.digest("one"))
    try shop.write("file", "two")
    #expect(try cache.digest(file: shop.path("file")) == Digester.digest("two"))
    // In place, same size, same tick: only the distrust of young files helps here.
    for text in ["abc", "abd", "abe"] {
      try shop.shell("printf \(text) > file")
      #expect(try cache.digest(file: shop.path("file")) == Digester.digest(text))
    }
  }
}

extension DigestCache {
  fileprivate func remember(_ stamp: FileStamp, _ digest: Digest, hashedAt began: Int64) {
    remember([Fresh(digest: digest, stamp: stamp, began: began)])
  }
}
