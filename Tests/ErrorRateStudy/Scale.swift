import Foundation

/// How large the study is: `PAWL_STUDY=full` asks for all of it, else the same code runs on fewer draws and sizes.
enum Scale {
  static let isFull = ProcessInfo.processInfo.environment["PAWL_STUDY"] == "full"

  /// Draws of one cell.
  static func draws(_ full: Int, reduced: Int) -> Int { isFull ? full : reduced }

  /// Rows of the test set.
  static let sizes = isFull ? [50, 200, 1_000, 10_000] : [50, 200]

  /// Those that a reduced run leaves out.
  static func only<Element>(_ all: [Element], reduced count: Int) -> [Element] {
    isFull ? all : Array(all.prefix(count))
  }
}

/// Shares of rows on which the two models differ.
let disagreements = [0.01, 0.05, 0.1, 0.2]
let margins = [0.005, 0.01, 0.02]
/// The one-sided error of every rule that names no other.
let nominal = 0.05
