import PawlCore
import PawlSystem
import Testing

@Suite struct PathLockTests {
  private let shop = Workshop()

  private func locks(_ paths: String...) throws -> PathLocks {
    try PathLocks("locks", paths: paths, on: shop.disk)
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
}
