package import PawlCore
package import PawlSystem

/// Everything a run is given: values and stores, no globals.
package struct RunContext: Sendable {
  package var workspace: Workspace
  package var workflow: Workflow
  package var plan: Plan
  package var head: RunHead
  package var folder: RunFolder
  package var memory: StageMemory
  package var baselines: BaselineHeads
  package var options: RunOptions
  package var forecast: Forecast
  /// Wall seconds of earlier runs.
  package var durations: [StageID: Double]
  /// The caller's variables.
  package var environment: [String: String]
  package var capacity: Schedule.Capacity
  package var executor: any Executor
  package var now: @Sendable () -> Timestamp
  /// Sentences for a record's claims.
  package var claims: @Sendable (GateResult) -> [String]

  package init(
    workspace: Workspace, workflow: Workflow, plan: Plan, head: RunHead, folder: RunFolder, memory: StageMemory,
    baselines: BaselineHeads, options: RunOptions, forecast: Forecast, durations: [StageID: Double],
    environment: [String: String], capacity: Schedule.Capacity, executor: any Executor = LocalExecutor(),
    now: @escaping @Sendable () -> Timestamp = { WallClock.now() },
    claims: @escaping @Sendable (GateResult) -> [String]
  ) {
    self.workspace = workspace
    self.workflow = workflow
    self.plan = plan
    self.head = head
    self.folder = folder
    self.memory = memory
    self.baselines = baselines
    self.options = options
    self.forecast = forecast
    self.durations = durations
    self.environment = environment
    self.capacity = capacity
    if let offered = options.offered { self.capacity.counts = offered }
    self.executor = executor
    self.now = now
    self.claims = claims
  }

  package var disk: Disk { workspace.disk }
}
