import CPawlSystem
import Glibc

/// The processes that belong to one job, however they tried to leave: its session, its descendants, and what carries
/// its variables.
///
/// Jobs of one run carry the same mark, so what identifies a job is the mark together with its other `PAWL_…`
/// variables, and what belongs to another running job by session or descent is not ours.
struct Family {
  private let leader: Int32
  private let startTime: UInt64
  /// `NAME=value` for the mark and the variables that tell jobs of a run apart.
  private let signature: [[UInt8]]
  /// `NAME=` of the variables that say whose run a process is of.
  private let marks: [[UInt8]]

  init(leader: Int32, startTime: UInt64, environment: [String: String], mark: String) {
    self.leader = leader
    self.startTime = startTime
    let telling = [mark, "PAWL_RUN", "PAWL_STAGE", "PAWL_ATTEMPT", "PAWL_SUBJECT"]
    marks = [mark, "PAWL_RUN"].map { Array("\($0)=".utf8) }
    signature = telling.compactMap { name in environment[name].map { Array("\(name)=\($0)".utf8) } }
  }

  /// Members that live, the leader among them while it does.
  func members() -> [ProcessFacts] {
    let all = ProcessTable.all()
    var children: [Int32: [ProcessFacts]] = [:]
    for process in all { children[process.parent, default: []].append(process) }
    var others = Children.listed
    others[leader] = nil
    let isOnlyJob = !others.values.contains(.job)
    let orphans = Set((Children.orphans() ?? []).map(\.pid))

    let foreign = descent(
      from: all.filter { others[$0.pid] != nil || others[$0.session] != nil }, children)
    let own = getpid()
    let spared = Array("\(captureMark)=1".utf8)
    let roots = all.filter { process in
      if process.pid == own || foreign.contains(process.pid) { return false }
      if process.pid == leader || process.session == leader { return true }
      // What started before the job cannot come from it.
      guard process.lives, process.startTime >= startTime else { return false }
      let variables = ProcessTable.variables(process.pid)
      if !variables.isEmpty, signature.allSatisfy(variables.contains) { return true }
      // An orphan that shed its variables: certainly ours only when no other job could have made it.
      return isOnlyJob && orphans.contains(process.pid) && !variables.contains(spared)
        && !isOfAnotherRun(variables)
    }
    let mine = descent(from: roots, children).subtracting([own])
    return all.filter { mine.contains($0.pid) && $0.lives }
  }

  /// Whether the variables name another run: one that died and left its processes to us.
  private func isOfAnotherRun(_ variables: Set<[UInt8]>) -> Bool {
    variables.contains { variable in
      marks.contains { variable.starts(with: $0) } && !signature.contains(variable)
    }
  }

  /// Whether anything may be left after the leader was reaped, asked cheaply: most jobs leave nothing.
  func mayHaveLeftovers() -> Bool {
    guard Subreaper.isInstalled, let orphans = Children.orphans() else { return true }
    return !orphans.isEmpty
  }

  /// Sends a signal to every member; a stopped one is woken so that it can obey.
  func send(_ signal: Int32) {
    for member in members() {
      member.send(signal)
      if signal != SIGKILL, member.state == UInt8(ascii: "T") { member.send(SIGCONT) }
    }
  }

  private func descent(from roots: [ProcessFacts], _ children: [Int32: [ProcessFacts]]) -> Set<
    Int32
  > {
    var found = Set(roots.map(\.pid))
    var open = roots
    while let process = open.popLast() {
      for child in children[process.pid] ?? [] where found.insert(child.pid).inserted {
        open.append(child)
      }
    }
    return found
  }
}

/// Processes of a run that is over, as after `kill -9`.
package enum Remains {
  /// Ends every process whose variables hold `name=value`, and returns their names: TERM, after `grace` KILL.
  ///
  /// So are the sessions of `leaders` that still live, known by process id and start time together: what they started
  /// may have shed its variables. And so is what prints into a spool that a job of the run was given in `logs`: of a
  /// job whose start was never written down, and which shed its variables too.
  ///
  /// Blocks until none is left, or 10 s after the first KILL. This process and its ancestors are spared.
  package static func end(
    carrying mark: (name: String, value: String), leaders: [(pid: Int32, startTime: UInt64)] = [],
    printingInto logs: String? = nil, grace: Duration
  ) -> [String] {
    let wanted = Array("\(mark.name)=\(mark.value)".utf8)
    var spared: Set<Int32> = []
    var ancestor = getpid()
    while ancestor > 0, spared.insert(ancestor).inserted {
      ancestor = ProcessFacts(ancestor)?.parent ?? 0
    }
    let sessions = Set(leaders.filter { isAlive(pid: $0.pid, startTime: $0.startTime) }.map(\.pid))
    func carriers() -> [ProcessFacts] {
      ProcessTable.all().filter { process in
        if !process.lives || spared.contains(process.pid) { return false }
        if sessions.contains(process.session) || ProcessTable.variables(process.pid).contains(wanted) { return true }
        return logs.map { Spool.isOutput(of: process.pid, in: $0) } ?? false
      }
    }
    let first = carriers()
    let names = first.map { $0.label() }
    for process in first {
      process.send(SIGTERM)
      process.send(SIGCONT)
    }
    let killing = MonotonicClock.now() + max(0, grace.inSeconds)
    while true {
      let left = carriers()
      let now = MonotonicClock.now()
      if left.isEmpty || now > killing + 10 { return names }
      if now >= killing { for process in left { process.send(SIGKILL) } }
      usleep(10_000)
    }
  }

  /// Whether the process that had this id and start time (as `onStart` told them) still runs.
  package static func isAlive(pid: Int32, startTime: UInt64) -> Bool {
    guard let facts = ProcessFacts(pid) else { return false }
    return facts.startTime == startTime && facts.lives
  }
}
