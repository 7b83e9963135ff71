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
  package var why: [MissReason]
  /// Seconds it took last time.
  package var seconds: Double?

  package init(
    stage: PlannedStage, directory: String = "", inputs: [String] = [], outputs: [String] = [], forecast: Forecast,
    why: [MissReason] = [], seconds: Double? = nil
  ) {
    self.stage = stage
    self.directory = directory
    self.inputs = inputs
    self.outputs = outputs
    self.forecast = forecast
    self.why = why
    self.seconds = seconds
  }
}
