import Glibc
package import PawlCore

/// SHA-256 of bytes and files (FIPS 180-4, by swift-crypto).
package enum Digester {
  package static func digest(_ bytes: some Sequence<UInt8>) -> Digest {
    var hash = Hash()
    if bytes.withContiguousStorageIfAvailable({ hash.add(UnsafeRawBufferPointer($0)) }) == nil {
      hash.add(Array(bytes))
    }
    return hash.digest
  }

  package static func digest(_ text: String) -> Digest { digest(text.utf8) }

  /// The digest of a file's content, links followed; what is no regular file is an error.
  package static func digest(file path: String) throws(Failure) -> Digest {
    do throws(Errno) {
      return try content(of: path).digest
    } catch {
      throw Failure("read", path, error)
    }
  }

  /// The digests of many files, in order, read by up to `threads` threads at once.
  package static func digests(files: [String], threads: Int = Machine.cores) -> [Result<Digest, Failure>] {
    mapInThreads(files.count, max(1, threads)) { index in
      do throws(Failure) { return .success(try digest(file: files[index])) } catch { return .failure(error) }
    }
  }

  /// A file's digest and what `fstat` said when reading it began and whether it stayed so.
  ///
  /// `expecting` is what `stat` said of a regular file there just before: the file is steady if it is still so in the
  /// end, and one call the fewer is made.
  static func content(of path: String, expecting: stat? = nil) throws(Errno) -> (
    digest: Digest, facts: stat, isSteady: Bool
  ) {
    // Without O_NONBLOCK a FIFO in the tree would wait for a writer for ever.
    let file = try Call.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
    let before: stat
    if let expecting { before = expecting } else { before = try Call.stat(file.raw) }
    switch before.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw Errno(EISDIR)
    default: throw Errno(EINVAL)
    }
    // 1 MiB reads are as fast as the page cache gives; a small file needs one small buffer. A byte more than the file
    // has tells its end; of a file whose size was just told (those of /proc tell none) `fstat` tells afterwards.
    let size = Int(clamping: before.st_size)
    let isTold = expecting != nil && size > 0
    let room = isTold ? size : max(size, 4095) + 1
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(room, 1 << 20), alignment: 64)
    defer { buffer.deallocate() }
    var hash = Hash()
    var total = 0
    while true {
      let count = try Call.read(file.raw, into: buffer)
      hash.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      total &+= count
      if count < buffer.count || isTold && total >= size { break }
    }
    let after = try Call.stat(file.raw)
    return (hash.digest, before, FileStamp(before) == FileStamp(after))
  }
}
