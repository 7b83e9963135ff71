/// What became of a cached result that was made again to be compared.
package struct Audit: Sendable, Hashable {
  /// The run that made the result of before.
  package var run: String
  /// Where the new result differs first, in the order of paths; nil when nothing does.
  package var difference: OutputDifference?

  package init(run: String, difference: OutputDifference? = nil) {
    self.run = run
    self.difference = difference
  }
}

/// One path that two results of the same stage do not share.
package struct OutputDifference: Sendable, Hashable {
  /// How the two differ there.
  package enum Manner: Sendable, Hashable {
    case content(was: Digest, now: Digest)
    /// The owner may execute it in one result and not in the other.
    case mode(isExecutable: Bool)
    /// A file in one, a link or a folder in the other.
    case kind
    case onlyBefore
    case onlyNow
  }

  /// From the project root, inside an output folder too: `models/a/b.bin`.
  package var path: String
  package var manner: Manner

  package init(_ path: String, _ manner: Manner) {
    self.path = path
    self.manner = manner
  }
}
