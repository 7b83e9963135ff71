/// What is free of a machine's resources. Processors are counted in millionths, so that what is given back is exactly
/// what was taken.
package struct Pool: Sendable {
  package private(set) var slots: Int
  private var cpus: Int
  private var memory: Int
  /// Indices, ascending.
  private var gpus: [Int]
  private var counts: [String: Int]
  private var locks: Set<String> = []

  package init(_ capacity: Schedule.Capacity) {
    slots = capacity.slots
    cpus = Pool.millionths(capacity.cpus)
    memory = capacity.memory
    gpus = Array(0..<max(0, min(capacity.gpus, 100_000)))
    counts = capacity.counts
  }

  static func millionths(_ cpus: Double) -> Int {
    cpus.isFinite ? Int((min(max(cpus, 0), 1e9) * 1e6).rounded()) : 0
  }

  package func fits(_ wants: Resources) -> Bool {
    slots > 0 && Pool.millionths(wants.cpus) <= cpus && wants.memory <= memory && wants.gpus <= gpus.count
      && wants.counts.allSatisfy { $0.value <= counts[$0.key] ?? 0 } && locks.isDisjoint(with: wants.locks)
  }

  /// Takes what fits; answers with the indices of the GPUs.
  package mutating func take(_ wants: Resources) -> [Int] {
    slots -= 1
    cpus -= Pool.millionths(wants.cpus)
    memory &-= wants.memory
    for (name, count) in wants.counts { counts[name, default: 0] &-= count }
    locks.formUnion(wants.locks)
    let taken = Array(gpus.prefix(max(0, wants.gpus)))
    gpus.removeFirst(taken.count)
    return taken
  }

  package mutating func give(_ wants: Resources, gpus returned: [Int]) {
    slots += 1
    cpus += Pool.millionths(wants.cpus)
    memory &+= wants.memory
    for (name, count) in wants.counts { counts[name, default: 0] &+= count }
    locks.subtract(wants.locks)
    if !returned.isEmpty { gpus = (gpus + returned).sorted() }
  }
}
