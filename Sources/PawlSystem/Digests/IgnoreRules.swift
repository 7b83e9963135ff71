import Glibc
import PawlCore

/// What a folder's digest leaves out: `.git`, `.pawlignore`, and what patterns name, as in `.gitignore`.
///
/// A line is a pattern of `Glob`; blank lines and `#` lines mean nothing. A pattern with a slash inside or in front
/// starts at the folder of its file, one without is for a name at any depth; a slash at the end means folders only;
/// `!` takes back what an earlier line left out. The last line that matches decides.
struct IgnoreRules {
  private struct Rule {
    var pattern: String
    var base: String
    var isAnchored: Bool
    var foldersOnly: Bool
    var leavesOut: Bool
  }

  private var rules: [Rule] = []

  /// Rules whose paths start at `base`, an absolute folder.
  init(_ lines: [String], base: String) { add(lines, base: base) }

  mutating func add(_ lines: [String], base: String) {
    for line in lines {
      var text = line[...]
      while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
      if text.isEmpty || text.hasPrefix("#") { continue }
      let leavesOut = !text.hasPrefix("!")
      if !leavesOut { text.removeFirst() }
      let foldersOnly = text.hasSuffix("/")
      while text.hasSuffix("/") { text.removeLast() }
      let isAnchored = text.contains("/")
      while text.hasPrefix("/") { text.removeFirst() }
      if text.isEmpty { continue }
      rules.append(
        Rule(
          pattern: String(text), base: base, isAnchored: isAnchored, foldersOnly: foldersOnly,
          leavesOut: leavesOut))
    }
  }

  /// Adds the lines of a folder's `.pawlignore`, if it has one.
  mutating func addFile(in folder: String) {
    guard let file = try? Call.open(folder + "/.pawlignore", O_RDONLY | O_NONBLOCK),
      let bytes = try? Call.readAll(file.raw)
    else { return }
    add(bytes.split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }, base: folder)
  }

  /// Whether the digest leaves out what stands at an absolute path.
  func leaveOut(_ path: String, name: String, isFolder: Bool) -> Bool {
    if name == ".git" || name == ".pawlignore" { return true }
    for rule in rules.reversed() where isFolder || !rule.foldersOnly {
      if rule.isAnchored {
        let base = rule.base == "/" ? "/" : rule.base + "/"
        if path.hasPrefix(base), Glob.matches(rule.pattern, String(path.dropFirst(base.count))) {
          return rule.leavesOut
        }
      } else if Glob.matches(rule.pattern, name) {
        return rule.leavesOut
      }
    }
    return false
  }
}
