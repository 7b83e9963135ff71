package import PawlCore

/// Picks a reader by a file's name, for parameter and metric files.
package enum FormatByName {
  /// The value of a `.json`, `.yaml`, `.yml` or `.toml` file; an empty YAML file is null.
  ///
  /// Any other name: JSON is tried, then YAML; when neither reads it, the diagnostics say so.
  package static func read(_ bytes: [UInt8], file: String) throws(Failure) -> Value {
    switch fileExtension(of: file) {
    case "json": return try JSON.read(bytes, file: file)
    case "yaml", "yml": return try YAML.read(bytes, file: file)?.value ?? .null
    case "toml": return try TOML.read(bytes, file: file)
    default: return try guess(bytes, file: file)
    }
  }

  private static func guess(_ bytes: [UInt8], file: String) throws(Failure) -> Value {
    do throws(Failure) {
      return try JSON.read(bytes, file: file)
    } catch {
      let begin = bytes.first { $0 > 0x20 }
      do throws(Failure) {
        return try YAML.read(bytes, file: file)?.value ?? .null
      } catch let yaml {
        var failure = begin == UInt8(ascii: "{") || begin == UInt8(ascii: "[") ? error : yaml
        if !failure.diagnostics.isEmpty {
          let cause = "`\(file)` has no ending that names its format, and reads neither as JSON nor as YAML"
          failure.diagnostics[0].cause = cause
          failure.diagnostics[0].remedy = failure.diagnostics[0].remedy ?? "name it .json, .yaml or .toml"
        }
        throw failure
      }
    }
  }

  /// The lower-case text after the last dot of the file's own name; empty without one.
  package static func fileExtension(of file: String) -> String {
    let name = file.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}
