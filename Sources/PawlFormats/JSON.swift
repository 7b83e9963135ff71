package import PawlCore

/// Reads JSON (RFC 8259) as Python's `json` module writes and reads it.
package enum JSON {
  /// Deeper nesting is an error, so that no input can exhaust the stack.
  static let deepest = 512
  /// Larger files are refused.
  static let largest = 1 << 30

  /// The value of a whole file; numbers keep their text.
  ///
  /// Beyond the RFC, as Python does: `NaN`, `Infinity` and `-Infinity` are numbers, `1e999` is infinite, of duplicate
  /// keys the last wins (in the place of the first). Lone surrogates become U+FFFD; a byte order mark is skipped.
  /// Anything else the RFC forbids is an error with its place: trailing commas, text after the value, raw control
  /// characters in strings, unknown escapes, bytes that are not UTF-8.
  package static func read(_ bytes: [UInt8], file: String) throws(Failure) -> Value {
    let text = SourceText(bytes, file: file)
    try text.require(atMost: largest, "json.too-large")
    try text.requireUTF8("json.encoding")
    let result = text.bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer)
      return reader.document()
    }
    switch result {
    case .success(let value): return value
    case .failure(let fault): throw Failure(fault.diagnostic(in: text))
    }
  }
}

/// What a JSON reader met, at a byte offset.
struct JSONFault: Error {
  var offset: Int
  var message: String
  var remedy: String?

  init(_ message: String, at offset: Int, remedy: String? = nil) {
    self.offset = offset
    self.message = message
    self.remedy = remedy
  }

  func diagnostic(in text: SourceText) -> Diagnostic {
    Diagnostic("json.syntax", message, at: text.location(offset: offset), remedy: remedy)
  }
}
