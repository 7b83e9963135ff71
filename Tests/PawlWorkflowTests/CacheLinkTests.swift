import PawlCore
import Testing

@testable import PawlWorkflow

struct CacheLinkTests {
  private static func text(_ cache: String) -> Text {
    Text("pawl: 1\n\(cache)stages: { a: { run: x, outputs: [o] } }")
  }

  @Test(arguments: [
    ("", [CacheLink.reflink, .copy]), ("cache: { link: hardlink }\n", [.hardlink]),
    ("cache: { link: [reflink, hardlink, copy] }\n", [.reflink, .hardlink, .copy]), ("cache: {}\n", [.reflink, .copy]),
  ])
  func `how outputs get into the cache is said by one word or a list, and is safe without`(
    _ written: String, _ links: [CacheLink]
  ) throws {
    #expect(try Self.text(written).workflow().cacheLinks == links)
  }

  @Test func `another word is an error that names the choices`() {
    let found = Self.text("cache: { link: [hardlink, symlink] }\n").load().diagnostics
    #expect(found.count == 1)
    #expect(found.first?.message == "`link` cannot be `symlink`")
    #expect(found.first?.location?.line == 2)
  }
}
