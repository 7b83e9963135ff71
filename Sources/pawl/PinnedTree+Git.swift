import PawlCore
import PawlEngine
import PawlSystem
import PawlWorkflow

extension PinnedTree {
  /// The files of a revision, read from git's objects; a revision that is not here is a usage error with the command
  /// that brings it.
  init(_ revision: String, root: String) throws(Failure) {
    do throws(Failure) {
      let tree = try GitTree(Git(root: root), at: revision)
      self.init(tree: tree, revision: revision, commit: tree.commit)
    } catch {
      throw Failure(
        error.diagnostics.map { problem in
          var problem = problem
          problem.code = "usage.policy-from"
          problem.message = "`--policy-from \(revision)`: \(problem.message)"
          return problem
        })
    }
  }
}

extension Project {
  /// A file that the command line names, from the project root; one outside stays absolute.
  func inner(_ path: String) throws(Failure) -> String {
    let absolute = try disk.realPath(path) ?? path
    guard try disk.entry(absolute) != nil else {
      throw Failure(Diagnostic("usage.no-file", "`\(path)` does not exist"))
    }
    let root = disk.root == "/" ? "/" : disk.root + "/"
    return absolute.hasPrefix(root) ? String(absolute.dropFirst(root.count)) : absolute
  }
}
