import PawlCore

// Crypto has a `Digest` of its own, so only the one type of it comes in.
import struct Crypto.SHA256

/// A SHA-256 under way.
struct Hash {
  private var state = SHA256()

  mutating func add(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }

  mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { state.update(bufferPointer: $0) } }

  /// Adds a text and a NUL, which no path, name or link holds.
  mutating func add(_ text: String) {
    add(Array(text.utf8))
    add([0])
  }

  /// The digest of what was added so far.
  var digest: Digest {
    var words: [UInt8] = []
    words.reserveCapacity(32)
    state.finalize().withUnsafeBytes { words.append(contentsOf: $0) }
    guard let digest = Digest(bytes: words) else { preconditionFailure("SHA-256 gives 32 bytes") }
    return digest
  }
}
