/// The page's skeleton in Mustache, and its style.
///
/// Values stand in three braces: `HTMLPage` escapes them by scalars. The template engine escapes by `Character`, where a
/// `<` with a combining mark behind it is not a `<`.
enum HTMLTemplate {
  static let page = """
    <!DOCTYPE html>
    <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
    <meta name="generator" content="pawl {{{version}}}"/>
    <title>{{{title}}}</title>
    <style>
    {{{style}}}
    </style>
    </head>
    <body>
    <main>
    <header class="v-{{{verdict-class}}}">
    <p class="word"><span class="mark" aria-hidden="true">{{{mark}}}</span> {{{verdict}}}</p>
    <h1>{{{headline}}}</h1>
    <p class="facts">{{{facts}}}</p>
    </header>
    {{#failures}}
    <section class="{{{class}}}">
    <h2>{{{name}}}</h2>
    <p>{{{message}}}</p>
    {{#has-remedy}}<p class="remedy">{{{remedy}}}</p>{{/has-remedy}}
    {{#has-log}}<pre>{{{log}}}</pre>{{/has-log}}
    </section>
    {{/failures}}
    {{#gates}}
    <section>
    <h2><span class="mark v-{{{class}}}">{{{mark}}}</span> {{{name}}}: {{{verdict}}}</h2>
    <p>{{{tally}}}</p>
    {{#plots}}
    <figure><figcaption>{{{title}}}</figcaption><div class="scroll">{{{svg}}}</div></figure>
    {{/plots}}
    <div class="scroll"><table class="rules">
    <thead><tr><th>rule</th><th>candidate</th><th>baseline</th><th>difference{{{bounds}}}</th><th>allowed</th><th>rows</th><th>p</th><th>test</th></tr></thead>
    <tbody>
    {{#rules}}
    <tr class="v-{{{class}}}"><th scope="row"><span class="mark">{{{mark}}}</span>&#160;{{{subject}}}<span class="verdict">{{{verdict}}}</span></th><td>{{{candidate}}}</td><td>{{{baseline}}}</td><td>{{{difference}}}</td><td>{{{allowed}}}</td><td>{{{rows}}}</td><td>{{{p}}}</td><td>{{{test}}}</td></tr>
    {{#has-details}}
    <tr class="more"><td colspan="8">{{#details}}<p>{{{.}}}</p>{{/details}}</td></tr>
    {{/has-details}}
    {{/rules}}
    </tbody>
    </table></div>
    {{#notes}}<p class="note">{{{.}}}</p>
    {{/notes}}
    {{#has-claims}}
    <details><summary>What a pass means</summary><ul>
    {{#claims}}<li>{{{.}}}</li>
    {{/claims}}
    </ul></details>
    {{/has-claims}}
    </section>
    {{#has-changes}}
    <section>
    <h2>What changed since the baseline</h2>
    <ul>
    {{#changes}}<li>{{{.}}}</li>
    {{/changes}}
    </ul>
    </section>
    {{/has-changes}}
    {{#has-slices}}
    <section>
    <h2>Slices</h2>
    {{#slice-plots}}
    <figure><figcaption>{{{title}}}, lowest bound first</figcaption><div class="scroll">{{{svg}}}</div></figure>
    {{/slice-plots}}
    {{#slice-lines}}<p class="note">{{{.}}}</p>
    {{/slice-lines}}
    </section>
    {{/has-slices}}
    {{/gates}}
    {{#has-stages}}
    <section>
    <h2>Stages</h2>
    <p>{{{stage-tally}}}</p>
    {{#has-timeline}}
    <figure><figcaption>Stages against time</figcaption><div class="scroll">{{{timeline}}}</div></figure>
    {{/has-timeline}}
    <div class="scroll"><table>
    <thead><tr><th>stage</th><th>outcome</th><th>end</th><th>why</th><th>scored again</th></tr></thead>
    <tbody>
    {{#stages}}
    <tr class="{{{class}}}"><th scope="row"><span class="mark">{{{mark}}}</span>&#160;{{{name}}}</th><td>{{{outcome}}}</td><td>{{{ending}}}</td><td>{{{why}}}</td><td>{{{twin}}}</td></tr>
    {{/stages}}
    </tbody>
    </table></div>
    </section>
    {{/has-stages}}
    <section class="provenance">
    <h2>Where it comes from</h2>
    <dl>
    {{#provenance}}<dt>{{{name}}}</dt><dd>{{{value}}}</dd>
    {{/provenance}}
    </dl>
    {{#has-parameters}}
    <details><summary>Parameters</summary><div class="scroll"><table><tbody>
    {{#parameters}}<tr><th scope="row">{{{name}}}</th><td>{{{value}}}</td></tr>
    {{/parameters}}
    </tbody></table></div></details>
    {{/has-parameters}}
    {{#has-outputs}}
    <details><summary>Outputs and their digests</summary><div class="scroll"><table>
    <thead><tr><th>path</th><th>stage</th><th>size</th><th>SHA-256</th></tr></thead><tbody>
    {{#outputs}}<tr><th scope="row">{{{path}}}</th><td>{{{stage}}}</td><td>{{{size}}}</td><td class="digest">{{{digest}}}</td></tr>
    {{/outputs}}
    </tbody></table></div></details>
    {{/has-outputs}}
    </section>
    </main>
    </body>
    </html>

    """

  static let style = """
    :root { --ground: #fff; --text: #1c2024; --dim: #5b6570; --line: #d6dbe1; --soft: #f3f5f7; --accent: #1f5fbf;
      --pass: #1a7f45; --fail: #a8121f; --doubt: #8a5a00; --invalid: #6b2fa0; --band: #cfe0f7; --need: #f3dfb0; }
    @media (prefers-color-scheme: dark) { :root { --ground: #14171a; --text: #e6e9ec; --dim: #9aa5b0; --line: #363d45;
      --soft: #1d2226; --accent: #7fb0ff; --pass: #5fd08c; --fail: #ff8b8b; --doubt: #f0c058; --invalid: #cfa0ff;
      --band: #24405f; --need: #54431a; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 960px; margin: 0 auto; padding: 24px 20px 64px; }
    header { border-left: 6px solid var(--dim); padding: 2px 0 2px 16px; margin-bottom: 28px; }
    h1 { font-size: 1.5rem; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; margin: 0 0 8px; overflow-wrap: anywhere; }
    section { margin: 0 0 36px; }
    p { margin: 4px 0; overflow-wrap: anywhere; }
    .word { font-weight: 700; font-size: 1.05rem; margin: 0; }
    .facts, .note, figcaption, dt { color: var(--dim); font-size: .9rem; }
    .v-pass .word, .v-pass .mark, .mark.v-pass { color: var(--pass); } header.v-pass { border-color: var(--pass); }
    .v-fail .word, .v-fail .mark, .mark.v-fail, .bad .mark { color: var(--fail); } header.v-fail { border-color: var(--fail); }
    .v-inconclusive .word, .v-inconclusive .mark, .mark.v-inconclusive, .v-waived .word, .v-waived .mark, .mark.v-waived { color: var(--doubt); }
    header.v-inconclusive, header.v-waived { border-color: var(--doubt); }
    .v-invalid .word, .v-invalid .mark, .mark.v-invalid { color: var(--invalid); } header.v-invalid { border-color: var(--invalid); }
    .good .mark { color: var(--pass); } .mark { font-weight: 700; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: 6px 14px 6px 0; vertical-align: top; border-top: 1px solid var(--line); }
    thead th { color: var(--dim); font-weight: 500; border-top: 0; white-space: nowrap; }
    tbody th { font-weight: 600; } td { white-space: nowrap; } td:last-child, td:nth-child(4) { white-space: normal; }
    .rules tbody th { min-width: 11em; } .rules td:nth-child(4) { white-space: nowrap; } .rules td:nth-child(5) { white-space: normal; }
    .verdict { color: var(--dim); font-weight: 400; margin-left: 8px; }
    tr.more td { border-top: 0; padding: 0 0 8px 20px; color: var(--dim); white-space: normal; }
    figure { margin: 12px 0 20px; } svg { display: block; max-width: none; }
    svg text { font: 13px system-ui, sans-serif; fill: var(--text); }
    svg .dim, svg .tick { fill: var(--dim); font-size: 12px; } svg .mark { font-weight: 700; }
    .v-pass .mark { fill: var(--pass); } .v-fail .mark { fill: var(--fail); } .v-invalid .mark { fill: var(--invalid); }
    .v-inconclusive .mark, .v-waived .mark { fill: var(--doubt); }
    svg .zero { stroke: var(--text); stroke-width: 1.5; } svg .axis { stroke: var(--dim); stroke-width: 1; }
    svg .band { fill: var(--band); } svg .required { fill: var(--need); }
    svg .bar { stroke: var(--dim); stroke-width: 2.5; } svg .dot { fill: var(--dim); }
    .v-pass .bar { stroke: var(--pass); } .v-pass .dot { fill: var(--pass); }
    .v-fail .bar { stroke: var(--fail); } .v-fail .dot { fill: var(--fail); }
    .v-inconclusive .bar, .v-waived .bar { stroke: var(--doubt); } .v-inconclusive .dot, .v-waived .dot { fill: var(--doubt); }
    .v-invalid .bar { stroke: var(--invalid); } .v-invalid .dot { fill: var(--invalid); }
    svg .ran { fill: var(--band); } svg .ran.twin { fill: var(--need); } svg .ran.bad { fill: none; stroke: var(--fail); stroke-width: 2; }
    svg .ran.odd { fill: none; stroke: var(--doubt); stroke-width: 2; } svg .bar-label { font-size: 12px; }
    pre { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: 10px 12px; overflow-x: auto;
      font: 13px/1.45 ui-monospace, monospace; }
    .failure { border-left: 3px solid var(--fail); padding-left: 16px; } .failure.soft { border-color: var(--doubt); } .remedy { font-weight: 600; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0 0 12px; } dd { margin: 0; overflow-wrap: anywhere; }
    .digest { font: 12px ui-monospace, monospace; } code { font: .92em ui-monospace, monospace; } summary { cursor: pointer; color: var(--accent); }
    @media (max-width: 600px) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 6px; } main { padding: 16px 12px 48px; } }
    @media print { body { font-size: 11pt; } main { max-width: none; padding: 0; } section, figure, tr { break-inside: avoid; }
      svg { max-width: 100%; height: auto; } .scroll { overflow: visible; } pre { white-space: pre-wrap; } }
    """
}
