import Glibc
import PawlCore
import PawlSystem
import Testing

@Suite struct GitTests {
  private let shop = Workshop()

  private func repository(_ name: String = ".") throws -> Git {
    try shop.write("\(name)/src/train.py", "print(1)\n")
    try shop.write("\(name)/data/train.csv", "a,b\n1,2\n")
    try shop.shell(
      """
      cd \(name); ln -s train.csv data/link; ln -s ../data src/data
      git init -q -b main .; git config user.name Test; git config user.email test@example.org
      git add .; git commit -q -m first
      """)
    return Git(root: shop.path(name))
  }

  @Test func `outside a repository there is nothing to know`() throws {
    let git = Git(root: shop.root)
    #expect(git.head() == nil && git.branch() == nil)
    #expect(try diagnostic { try git.isDirty(excluding: []) }.code == "system.git")
    #expect(try diagnostic { try git.show(rev: "HEAD", path: "x") }.code == "system.git")
    try shop.shell("git init -q -b main .")
    #expect(git.head() == nil && git.branch() == "main")
  }

  @Test func `commit, tree and branch are what git says`() throws {
    let git = try repository()
    let head = try #require(git.head())
    #expect(head.commit == (try shop.shell("git rev-parse HEAD")))
    #expect(head.tree == (try shop.shell("git rev-parse HEAD^{tree}")))
    #expect(git.branch() == "main")
    try shop.shell("git checkout -q --detach")
    #expect(git.branch() == nil)
  }

  @Test func `only tracked changes make it dirty, and the excluded do not`() throws {
    let git = try repository()
    #expect(try !git.isDirty(excluding: []))
    try shop.write("new.txt", "untracked")
    try shop.shell("touch src/train.py")
    #expect(try !git.isDirty(excluding: []))
    try shop.write("data/train.csv", "changed")
    #expect(try git.isDirty(excluding: []))
    #expect(try !git.isDirty(excluding: ["data"]))
    #expect(try !git.isDirty(excluding: [shop.path("data/train.csv"), "/elsewhere"]))
    #expect(try Git(root: shop.path("src")).isDirty(excluding: ["data"]))
    #expect(try !Git(root: shop.path("src")).isDirty(excluding: ["../data"]))
    try shop.shell("git add new.txt")
    #expect(try git.isDirty(excluding: ["data"]))
  }

  @Test func `a revision is read like a disk`() throws {
    let git = try repository()
    try shop.write("data/train.csv", "changed")
    try shop.write("late.txt", "untracked")
    let tree = try GitTree(git, at: "main")
    #expect(tree.commit == git.head()?.commit)
    #expect(try tree.read("data/train.csv") == Array("a,b\n1,2\n".utf8))
    #expect(try tree.read(shop.path("data/train.csv")) == Array("a,b\n1,2\n".utf8))
    #expect(try tree.read("data/link") == Array("a,b\n1,2\n".utf8))
    #expect(try tree.read("src/data/link") == Array("a,b\n1,2\n".utf8))
    #expect(try tree.read("src/../data/./train.csv") == Array("a,b\n1,2\n".utf8))
    #expect(
      try tree.read("late.txt") == nil && tree.read("../x") == nil
        && tree.read("/etc/passwd") == nil)
    #expect(try tree.read("data") == nil)
    #expect(try tree.list(".").map { "\($0.name) \($0.kind)" } == ["data folder", "src folder"])
    #expect(
      try tree.list("src/data").map { "\($0.name) \($0.kind)" } == ["link link", "train.csv file"])
    #expect(try tree.list("gone") == [])
    #expect(try tree.entry("data/link") == Entry(name: "link", kind: .file, size: 8))
    #expect(try tree.entry("src")?.kind == .folder && tree.entry("none") == nil)
    #expect(try git.show(rev: "HEAD", path: "src/train.py") == Array("print(1)\n".utf8))
    #expect(try git.show(rev: "HEAD", path: "gone") == nil)
    // From a folder inside, paths start there.
    let inner = try GitTree(Git(root: shop.path("src")), at: "HEAD")
    #expect(try inner.read("train.py") != nil && inner.read("../data/train.csv") != nil)
    #expect(try inner.list(".").map(\.name) == ["data", "train.py"])
  }

  @Test func `an unknown revision names the command that brings it`() throws {
    _ = try repository("origin")
    try shop.shell(
      "cd origin; echo more >> src/train.py; git commit -qam second; git checkout -q -b side; git commit -q --allow-empty -m third"
    )
    try shop.shell("git clone -q --depth 1 --branch side file://\(shop.path("origin")) clone")
    let git = Git(root: shop.path("clone"))
    let branch = try diagnostic { try GitTree(git, at: "origin/main") }
    #expect(
      branch.code == "system.unknown-revision"
        && branch.message == "git knows no revision `origin/main`")
    #expect(branch.remedy == "`git fetch origin main:refs/remotes/origin/main` brings it")
    let old = try diagnostic { try GitTree(git, at: "HEAD~1") }
    #expect(old.remedy == "`git fetch --unshallow` brings the history this shallow clone lacks")
    #expect(old.cause == "this is a shallow clone")
    try shop.shell("cd clone; git fetch -q --depth 1 origin main:refs/remotes/origin/main")
    let base = try diagnostic { try git.commit(of: "merge-base(origin/main)") }
    #expect(base.remedy == "`git fetch --unshallow` brings the history this shallow clone lacks")
    try shop.shell("cd clone; git fetch -q --unshallow")
    #expect(
      try git.commit(of: "merge-base(origin/main)") == shop.shell("git -C origin rev-parse main"))
    #expect(try diagnostic { try git.commit(of: "--all") }.code == "system.unknown-revision")
  }

  @Test func `a command that takes too long is an error, its status is not`() throws {
    let answer = try capture(
      ["sh", "-c", "echo out; echo err >&2; exit 3"], in: "/", timeout: .seconds(10))
    #expect(answer.status == 3 && answer.text == "out" && answer.complaint == "err")
    #expect(
      try capture(["sh", "-c", "kill -TERM $$"], in: "/", timeout: .seconds(10)).status == 143)
    let slow = try diagnostic {
      try capture(["sleep", "60"], in: "/", timeout: .milliseconds(100))
    }
    #expect(slow.code == "system.timed-out" && slow.message == "`sleep 60` took longer than 0.1 s")
    #expect(
      try diagnostic { try capture(["no-such"], in: "/", timeout: .seconds(1)) }.message
        == "`no-such` is not on PATH")
    // A daemon that keeps the pipe does not keep us.
    #expect(
      try capture(["sh", "-c", "sleep 20 & echo $!"], in: "/", timeout: .seconds(10)).status == 0)
    let large = try capture(
      ["sh", "-c", "head -c 3000000 /dev/zero"], in: "/", timeout: .seconds(30))
    #expect(large.stdout.count == 3_000_000)
  }
}
