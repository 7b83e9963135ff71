import PawlCore
import PawlSystem
import Testing

@Suite struct PathLockTests {
  private let shop = Workshop()

  private func locks(_ paths: String...) throws -> PathLocks {
    try PathLocks("locks", making: paths, on: shop.disk)
  }

  @Test func `a path shuts out itself, what is inside it and what holds it`() throws {
    let mine = try locks("out/a")
    #expect(try mine.attempt())
    for other in ["out/a", "out/a/b.txt", "out"] { #expect(try !locks(other).attempt(), "\(other)") }
    for other in ["out/b", "out/ab", "a", "outs"] { #expect(try locks(other).attempt(), "\(other)") }
    mine.release()
    mine.release()
    #expect(try locks("out").attempt())
  }

  @Test func `many paths are had at once or later, and none is lost while waiting`() throws {
    let one = try locks("a", "b")
    let two = try locks("b", "c")
    #expect(try one.attempt())
    #expect(try one.attempt())
    #expect(try !two.attempt())
    one.release()
    #expect(try two.attempt())
    #expect(try !one.attempt())
    two.release()
    #expect(try one.attempt())
  }

  @Test func `a value that goes gives its paths up`() throws {
    do {
      let one = try locks("a")
      #expect(try one.attempt())
    }
    #expect(try locks("a").attempt())
  }

  @Test func `two of a path in one claim are one`() throws {
    let one = try locks("out", "out/a", "out/a")
    #expect(try one.attempt())
    #expect(try !locks("out/a").attempt())
  }

  @Test func `readers of a path share it and shut out who makes it`() throws {
    func reader(alone: Bool = false, makes: String) throws -> PathLocks {
      try PathLocks("locks", making: [makes], reading: ["in/a", "in/b"], alone: alone, on: shop.disk)
    }
    let (one, two) = (try reader(makes: "one"), try reader(makes: "two"))
    #expect(try one.attempt())
    #expect(try two.attempt())
    for maker in ["in/a", "in/b", "in"] { #expect(try !locks(maker).attempt(), "\(maker)") }
    #expect(try locks("in/c").attempt())
    one.release()
    #expect(try !locks("in/a").attempt())
    two.release()
    #expect(try locks("in/a").attempt())
  }

  @Test func `who mends what it reads has it alone until it shares it`() throws {
    let mender = try PathLocks("locks", making: ["x"], reading: ["in"], alone: true, on: shop.disk)
    #expect(try mender.attempt())
    let reader = try PathLocks("locks", making: ["y"], reading: ["in"], on: shop.disk)
    #expect(try !reader.attempt())
    mender.share()
    #expect(try reader.attempt())
    #expect(try !locks("in").attempt())
    reader.release()
    #expect(try !locks("in").attempt())
    mender.release()
    #expect(try locks("in").attempt())
  }
}
