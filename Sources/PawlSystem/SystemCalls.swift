import CPawlSystem
import Glibc
import PawlCore

/// A system call that failed; the text of `number` becomes the cause.
struct Errno: Error, Equatable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  /// The kernel's words, such as `No space left on device`.
  var text: String { String(cString: pawl_error_text(number)) }

  /// Whether nothing stands at the path.
  var meansAbsent: Bool { number == ENOENT || number == ENOTDIR }
}

extension Failure {
  /// A failed action on a path: `cannot write \`models/a.json\``, with the kernel's words as cause.
  init(_ action: String, _ path: String, _ error: Errno, remedy: String? = nil) {
    let (code, advice) = Failure.meaning(of: error, path)
    self.init(
      Diagnostic(code, "cannot \(action) `\(path)`", cause: error.text, remedy: remedy ?? advice))
  }

  private static func meaning(of error: Errno, _ path: String) -> (code: String, remedy: String?) {
    switch error.number {
    case ENOENT: ("system.not-found", nil)
    case EACCES, EPERM: ("system.not-permitted", "`ls -ld \(path)` shows who may do it")
    case ENOSPC, EDQUOT:
      ("system.no-space", "`df -h \(path)` shows the file system that is full; make room on it")
    case EIO: ("system.failed", "the disk or what connects it fails: `dmesg` tells more; write somewhere else")
    case EROFS: ("system.read-only", "choose a path on a file system that can be written")
    case EISDIR, ENOTDIR, ENOTEMPTY, EEXIST: ("system.wrong-kind", nil)
    case ELOOP: ("system.link-loop", "`ls -l \(path)` shows the link that leads back to itself")
    case EMFILE, ENFILE: ("system.too-many-files", "raise the limit with `ulimit -n 4096`")
    case EAGAIN, ENOMEM:
      ("system.failed", "`ulimit -u` and `free` show what is used up; start fewer at the same time with `--jobs`")
    case EFBIG: ("system.too-large", "raise the limit with `ulimit -f unlimited`")
    case EILSEQ: ("system.name-not-utf8", "rename the file; `ls -b` shows the odd bytes")
    case EINVAL where path.utf8.contains(0): ("system.bad-path", "a path cannot hold a NUL byte")
    default: ("system.failed", nil)
    }
  }
}

/// An open file descriptor, closed at the end of its scope.
struct Descriptor: ~Copyable {
  let raw: Int32

  init(_ raw: Int32) { self.raw = raw }

  deinit { close(raw) }

  /// Hands the descriptor over to a caller that will close it.
  consuming func give() -> Int32 {
    let raw = self.raw
    discard self
    return raw
  }
}

/// Thin, typed doors to system calls; each retries on EINTR and refuses paths with a NUL byte, which C would cut short.
enum Call {
  static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o666) throws(Errno) -> Descriptor {
    if path.utf8.contains(0) { throw Errno(EINVAL) }
    return Descriptor(try checked(pawl_open(path, flags, mode)))
  }

  static func stat(_ path: String, following: Bool = true) throws(Errno) -> stat {
    if path.utf8.contains(0) { throw Errno(EINVAL) }
    var facts = Glibc.stat()
    if fstatat(AT_FDCWD, path, &facts, following ? 0 : AT_SYMLINK_NOFOLLOW) != 0 {
      throw Errno(errno)
    }
    return facts
  }

  static func stat(_ file: Int32) throws(Errno) -> stat {
    var facts = Glibc.stat()
    if fstat(file, &facts) != 0 { throw Errno(errno) }
    return facts
  }

  /// What stands under a name in an open folder, a link not followed; nil when it cannot be told.
  static func stat(_ name: FileName, in folder: Int32) -> stat? {
    var facts = Glibc.stat()
    return name.withCString { fstatat(folder, $0, &facts, AT_SYMLINK_NOFOLLOW) } == 0 ? facts : nil
  }

  /// The value of a C function that returns -errno on failure.
  static func checked(_ result: Int32) throws(Errno) -> Int32 {
    if result < 0 { throw Errno(-result) }
    return result
  }

  /// Fills a buffer as far as the file goes; fewer bytes than the buffer mean its end.
  static func read(_ file: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    var filled = 0
    while filled < buffer.count, let base = buffer.baseAddress {
      let count = Glibc.read(file, base + filled, buffer.count - filled)
      if count == 0 { break }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        throw Errno(errno)
      }
    }
    return filled
  }

  /// Reads up to `count` bytes at an offset.
  static func read(_ file: Int32, at offset: Int, _ count: Int) throws(Errno) -> [UInt8] {
    var failed: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
      while filled < buffer.count, let base = buffer.baseAddress {
        let got = pread(file, base + filled, buffer.count - filled, off_t(offset &+ filled))
        if got == 0 { break }
        if got > 0 {
          filled += got
        } else if errno != EINTR {
          failed = errno
          break
        }
      }
    }
    if failed != 0 { throw Errno(failed) }
    return bytes
  }

  /// Everything up to the end of an open file, whatever its stated size.
  static func readAll(_ file: Int32, sizeHint: Int = 0) throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    var room = max(4096, sizeHint &+ 1)
    while true {
      var failed: Errno?
      let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
        do throws(Errno) {
          filled = try read(file, into: UnsafeMutableRawBufferPointer(buffer))
        } catch {
          failed = error
        }
      }
      if let failed { throw failed }
      if bytes.isEmpty { bytes = part } else { bytes += part }
      if part.count < room { return bytes }
      room = min(max(room, 1 << 16), 1 << 24)
    }
  }

  /// Writes every byte or throws.
  static func write(_ file: Int32, _ bytes: some Collection<UInt8>) throws(Errno) {
    var failed: Int32 = 0
    func writeOut(_ buffer: UnsafeBufferPointer<UInt8>) {
      var done = 0
      while done < buffer.count, let base = buffer.baseAddress {
        let count = Glibc.write(file, base + done, buffer.count - done)
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          failed = errno
          return
        }
      }
    }
    if bytes.withContiguousStorageIfAvailable(writeOut) == nil {
      Array(bytes).withUnsafeBufferPointer(writeOut)
    }
    if failed != 0 { throw Errno(failed) }
  }

  /// The small text of a file under `/proc` or `/sys`, nil when it cannot be read.
  static func pseudoFile(_ path: String) -> [UInt8]? {
    guard let file = try? open(path, O_RDONLY) else { return nil }
    return try? readAll(file.raw)
  }

  /// The names in a folder, without `.` and `..`, in byte order. Takes the descriptor.
  static func names(_ folder: consuming Descriptor) throws(Errno) -> [FileName] {
    let raw = folder.give()
    guard let stream = fdopendir(raw) else {
      let error = Errno(errno)
      close(raw)
      throw error
    }
    defer { closedir(stream) }
    var names: [FileName] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      guard let text = pawl_entry_name(entry) else { continue }
      let name = FileName(UnsafeBufferPointer(start: text, count: strlen(text)))
      if name.bytes != [0x2e], name.bytes != [0x2e, 0x2e] { names.append(name) }
    }
    if errno != 0 { throw Errno(errno) }
    names.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    return names
  }

  static func names(_ path: String) throws(Errno) -> [FileName] {
    try names(try open(path, O_RDONLY | O_DIRECTORY))
  }
}

/// The last component of a path as the kernel has it: any bytes but NUL and `/`.
struct FileName: Hashable {
  let bytes: [UInt8]

  init(_ text: UnsafeBufferPointer<CChar>) { bytes = text.map { UInt8(bitPattern: $0) } }

  /// The name with what is no UTF-8 replaced by U+FFFD.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether `text` is not what the kernel knows the file by.
  var isRepaired: Bool { !text.utf8.elementsEqual(bytes) }

  /// Calls with the NUL-terminated name.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (bytes + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { text in
        guard let base = text.baseAddress else { return body("") }
        return body(base)
      }
    }
  }
}
