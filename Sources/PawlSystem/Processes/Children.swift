import CPawlSystem
import Glibc
import Synchronization

/// The children this process started and has not reaped.
///
/// The process table is one to a process, so this is the one list: whoever looks for orphans must be able to tell them
/// from a neighbour's job that was started a moment ago. Hence starting and looking exclude each other.
enum Children {
  enum Kind { case job, capture }

  private static let known = Mutex<[Int32: Kind]>([:])

  /// Starts a child and lists it.
  static func start(_ child: inout pawl_child, _ kind: Kind) throws(Errno) -> Int32 {
    let result = known.withLock { known in
      let pid = pawl_spawn(&child)
      if pid > 0 { known[pid] = kind }
      return pid
    }
    return try Call.checked(result)
  }

  /// Takes a child off the list, once it is reaped.
  static func forget(_ pid: Int32) { known.withLock { $0[pid] = nil } }

  /// The listed children by id; each leads a session of that id.
  static var listed: [Int32: Kind] { known.withLock { $0 } }

  /// Children that came to us because their parents ended; nil where the kernel cannot say. Reaps those that ended.
  ///
  /// A child in our own session was started by other code of this program and is left alone: what jobs start is in
  /// sessions of their own.
  static func orphans() -> [ProcessFacts]? {
    let strangers: [Int32]? = known.withLock { known in
      ProcessTable.adopted()?.filter { known[$0] == nil }
    }
    guard let strangers else { return nil }
    let own = getsid(0)
    return strangers.compactMap { pid in
      guard let facts = ProcessFacts(pid), facts.session != own else { return nil }
      if facts.lives { return facts }
      _ = pawl_reap_now(pid)
      return nil
    }
  }
}

/// The promise that orphans come to us instead of to init, so that nothing a job starts gets away.
package enum Subreaper {
  /// Makes this process the reaper of its descendants' orphans (prctl(2), PR_SET_CHILD_SUBREAPER); again does no harm.
  ///
  /// Also undoes an inherited "ignore" of SIGCHLD, under which the kernel would throw exit statuses away.
  package static func install() {
    if pawl_is_ignored(SIGCHLD) == 1 { _ = pawl_set_signal(SIGCHLD, 0) }
    _ = pawl_become_subreaper()
  }

  static var isInstalled: Bool { pawl_is_subreaper() == 1 }
}
