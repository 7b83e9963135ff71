package import PawlCore
import PawlSystem

/// Frees room in the cache: by age, then by size; never what a baseline's record or a run that lives needs.
///
/// While it looks and removes no run begins, and no old object is taken into use; a run that is under way goes on. What
/// it removed is absent for every later run, whose stage then runs.
package struct CacheCollector: Sendable {
  /// What to keep.
  package struct Limits: Sendable, Hashable {
    /// Seconds since the last use; nil: any.
    package var age: Double?
    /// Bytes of all objects together; nil: any. What is needed stays although it is more.
    package var size: Int?
    /// Seconds since a run began; nil: runs stay, whatever their age.
    package var runs: Double?

    package init(age: Double? = 30 * 86_400, size: Int? = nil, runs: Double? = nil) {
      self.age = age
      self.size = size
      self.runs = runs
    }
  }

  /// What was removed, or would be.
  package struct Outcome: Sendable {
    package var objects = 0
    package var bytes = 0
    package var temporaries = 0
    /// Lines of the log of stages that said nothing any more.
    package var entries = 0
    package var keptObjects = 0
    package var keptBytes = 0
    /// Python environments, half-made ones included.
    package var environments = 0
    package var environmentBytes = 0
    package var keptEnvironments = 0
    package var keptEnvironmentBytes = 0
    /// Folders of old runs.
    package var runs = 0
    package var runBytes = 0
    /// Runs that lived meanwhile: the log of stages was left alone.
    package var liveRuns: [String] = []
    /// What could not be removed.
    package var problems: [Diagnostic] = []
  }

  private let actions: FileActions
  private let now: @Sendable () -> Timestamp

  package init(_ actions: FileActions, now: @escaping @Sendable () -> Timestamp = { WallClock.now() }) {
    self.actions = actions
    self.now = now
  }

  /// Removes what the limits do not keep; with `isRehearsal` it only counts.
  package func collect(_ limits: Limits, isRehearsal: Bool = false) throws(Failure) -> Outcome {
    if !actions.disk.exists(".pawl") { return Outcome() }
    let lock = try CacheInventory.lock(actions, .exclusive)
    defer { lock.release() }
    return try RunStore(actions).whileNoneBegins { live throws(Failure) in
      let inventory = try CacheInventory(actions, live: live, now: now())
      var outcome = free(inventory, limits, isRehearsal)
      try freeEnvironments(limits, isRehearsal, &outcome)
      if let age = limits.runs { try freeRuns(olderThan: age, inventory, isRehearsal, &outcome) }
      return outcome
    }
  }

  /// Environments go by age alone: what the network must bring again is no answer to a full disk.
  private func freeEnvironments(_ limits: Limits, _ isRehearsal: Bool, _ outcome: inout Outcome) throws(Failure) {
    for item in try EnvironmentInventory(actions).items {
      var isGone = item.isRemovable(olderThan: limits.age, at: now())
      if isGone, !isRehearsal {
        do throws(Failure) { isGone = try item.remove(actions) } catch {
          isGone = false
          outcome.problems += error.diagnostics
        }
      }
      outcome.environments += isGone ? 1 : 0
      outcome.environmentBytes &+= isGone ? item.size : 0
      outcome.keptEnvironments += isGone ? 0 : 1
      outcome.keptEnvironmentBytes &+= isGone ? 0 : item.size
    }
  }

  /// Removes logs and reports of old runs; the newest run of each workflow stays, and the newest that passed, which a
  /// run with nothing to do repeats.
  private func freeRuns(
    olderThan age: Double, _ inventory: CacheInventory, _ isRehearsal: Bool, _ outcome: inout Outcome
  ) throws(Failure) {
    let runs = RunStore(actions)
    var (seen, passed): (Set<String>, Set<String>) = ([], [])
    for id in try runs.ids() where !inventory.liveRuns.contains(id) {
      let summary = runs[id].summary(isAlive: false)
      var stays = false
      if let summary {
        stays = seen.insert(summary.workflow).inserted
        if summary.verdict == .passed, passed.insert(summary.workflow).inserted { stays = true }
      }
      guard !stays, let time = RunName.time(of: id), now().seconds - time.seconds > age else { continue }
      let size = PathWalk(runs[id].path, on: actions.disk)?.ownBytes ?? 0
      if !isRehearsal, !remove(runs[id].path, &outcome) { continue }
      outcome.runs += 1
      outcome.runBytes &+= size
    }
  }

  private func free(_ inventory: CacheInventory, _ limits: Limits, _ isRehearsal: Bool) -> Outcome {
    var outcome = Outcome()
    outcome.liveRuns = inventory.liveRuns
    outcome.keptBytes = inventory.size
    var gone: Set<Digest> = []
    let victims = CacheCollector.victims(inventory, limits, now())
    for item in victims {
      if !isRehearsal, !remove(item.path, &outcome) { continue }
      gone.insert(item.digest)
      outcome.objects += 1
      outcome.bytes &+= item.ownSize
      outcome.keptBytes &-= item.size
    }
    for path in inventory.temporaries where isRehearsal || remove(path, &outcome) { outcome.temporaries += 1 }
    outcome.keptObjects = inventory.items.count - outcome.objects
    if inventory.liveRuns.isEmpty {
      compact(inventory, gone, limits, isRehearsal, &outcome)
      if !isRehearsal {
        compactAudits(inventory, &outcome)
        forgetUnkept(&outcome)
      }
    }
    return outcome
  }

  /// What audits found of a stage stays as long as the log of stages knows it.
  private func compactAudits(_ inventory: CacheInventory, _ outcome: inout Outcome) {
    let names = Set(inventory.log.map(\.stage.name))
    do throws(Failure) {
      try AuditLog(actions).compact { stage in
        names.contains(stage) || names.contains { $0.hasPrefix(stage + "[") || $0.hasPrefix(stage + "@") }
      }
    } catch {
      outcome.problems += error.diagnostics
    }
  }

  private func forgetUnkept(_ outcome: inout Outcome) {
    do throws(Failure) { try UnkeptOutputs.compact(actions) } catch { outcome.problems += error.diagnostics }
  }

  private func remove(_ path: String, _ outcome: inout Outcome) -> Bool {
    do throws(Failure) {
      try actions.remove(path, recursively: true)
      return true
    } catch {
      outcome.problems += error.diagnostics
      return false
    }
  }

  /// Bytes that would go.
  package static func freeable(_ inventory: CacheInventory, _ limits: Limits, now: Timestamp = WallClock.now()) -> Int {
    victims(inventory, limits, now).reduce(0) { $0 &+ $1.ownSize }
  }

  /// What goes, listings before what they name, so that a listing never promises what was just removed.
  static func victims(_ inventory: CacheInventory, _ limits: Limits, _ now: Timestamp) -> [CacheInventory.Item] {
    let free = inventory.items.filter { $0.hold == nil }.sorted {
      ($0.lastUse, $0.isListing ? 0 : 1, $0.path) < ($1.lastUse, $1.isListing ? 0 : 1, $1.path)
    }
    var left = inventory.size
    var victims: [CacheInventory.Item] = []
    for item in free {
      let isOld = limits.age.map { now.seconds - item.lastUse.seconds > $0 } ?? false
      let isTooMuch = limits.size.map { left > $0 } ?? false
      guard isOld || isTooMuch else { continue }
      victims.append(item)
      left &-= item.size
    }
    return victims.filter(\.isListing) + victims.filter { !$0.isListing }
  }

  /// Writes the log of stages anew without lines that a later one of the same key replaced, and without old ones whose
  /// outputs are gone; the newest of each stage stays, which says why it runs again and how long it took.
  private func compact(
    _ inventory: CacheInventory, _ gone: Set<Digest>, _ limits: Limits, _ isRehearsal: Bool, _ outcome: inout Outcome
  ) {
    let there = Set(inventory.items.map(\.digest)).subtracting(gone)
    var (newestOfKey, newestOfStage): ([Digest: Int], [StageID: Int]) = ([:], [:])
    for (index, entry) in inventory.log.enumerated() {
      newestOfKey[entry.kept.key] = index
      newestOfStage[entry.stage] = index
    }
    var lines: [UInt8] = []
    for (index, entry) in inventory.log.enumerated() {
      let isOld =
        limits.age.map { now().seconds - (RunName.time(of: entry.kept.run)?.seconds ?? now().seconds) > $0 } ?? false
      let isWhole = entry.kept.outputs.allSatisfy { there.contains($0.digest) }
      if newestOfStage[entry.stage] == index || (newestOfKey[entry.kept.key] == index && (isWhole || !isOld)) {
        lines += entry.line
      } else {
        outcome.entries += 1
      }
    }
    if outcome.entries == 0 || isRehearsal { return }
    do throws(Failure) { try actions.replace(StageCache.path, lines) } catch {
      outcome.entries = 0
      outcome.problems += error.diagnostics
    }
  }
}
