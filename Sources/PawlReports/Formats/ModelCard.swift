import Mustache
package import PawlCore

/// `MODEL_CARD.md`: Hugging Face front matter with `model-index`, metrics with bounds, verdict, digests of the evidence.
package enum ModelCard: Report {
  package static let name = "card"
  package static let file = "MODEL_CARD.md"
  package static let guide =
    "the model's README for a hub or a registry: `huggingface-cli upload ORG/MODEL pawl-report/MODEL_CARD.md README.md`"

  package static func render(_ record: RunRecord, _ options: ReportOptions) -> String {
    let content = CardContent(record)
    guard let text = record.head?.cardTemplate else { return content.frontMatter + render(defaultTemplate, content) }
    // Values are made harmless for Markdown already; the engine must not escape them again.
    guard let template = try? MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n" + text) else {
      let note = "\n<!-- the card's own template cannot be read as Mustache; this is the default one -->\n"
      return content.frontMatter + render(defaultTemplate, content) + note
    }
    let body = template.render(content.fields)
    return body.hasPrefix("---\n") ? body : content.frontMatter + body
  }

  private static func render(_ text: String, _ content: CardContent) -> String {
    guard let template = try? MustacheTemplate(string: text) else { return "" }
    return template.render(content.fields)
  }

  /// What `template: default` means; a user's own template has the same names at hand.
  package static let defaultTemplate = """
    {{% CONTENT_TYPE:TEXT}}

    # {{name}}

    {{#has-about}}
    {{about}}

    {{/has-about}}
    **{{mark}} {{headline}}**

    {{#sections}}
    ## {{title}}

    {{text}}

    {{/sections}}
    ## Evaluation

    {{#has-metrics}}
    {{{metrics-table}}}

    {{/has-metrics}}
    {{^has-metrics}}
    No metric was judged in this run.

    {{/has-metrics}}
    {{#gates}}
    ## Gate {{name}}: {{verdict}}

    {{tally}}

    {{{table}}}

    {{#claims}}
    - {{.}}
    {{/claims}}
    {{#notes}}
    - note: {{.}}
    {{/notes}}

    {{/gates}}
    {{#has-parameters}}
    ## Training parameters

    {{{parameters-table}}}

    {{/has-parameters}}
    {{#has-evidence}}
    ## Evidence

    Every number above was measured on these files.

    {{{evidence-table}}}

    {{/has-evidence}}
    ## Provenance

    {{#provenance}}
    - {{name}}: {{{value}}}
    {{/provenance}}

    """
}
