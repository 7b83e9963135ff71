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
    state.finalize().withUnsafeBytes { Digest(raw: $0) }
  }
}

extension Digest {
  /// Takes the first 32 bytes of a buffer that has them.
  init(raw bytes: UnsafeRawBufferPointer) {
    func word(_ offset: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    self.init(words: (word(0), word(8), word(16), word(24)))
  }
}
