package import PawlCore
package import PawlSystem

/// What a folder or a link is made of, as stored: one framed line.
struct Listing: Hashable {
  var leaves: [Content.Leaf]
  var isFolder: Bool

  init(leaves: [Content.Leaf], isFolder: Bool) {
    self.leaves = leaves
    self.isFolder = isFolder
  }

  /// Nil for anything torn, altered or of another format, and for a leaf that would lie outside.
  init?(_ bytes: [UInt8]) {
    guard bytes.last == 0x0A, let body = Frame.body(of: bytes.dropLast()), let value = Wire.value(of: body),
      Wire.version(of: value) == Wire.version, let isFolder: Bool = try? value.get("folder"),
      let leaves: [Content.Leaf] = try? value.get("leaves"),
      isFolder || leaves.count == 1, leaves.allSatisfy({ Listing.isName($0.path, in: isFolder) })
    else { return nil }
    self.init(leaves: leaves, isFolder: isFolder)
  }

  /// A leaf of a folder lies in it; a link by itself has no name.
  private static func isName(_ path: String, in isFolder: Bool) -> Bool {
    path.isEmpty != isFolder && Paths.staysInside(path) && Paths.normalise(path) == path
  }

  var bytes: [UInt8] {
    var wire = WireWriter()
    wire.put("v", Wire.version)
    wire.put("folder", isFolder)
    wire.put("leaves", leaves)
    return Frame.line(wire.bytes)
  }
}

extension Content.Leaf {
  var isFile: Bool {
    switch kind {
    case .file: true
    case .link, .emptyFolder, .other: false
    }
  }
}

/// `[path, kind, digest, size]`, with a link's text at the end.
extension Content.Leaf: WireValue {
  package func write(to wire: inout WireWriter) {
    wire.list {
      $0.item(path)
      switch kind {
      case .file(let executable): $0.item(executable ? "executable" : "file")
      case .link: $0.item("link")
      case .emptyFolder: $0.item("folder")
      case .other: $0.item("other")
      }
      $0.item(digest)
      $0.item(size)
      if case .link(let text) = kind { $0.item(text) }
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    let items = try wire.items()
    guard items.count >= 4 else { throw WireMismatch("leaf") }
    let kind: Kind
    switch try String(wire: items[1]) {
    case "file": kind = .file(executable: false)
    case "executable": kind = .file(executable: true)
    case "link" where items.count >= 5: kind = .link(try String(wire: items[4]))
    case "folder": kind = .emptyFolder
    default: throw WireMismatch("leaf")
    }
    self.init(
      path: try String(wire: items[0]), kind: kind, digest: try Digest(wire: items[2]), size: try Int(wire: items[3]))
  }
}
