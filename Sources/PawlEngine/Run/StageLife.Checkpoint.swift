import PawlCore
import PawlSystem

extension StageLife {
  /// Makes the checkpoint folder, or keeps the one that an attempt before this one left.
  ///
  /// It is no part of the key, so it may come from other inputs, as after a mended program: that is said, and what is
  /// made from it is used but not kept.
  func openCheckpoint(_ answer: StageMemory.Answer) throws(Failure) {
    guard let checkpoint = stage.checkpoint else { return }
    // Outputs are removed before a run, and inputs may not change meanwhile.
    let others = stage.outputs.map { ($0.path, $0.written) } + stage.inputs.map { ($0.path, $0.written) }
    if let other = others.first(where: { Paths.overlap($0.0, checkpoint) }) {
      throw Failure(
        Diagnostic(
          "engine.checkpoint-overlaps", "the checkpoint `\(checkpoint)` overlaps with `\(other.1)`",
          at: stage.location, remedy: "give the checkpoint a folder of its own"))
    }
    let old = try checkpointKey()
    let isEmpty = try context.disk.list(checkpoint).isEmpty
    if !isEmpty, old != answer.key {
      goesOnFromOther.change { $0 = true }
      tell(
        .diagnosed(
          Diagnostic(
            "engine.old-checkpoint",
            "`\(stage.id)` may go on from a checkpoint that was not made with today's inputs", severity: .warning,
            at: stage.location, cause: "its result is used, but not kept under today's key",
            remedy: "remove `\(checkpoint)` and run with `--force \(stage.base)` to start afresh")))
    }
    try context.disk.makeFolder(checkpoint)
    // The note says what the oldest content belongs to; what an attempt adds does not make that younger.
    if isEmpty {
      try context.disk.makeFolder(Paths.parent(noteOfCheckpoint))
      try context.disk.write(noteOfCheckpoint, Array(answer.key.hex.utf8))
    }
  }

  /// A finished stage needs no checkpoint any more; one that cannot be removed is no reason to fail.
  func closeCheckpoint() {
    do throws(Failure) { try removeCheckpoint() } catch {
      for warning in error.warnings() { tell(.diagnosed(warning)) }
    }
  }

  func removeCheckpoint() throws(Failure) {
    guard let checkpoint = stage.checkpoint else { return }
    if context.disk.exists(checkpoint) { try context.disk.remove(checkpoint, recursively: true) }
    if context.disk.exists(noteOfCheckpoint) { try context.disk.remove(noteOfCheckpoint) }
  }

  /// Whether no checkpoint lies here but one that was begun for this key.
  func isCheckpointFree(for key: Digest) -> Bool {
    guard let checkpoint = stage.checkpoint, let entries = try? context.disk.list(checkpoint), !entries.isEmpty else {
      return true
    }
    return (try? checkpointKey()) == key
  }

  /// The key under which the folder was begun; nil when nothing says so.
  private func checkpointKey() throws(Failure) -> Digest? {
    try context.disk.read(noteOfCheckpoint).flatMap { Digest(hex: String(decoding: $0, as: UTF8.self)) }
  }

  /// Holds the key under which the folder was begun.
  private var noteOfCheckpoint: String {
    ".pawl/checkpoints/" + Digester.digest(stage.checkpoint ?? "").hex.prefix(32)
  }
}

extension RetryPolicy {
  /// Seconds to wait after an attempt: the backoff, a quarter more or less, so that stages that failed together do not
  /// come back together.
  ///
  /// The same run, stage and attempt wait equally long.
  func delay(after attempt: Int, of stage: StageID, in run: String) -> Double {
    let digits = Digester.digest("\(run)\n\(stage.name)\n\(attempt)").hex.prefix(12)
    let share = Double(UInt64(digits, radix: 16) ?? 0) / 0x1p48
    return backoff * (0.75 + 0.5 * share)
  }
}

extension StageMemory.Answer {
  /// The result is kept, but does not stand where it belongs.
  var isStored: Bool {
    if case .stored = recall { true } else { false }
  }
}
