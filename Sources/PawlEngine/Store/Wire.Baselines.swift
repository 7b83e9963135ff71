package import PawlCore

/// The text of `record.json`: pretty JSON, the same bytes for the same record, read by people in a git review.
extension BaselineRecord: WireValue {
  package static let schema = "pawl.baseline/1"

  package func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("schema", BaselineRecord.schema)
      $0.put("id", id)
      $0.put("name", name)
      $0.put("run", run)
      $0.put("workflow", workflow)
      $0.put("date", time.rfc3339)
      $0.put("time", time)
      $0.put("commit", commit)
      $0.put("tree", tree)
      $0.put("dirty", isDirty)
      $0.put("verdict", verdict)
      $0.put("claims", claims)
      $0.put("parent", parents)
      $0.put("reason", reason)
      $0.put("who", who)
      $0.put("evidence", evidence)
      $0.put("stages", stages)
      $0.put("stored", stored.sorted { $0.key < $1.key }.map { StoredContent(digest: $0.key, file: $0.value) })
    }
  }

  package init(wire: Value) throws(WireMismatch) {
    self.init(
      id: try wire.get("id"), name: try wire.get("name"), run: try wire.get("run"), workflow: try wire.get("workflow"),
      time: try wire.get("time"), commit: try wire.find("commit"), tree: try wire.find("tree"),
      isDirty: try wire.get("dirty"), verdict: try wire.get("verdict"), claims: try wire.get("claims"),
      parents: try wire.get("parent"), reason: try wire.find("reason"), who: try wire.find("who"),
      stages: try wire.get("stages"), evidence: try wire.get("evidence"))
    let contents: [StoredContent] = try wire.get("stored")
    for content in contents { stored[content.digest] = content.file }
  }

  var fileBytes: [UInt8] {
    var wire = WireWriter()
    write(to: &wire)
    return PrettyJSON.text(wire.bytes)
  }

  static func read(_ bytes: [UInt8], file: String) throws(Failure) -> BaselineRecord {
    guard let value = Wire.parse(bytes) else { throw Failure(.unreadableRecord(file, "it is no JSON")) }
    guard case .text(let text) = value["schema"], text.hasPrefix("pawl.baseline/"),
      let major = Int(text.dropFirst("pawl.baseline/".count))
    else { throw Failure(.unreadableRecord(file, "its `schema` is not `\(schema)`")) }
    if major > 1 { throw Failure(.newerStore(file, found: major, known: 1)) }
    do throws(WireMismatch) { return try BaselineRecord(wire: value) } catch {
      throw Failure(.unreadableRecord(file, "`\(error.what)` is missing or not known to this version of pawl"))
    }
  }
}

private struct StoredContent: WireValue {
  var digest: Digest
  var file: String

  init(digest: Digest, file: String) {
    self.digest = digest
    self.file = file
  }

  func write(to wire: inout WireWriter) {
    wire.object {
      $0.put("file", file)
      $0.put("digest", digest)
    }
  }

  init(wire: Value) throws(WireMismatch) { self.init(digest: try wire.get("digest"), file: try wire.get("file")) }
}

/// Compact JSON set out for people: a list or object that fits the width stays on its line.
enum PrettyJSON {
  private static let width = 110

  /// Takes JSON as `WireWriter` writes it; ends with a newline.
  static func text(_ compact: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var at = 0
    layOut(compact, &at, depth: 0, &result)
    result.append(0x0A)
    return result
  }

  private static func layOut(_ json: [UInt8], _ at: inout Int, depth: Int, _ result: inout [UInt8]) {
    let end = valueEnd(json, at)
    guard let opening = json.dropFirst(at).first, opening == UInt8(ascii: "{") || opening == UInt8(ascii: "["),
      end - at > width - 2 * depth
    else {
      spaced(json[at..<end], &result)
      at = end
      return
    }
    result.append(opening)
    at += 1
    while at < end - 1 {
      newline(depth + 1, &result)
      if opening == UInt8(ascii: "{") {
        let name = valueEnd(json, at)
        result += json[at..<name]
        result += [UInt8(ascii: ":"), UInt8(ascii: " ")]
        at = name + 1
      }
      layOut(json, &at, depth: depth + 1, &result)
      if at < end - 1 {
        result.append(UInt8(ascii: ","))
        at += 1
      }
    }
    newline(depth, &result)
    result.append(json[end - 1])
    at = end
  }

  private static func newline(_ depth: Int, _ result: inout [UInt8]) {
    result.append(0x0A)
    result += [UInt8](repeating: 0x20, count: 2 * depth)
  }

  /// On one line, with a space after each comma and colon outside of strings.
  private static func spaced(_ json: ArraySlice<UInt8>, _ result: inout [UInt8]) {
    var inString = false
    var isEscaped = false
    for byte in json {
      result.append(byte)
      if inString {
        if byte == UInt8(ascii: "\""), !isEscaped { inString = false }
        isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
      } else if byte == UInt8(ascii: "\"") {
        inString = true
      } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":") {
        result.append(0x20)
      }
    }
  }

  /// The offset behind the value or member name that begins at an offset.
  private static func valueEnd(_ json: [UInt8], _ start: Int) -> Int {
    var depth = 0
    var inString = false
    var index = start
    while index < json.count {
      let byte = json[index]
      if inString {
        if byte == UInt8(ascii: "\\") { index += 1 }
        if byte == UInt8(ascii: "\"") {
          inString = false
          if depth == 0 { return index + 1 }
        }
      } else {
        switch byte {
        case UInt8(ascii: "\""): inString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          if depth == 0 { return index }
          depth -= 1
          if depth == 0 { return index + 1 }
        case UInt8(ascii: ","): if depth == 0 { return index }
        default: break
        }
      }
      index += 1
    }
    return json.count
  }
}

extension Diagnostic {
  static func unreadableRecord(_ file: String, _ cause: String) -> Diagnostic {
    Diagnostic(
      "baseline.unreadable", "the record `\(file)` cannot be read", cause: cause,
      remedy: "`git log -- \(file)` shows who changed it; restore it with `git checkout`, or remove the folder")
  }
}
