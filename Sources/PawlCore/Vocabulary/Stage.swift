/// The name of one node of the graph, unique in a run: `train[seed=1,rate=0.1]`, `evaluate[seed=2]@baseline`.
package struct StageID: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let name: String

  package init(_ name: String) { self.name = name }

  package var description: String { name }
  package static func < (a: StageID, b: StageID) -> Bool { a.name < b.name }
}

/// Whose model a stage works for.
package enum Subject: String, Sendable, Hashable { case candidate, baseline }

/// What the shell runs, fully interpolated.
package struct Command: Sendable, Hashable {
  /// Run in order; each must succeed.
  package var lines: [String]
  /// The shell and its flags; a line follows as the argument of `-c`.
  package var shell: [String]
  /// From the project root; empty for the root itself.
  package var directory: String

  package init(lines: [String], shell: [String] = ["sh", "-eu"], directory: String = "") {
    self.lines = lines
    self.shell = shell
    self.directory = directory
  }
}

/// A file, folder or glob that a stage reads. Paths are from the project root, or absolute, normalised.
package struct Input: Sendable, Hashable {
  package var path: String
  /// As the user wrote it, for messages.
  package var written: String
  package var location: SourceLocation?
  /// Content that Pawl puts there first: a baseline's model under `.pawl/subjects/`.
  package var placed: Digest?

  package init(_ path: String, written: String? = nil, at location: SourceLocation? = nil, placed: Digest? = nil) {
    self.path = path
    self.written = written ?? path
    self.location = location
    self.placed = placed
  }

  package var isGlob: Bool { placed == nil && Glob.isPattern(path) }
}

/// A literal path that a stage makes, inside the project; from the project root, normalised.
package struct Output: Sendable, Hashable {
  /// How outputs are used: files of metrics and predictions are outputs too.
  package enum Role: String, Sendable, Hashable { case output, metrics, predictions }

  package var name: String?
  package var path: String
  package var written: String
  package var role: Role
  package var location: SourceLocation?

  package init(
    _ path: String, name: String? = nil, written: String? = nil, role: Role = .output,
    at location: SourceLocation? = nil
  ) {
    self.path = path
    self.name = name
    self.written = written ?? path
    self.role = role
    self.location = location
  }
}

/// What a stage asks of the machine; zero means nothing.
package struct Resources: Sendable, Hashable {
  package var cpus: Double
  /// Bytes.
  package var memory: Int
  package var gpus: Int
  package var locks: [String]
  /// Named counts of what the caller says the machine has: `licenses: 2`.
  package var counts: [String: Int]

  package init(cpus: Double = 0, memory: Int = 0, gpus: Int = 0, locks: [String] = [], counts: [String: Int] = [:]) {
    self.cpus = cpus
    self.memory = memory
    self.gpus = gpus
    self.locks = locks
    self.counts = counts
  }
}

/// When to try again; times in seconds.
package struct RetryPolicy: Sendable, Hashable {
  package enum Cause: Sendable, Hashable { case signal, timeout, lost, outOfMemory, exit(Int32?) }

  /// How many attempts after the first.
  package var count: Int
  package var causes: [Cause]
  package var backoff: Double

  package init(count: Int = 0, causes: [Cause] = [], backoff: Double = 0) {
    self.count = count
    self.causes = causes
    self.backoff = backoff
  }

  package static let never = RetryPolicy()

  /// Whether an ending is one of the causes that this policy tries again.
  package func covers(_ exit: JobExit) -> Bool {
    causes.contains { cause in
      switch (cause, exit) {
      case (.signal, .signal), (.timeout, .timedOut), (.lost, .lost), (.outOfMemory, .outOfMemory): true
      case (.exit(nil), .code(let code)): code != 0
      case (.exit(let wanted?), .code(let code)): wanted == code
      default: false
      }
    }
  }
}

/// An environment variable that enters the key and the record.
package struct EnvironmentVariable: Sendable, Hashable {
  package var name: String
  /// The declared value, nil to take the caller's.
  package var value: String?

  package init(_ name: String, value: String? = nil) {
    self.name = name
    self.value = value
  }
}

/// A tool whose printed version enters the key.
package struct Tool: Sendable, Hashable {
  package var name: String
  package var command: String

  package init(_ name: String, command: String) {
    self.name = name
    self.command = command
  }
}

/// One coordinate of a matrix instance.
package struct AxisValue: Sendable, Hashable {
  package var axis: String
  package var value: Value

  package init(_ axis: String, _ value: Value) {
    self.axis = axis
    self.value = value
  }
}

/// What makes an `evaluate` stage evidence for a gate.
package struct Evaluation: Sendable, Hashable {
  package enum Rescore: String, Sendable, Hashable { case whenDataDiffer = "auto", always }

  /// The evidence it is a replicate of: `evaluate` or `evaluate[variant=a]`.
  package var exhibit: String
  /// Model files or folders that it reads, from the project root.
  package var models: [String]
  /// Paths that stand for the test data where only metric files exist.
  package var testData: [String]
  package var rescore: Rescore
  package var predictions: Predictions?
  /// Metric files, from the project root; globs allowed.
  package var metricFiles: [String]
  /// Of a twin: whose model it scores again.
  package var origin: TwinOrigin?

  package init(
    exhibit: String, models: [String] = [], testData: [String] = [], rescore: Rescore = .whenDataDiffer,
    predictions: Predictions? = nil, metricFiles: [String] = []
  ) {
    self.exhibit = exhibit
    self.models = models
    self.testData = testData
    self.rescore = rescore
    self.predictions = predictions
    self.metricFiles = metricFiles
  }
}

/// The recorded evidence whose model a twin scores again.
package struct TwinOrigin: Sendable, Hashable {
  /// `BaselineRecord.id`.
  package var record: String
  /// The baseline's name: `production`, `v1`.
  package var baseline: String
  /// The stage that made the evidence then, which today's replicate is paired with.
  package var stage: StageID

  package init(record: String, baseline: String, stage: StageID) {
    self.record = record
    self.baseline = baseline
    self.stage = stage
  }
}

/// The candidate's promotion, by a `promote` stage or by `--promote` alone.
package struct Publication: Sendable, Hashable {
  /// The gates whose verdict it needs.
  package var gates: [StageID]
  package var reason: String?

  package init(gates: [StageID], reason: String? = nil) {
    self.gates = gates
    self.reason = reason
  }
}

/// A stage's work: the engine switches over these three and never reads `kind`.
package enum Work: Sendable, Hashable {
  case job(Command)
  indirect case judge(Gate)
  case publish(Publication)
}

/// One evidence that a gate judges: the stages that make its replicates, on both sides.
package struct Exhibit: Sendable, Hashable {
  /// `evaluate`, or `evaluate[variant=a]` where a matrix axis is a variant.
  package var name: String
  package var candidate: [StageID]
  /// Twins that score the baseline's model again; empty when the record holds no model.
  package var baseline: [StageID]
  /// Twins that score the models of anchors again, by the anchor's name.
  package var anchors: [String: [StageID]] = [:]
  /// The replicate that is promoted and also judged alone.
  package var ships: StageID?

  package init(name: String, candidate: [StageID], baseline: [StageID] = [], ships: StageID? = nil) {
    self.name = name
    self.candidate = candidate
    self.baseline = baseline
    self.ships = ships
  }
}

package struct Gate: Sendable, Hashable {
  package var policy: GatePolicy
  package var exhibits: [Exhibit]

  package init(policy: GatePolicy, exhibits: [Exhibit]) {
    self.policy = policy
    self.exhibits = exhibits
  }
}

/// One node of the graph, expanded and interpolated; everything that can be said without running anything.
package struct Stage: Sendable, Hashable {
  package var id: StageID
  /// The stage's name in the file, without its coordinates.
  package var base: String
  /// `run`, `train`, `evaluate`, `gate`, `promote`: for people and reports only.
  package var kind: String
  package var subject: Subject = .candidate
  package var matrix: [AxisValue] = []
  package var work: Work
  /// Stages named by `needs`; edges by path are found by `Plan`.
  package var needs: [StageID] = []
  /// Stages that must be settled in any way first.
  package var after: [StageID] = []
  package var inputs: [Input] = []
  package var outputs: [Output] = []
  /// The parameters that enter the key, dotted path and value.
  package var parameters: [Value.Entry] = []
  package var environment: [EnvironmentVariable] = []
  package var tools: [Tool] = []
  /// What its command finds as `python3`; nil: the caller's.
  package var python: PythonEnvironment?
  package var secrets: [String] = []
  package var evaluation: Evaluation? {
    get { boxedEvaluation?.value }
    set { boxedEvaluation = newValue.map { Boxed($0) } }
  }
  private var boxedEvaluation: Boxed<Evaluation>?
  package var resources = Resources()
  package var retry = RetryPolicy.never
  /// Seconds.
  package var timeout: Double?
  package var slowAfter: Double?
  /// Seconds between TERM and KILL.
  package var grace: Double = 10
  /// Bytes of log that are kept.
  package var logLimit: Int = 64 << 20
  /// What the file says of the command and what it runs in, before names are filled in: the same for all instances.
  package var definition: String
  package var isCacheable = true
  /// Seconds after which a result is stale; nil: never.
  package var maxAge: Double?
  /// A folder, from the project root, that is kept between attempts and after an interruption, removed on success.
  package var checkpoint: String?
  /// Whether it runs at all, asked when everything it waits for is settled; nil: always.
  package var condition: Condition?
  /// It runs whatever became of what it needs.
  package var isFinal = false
  package var location: SourceLocation

  package init(id: StageID, base: String? = nil, kind: String, work: Work, at location: SourceLocation) {
    self.id = id
    self.base = base ?? id.name
    self.kind = kind
    self.work = work
    self.location = location
    if case .job(let command) = work { definition = command.lines.joined(separator: "\n") } else { definition = "" }
  }
}

extension Stage {
  /// The files with its numbers, from the project root; globs allowed.
  package var metricFiles: [String] {
    evaluation?.metricFiles ?? outputs.filter { $0.role == .metrics }.map(\.path)
  }

  /// Whether it leaves numbers that a condition can ask for.
  package var hasMetrics: Bool {
    subject == .candidate && (!metricFiles.isEmpty || evaluation?.predictions != nil)
  }
}
