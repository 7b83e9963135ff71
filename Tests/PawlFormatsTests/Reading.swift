import PawlCore
import PawlFormats

#if canImport(Glibc)
  import Glibc
#endif

/// What a reader gives: its value, or its diagnostics.
func diagnostics(_ read: () throws(Failure) -> Void) -> [Diagnostic] {
  do throws(Failure) {
    try read()
    return []
  } catch {
    return error.diagnostics
  }
}

/// The first diagnostic of a YAML text as `line:column message`, the empty text when it reads.
func yamlFault(_ text: String) -> String {
  fault(diagnostics { () throws(Failure) in _ = try YAML.read(Array(text.utf8), file: "f") })
}

func jsonFault(_ text: String) -> String {
  fault(diagnostics { () throws(Failure) in _ = try JSON.read(Array(text.utf8), file: "f") })
}

func tomlFault(_ text: String) -> String {
  fault(diagnostics { () throws(Failure) in _ = try TOML.read(Array(text.utf8), file: "f") })
}

func fault(_ diagnostics: [Diagnostic]) -> String {
  guard let first = diagnostics.first else { return "" }
  let place = first.location.map { "\($0.line):\($0.column) " } ?? ""
  return place + first.message
}

func yaml(_ text: String) throws -> Value? { try YAML.read(Array(text.utf8), file: "f")?.value }

func json(_ text: String) throws -> Value { try JSON.read(Array(text.utf8), file: "f") }

/// The bytes of a file under Fixtures.
func fixture(_ path: String) throws -> [UInt8] {
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let name = "/" + root + "/Fixtures/" + path
  guard let file = fopen(name, "rb") else { throw Failure(Diagnostic("test.fixture", "no `\(name)`")) }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    guard count > 0 else { return bytes }
    bytes += chunk[..<count]
  }
}
