/// What the model card is made of.
package struct Card: Sendable, Hashable {
  /// `default`, or a path to the user's own template from the project root.
  package var template: String
  /// Section name and the path of its Markdown text, from the project root, in the file's order.
  package var sections: [Value.Entry]

  package init(template: String = "default", sections: [Value.Entry] = []) {
    self.template = template
    self.sections = sections
  }
}

/// A workflow, expanded: every matrix instance is a stage, every name is resolved.
package struct Workflow: Sendable, Hashable {
  package var name: String
  package var about: String?
  /// The file, from the project root.
  package var file: String
  package var parameters: Value
  package var metrics: [String: MetricMeaning]
  /// In the file's order, matrix instances in the product's order, twins after their stage.
  package var stages: [Stage]
  package var card: Card
  /// Whether reports may hold the contents of rows.
  package var reportsRows: Bool
  /// Seconds that a whole run may take; nil: any.
  package var timeout: Double?
  /// The share of reused results that each run makes again and compares, from 0 to 1.
  package var auditShare = 0.0
  /// How outputs get into the cache and back, tried in this order; a copy when none works.
  package var cacheLinks = CacheLink.usual

  package init(
    name: String, about: String? = nil, file: String, parameters: Value = .map([]),
    metrics: [String: MetricMeaning] = [:], stages: [Stage], card: Card = Card(), reportsRows: Bool = true
  ) {
    self.name = name
    self.about = about
    self.file = file
    self.parameters = parameters
    self.metrics = metrics
    self.stages = stages
    self.card = card
    self.reportsRows = reportsRows
  }
}

/// How a file's content comes to stand at a second path.
package enum CacheLink: String, Sendable, Hashable, CaseIterable {
  /// A copy that shares its blocks until either is written to.
  case reflink
  /// One file with two names, which nobody may write to.
  case hardlink
  case copy

  /// Neither name can be harmed through the other.
  package static let usual: [CacheLink] = [.reflink, .copy]
}
