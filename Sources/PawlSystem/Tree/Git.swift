import Glibc
package import PawlCore

/// The git repository around a folder, asked through the `git` command.
///
/// Without git, or outside a repository, there is nothing to know: `head` and `branch` are nil. Nothing here changes
/// the repository, not even its index.
package struct Git: Sendable {
  /// The folder git is started in; paths of `show` and `GitTree` are relative to it.
  package let root: String

  package init(root: String) { self.root = Disk(root: root).root }

  /// The commit and tree at HEAD; nil without git, repository or a first commit.
  package func head() -> (commit: String, tree: String)? {
    guard let answer = try? run(["rev-parse", "HEAD^{commit}", "HEAD^{tree}"]), answer.status == 0
    else { return nil }
    let lines = answer.text.split(separator: "\n")
    return lines.count == 2 ? (String(lines[0]), String(lines[1])) : nil
  }

  /// The branch that is checked out; nil without one (a detached HEAD, as CI systems check out).
  package func branch() -> String? {
    guard let answer = try? run(["symbolic-ref", "--quiet", "--short", "HEAD"]), answer.status == 0
    else { return nil }
    return answer.text
  }

  /// Whether a tracked file differs from HEAD, in the index or the work tree, as `git describe --dirty` sees it.
  ///
  /// `paths` are files or folders, relative to `root` or absolute, that do not count. Throws outside a repository.
  package func isDirty(excluding paths: [String] = []) throws(Failure) -> Bool {
    let excluded = try exclusions(paths)
    let answer = try run(
      ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--", ":/"] + excluded)
    guard answer.status == 0 else { throw failure("look for changes in", root, answer) }
    return !answer.stdout.isEmpty
  }

  /// Pathspecs that leave files or folders out; throws outside a repository.
  private func exclusions(_ paths: [String]) throws(Failure) -> [String] {
    let top = try run(["rev-parse", "--show-toplevel"])
    guard top.status == 0 else { throw failure("look for changes in", root, top) }
    let outside = top.text + "/"
    return paths.compactMap { path -> String? in
      let whole = Paths.join(root, path)
      let real = (try? Disk(root: "/").realPath(whole)) ?? nil
      for candidate in [whole, real ?? whole] where candidate.hasPrefix(outside) {
        return ":(top,exclude,literal)" + candidate.dropFirst(outside.count)
      }
      return nil
    }
  }

  /// Whether two commits differ outside some files or folders, relative to `root` or absolute; an unknown one does.
  package func differs(_ commit: String, from other: String, excluding paths: [String] = []) throws(Failure) -> Bool {
    let excluded = try exclusions(paths)
    let answer = try run(["diff", "--quiet", "--no-ext-diff", commit, other, "--", ":/"] + excluded)
    return answer.status != 0
  }

  /// The bytes of a file at a revision, nil when the revision has no such file; an unknown revision throws.
  package func show(rev: String, path: String) throws(Failure) -> [UInt8]? {
    try GitTree(self, at: rev).read(path)
  }

  /// The commit a revision names: anything git understands, or `merge-base(REV)`, the newest commit in common with HEAD.
  package func commit(of rev: String) throws(Failure) -> String {
    if rev.hasPrefix("merge-base("), rev.hasSuffix(")") {
      let other = try commit(of: String(rev.dropFirst("merge-base(".count).dropLast()))
      let answer = try run(["merge-base", "HEAD", other])
      if answer.status == 0, !answer.text.isEmpty { return answer.text }
      throw unknown(rev, "HEAD and it have no commit in common here")
    }
    if let commit = name(of: rev + "^{commit}") { return commit }
    let inside = try run(["rev-parse", "--git-dir"])
    if inside.status != 0 { throw failure("find the revision `\(rev)` in", root, inside) }
    throw unknown(rev, nil)
  }

  private func name(of rev: String) -> String? {
    guard !rev.hasPrefix("-"), let answer = try? run(["rev-parse", "--verify", "--quiet", rev]),
      answer.status == 0
    else { return nil }
    return answer.text
  }

  /// A revision that is not here, with the command that would bring it.
  private func unknown(_ rev: String, _ why: String?) -> Failure {
    let isShallow = (try? run(["rev-parse", "--is-shallow-repository"]))?.text == "true"
    let inner =
      rev.hasPrefix("merge-base(") ? String(rev.dropFirst("merge-base(".count).dropLast()) : rev
    let base = String(inner.prefix { $0 != "~" && $0 != "^" && $0 != ":" && $0 != "@" })
    let remotes = ((try? run(["remote"]))?.text ?? "").split(separator: "\n").map(String.init)
    let remote = remotes.first { base.hasPrefix($0 + "/") }
    let remedy: String
    if isShallow, why != nil || remote == nil {
      remedy = "`git fetch --unshallow` brings the history this shallow clone lacks"
    } else if let remote {
      let branch = base.dropFirst(remote.count + 1)
      remedy = "`git fetch \(remote) \(branch):refs/remotes/\(remote)/\(branch)` brings it"
    } else if let remote = remotes.first {
      remedy = "`git fetch \(remote) \(base)` brings it, if it is there"
    } else {
      remedy = "`git log --oneline --all` shows the revisions there are"
    }
    let cause = why ?? (isShallow ? "this is a shallow clone" : nil)
    return Failure(
      Diagnostic(
        "system.unknown-revision", "git knows no revision `\(rev)`", cause: cause, remedy: remedy))
  }

  func failure(_ action: String, _ path: String, _ answer: Captured) -> Failure {
    let cause =
      answer.complaint.isEmpty ? "git ended with status \(answer.status)" : answer.complaint
    return Failure(Diagnostic("system.git", "git cannot \(action) `\(path)`", cause: cause))
  }

  /// Runs git with these words; it asks no questions and takes no locks.
  func run(_ words: [String]) throws(Failure) -> Captured {
    var environment = Environment.all()
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    environment["GIT_TERMINAL_PROMPT"] = "0"
    environment["LC_ALL"] = "C"
    return try capture(["git"] + words, in: root, timeout: .seconds(120), environment: environment)
  }
}
