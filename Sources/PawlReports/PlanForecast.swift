package import PawlCore

/// What would become of a stage, before anything runs.
package struct PlanForecast: Sendable, Hashable {
  package enum Forecast: String, Sendable, Hashable { case reuse, run, skip, undetermined }

  package var stage: PlannedStage
  /// From the project root; empty for the root itself.
  package var directory: String
  package var inputs: [String]
  package var outputs: [String]
  package var forecast: Forecast
  /// Of a stage that would run, or may.
  package var why: [MissReason]
  /// Of a stage that would be taken as it is.
  package var reuse: Reuse?
  /// Of a stage that would not run.
  package var skip: SkipReason?
  /// Seconds that it may take, as far as history knows.
  package var seconds: Double?

  package init(
    stage: PlannedStage, directory: String = "", inputs: [String] = [], outputs: [String] = [], forecast: Forecast,
    why: [MissReason] = [], reuse: Reuse? = nil, skip: SkipReason? = nil, seconds: Double? = nil
  ) {
    self.stage = stage
    self.directory = directory
    self.inputs = inputs
    self.outputs = outputs
    self.forecast = forecast
    self.why = why
    self.reuse = reuse
    self.skip = skip
    self.seconds = seconds
  }
}

/// How long a plan would take.
package struct PlanTime: Sendable, Hashable {
  /// Wall seconds from the first start to the last end.
  package var seconds: Double
  /// How many stages run at the same time.
  package var jobs: Int

  package init(seconds: Double, jobs: Int) {
    self.seconds = seconds
    self.jobs = jobs
  }
}
