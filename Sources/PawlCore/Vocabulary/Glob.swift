/// Path patterns: `*` and `?` within a component, `[a-z]` classes, `**` across components. Hidden names match only
/// a pattern component that itself starts with a dot.
package enum Glob {
  package static func isPattern(_ path: String) -> Bool { path.contains { $0 == "*" || $0 == "?" || $0 == "[" } }

  /// The longest leading folder without a pattern: where a walk has to start.
  package static func fixedPrefix(of pattern: String) -> String {
    let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
    let fixed = parts.dropLast().prefix { !isPattern(String($0)) }
    return fixed.joined(separator: "/")
  }

  /// Whether the whole path matches the whole pattern.
  package static func matches(_ pattern: String, _ path: String) -> Bool {
    match(
      pattern.split(separator: "/").map { Array($0.unicodeScalars) }[...],
      path.split(separator: "/").map { Array($0.unicodeScalars) }[...])
  }

  private static func match(_ pattern: ArraySlice<[Unicode.Scalar]>, _ path: ArraySlice<[Unicode.Scalar]>) -> Bool {
    // Which pattern positions are reachable before each path component: linear in both, whatever the stars.
    let pattern = Array(pattern)
    var reachable = closure([0], pattern)
    for component in path {
      var next: Set<Int> = []
      for position in reachable where position < pattern.count {
        if pattern[position] == ["*", "*"] {
          if component.first != "." { next.insert(position) }
        } else if matchComponent(pattern[position], component) {
          next.insert(position + 1)
        }
      }
      reachable = closure(next, pattern)
      if reachable.isEmpty { return false }
    }
    return reachable.contains(pattern.count)
  }

  private static func closure(_ positions: Set<Int>, _ pattern: [[Unicode.Scalar]]) -> Set<Int> {
    var result = positions
    for var position in positions {
      while position < pattern.count, pattern[position] == ["*", "*"] {
        position += 1
        result.insert(position)
      }
    }
    return result
  }

  private static func matchComponent(_ pattern: [Unicode.Scalar], _ name: [Unicode.Scalar]) -> Bool {
    if name.first == ".", pattern.first != "." { return false }
    var p = 0
    var n = 0
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, let next = matchOne(pattern, p, name[n]) {
        p = next
        n += 1
      } else if let (starred, from) = star {
        p = starred + 1
        n = from + 1
        star = (starred, from + 1)
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == "*" { p += 1 }
    return p == pattern.count
  }

  /// The pattern position after one matched scalar, nil when it does not match.
  private static func matchOne(_ pattern: [Unicode.Scalar], _ p: Int, _ scalar: Unicode.Scalar) -> Int? {
    switch pattern[p] {
    case "?": return p + 1
    case "[":
      guard let end = pattern[(p + 1)...].dropFirst().firstIndex(of: "]") else {
        return scalar == "[" ? p + 1 : nil
      }
      var body = pattern[(p + 1)..<end]
      let negated = body.first == "!" || body.first == "^"
      if negated { body = body.dropFirst() }
      return matchClass(body, scalar) != negated ? end + 1 : nil
    default: return pattern[p] == scalar ? p + 1 : nil
    }
  }

  private static func matchClass(_ body: ArraySlice<Unicode.Scalar>, _ scalar: Unicode.Scalar) -> Bool {
    var index = body.startIndex
    while index < body.endIndex {
      if index + 2 < body.endIndex, body[index + 1] == "-" {
        if body[index] <= scalar, scalar <= body[index + 2] { return true }
        index += 3
      } else {
        if body[index] == scalar { return true }
        index += 1
      }
    }
    return false
  }
}
