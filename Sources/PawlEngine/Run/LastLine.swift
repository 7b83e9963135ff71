import PawlSystem

/// The last line that a running stage printed: a sign of life, replaced and never logged.
struct LastLine: Sendable {
  private let bytes = Guarded<[UInt8]>([])

  /// Takes a chunk of output as it comes; a line may be split between chunks.
  func take(_ chunk: [UInt8]) {
    // A screen line is short: what is longer than this is cut anyway.
    let line = chunk.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).last.map { Array($0.suffix(400)) }
    if let line { bytes.change { $0 = line } }
  }

  /// Decoded with repair; empty before anything was printed.
  var text: String { String(decoding: bytes.change { $0 }, as: UTF8.self) }
}
