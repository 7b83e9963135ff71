import ArgumentParser
import PawlCore
import PawlEngine
import PawlSystem

/// How stages are run, for the verbs that run them or foretell it.
struct ExecutionOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "How many stages run at the same time (default: cores).")
  var jobs: Int?

  @Flag(help: "Run every stage, or with --force STAGE that one, cached or not; repeatable.")
  var force = false

  @Option(help: .hidden)
  var forceStage: [String] = []

  @Flag(help: "Neither take nor keep cached results.")
  var noCache = false

  @Option(
    help: ArgumentHelp("What the machine has, such as gpus=2 or licenses=4; repeatable.", valueName: "NAME=N"))
  var resources: [String] = []

  /// What was said here, over what there is.
  func apply(to options: inout RunOptions) throws(Failure) {
    if let jobs, jobs < 1 {
      throw Failure(Diagnostic("usage.jobs", "`--jobs \(jobs)` starts nothing", remedy: "give at least 1"))
    }
    options.jobs = jobs ?? Machine.cores
    options.force = force ? .all : forceStage.isEmpty ? .none : .stages(forceStage)
    options.skipsCache = noCache
    try offer(&options)
  }

  /// What `--resources` says there is, beside the GPUs that are found.
  private func offer(_ options: inout RunOptions) throws(Failure) {
    options.gpus = Machine.gpus
    var offered: [String: Int] = [:]
    for resource in resources {
      let parts = resource.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let count = Int(parts[1]), count >= 0 else {
        throw Failure(
          Diagnostic(
            "usage.resources", "`--resources \(resource)` is not `NAME=N`", remedy: "write `--resources gpus=2`"))
      }
      switch parts[0] {
      case "gpus": options.gpus = count
      case "cpus", "memory", "locks":
        throw Failure(
          Diagnostic(
            "usage.resources", "`\(parts[0])` is not counted by `--resources`",
            remedy: "it takes `gpus` and names of your own; `--jobs` says how many stages run at the same time"))
      default: offered[String(parts[0])] = count
      }
    }
    options.offered = offered
  }
}

extension Schedule.Capacity {
  /// What this machine offers under these options; of names that nobody was asked for there is enough for a whole plan.
  init(_ options: RunOptions, for plan: Plan) {
    var counts = options.offered ?? [:]
    if options.offered == nil {
      for stage in plan.stages { counts.merge(stage.resources.counts) { $0 &+ $1 } }
    }
    self.init(
      slots: options.jobs, cpus: Double(Machine.cores), memory: Machine.memoryBytes, gpus: options.gpus, counts: counts)
  }
}
