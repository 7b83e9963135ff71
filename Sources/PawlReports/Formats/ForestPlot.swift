import PawlCore

/// Rules as a forest plot in SVG: right is better, zero is the baseline (or the fixed bound), the allowed loss is shaded.
///
/// One plot a unit, so that rows of one plot share an axis.
struct ForestPlot {
  struct Row {
    var label: String
    var verdict: Verdict
    /// Advantage and its bounds, in the plot's unit.
    var value: Double
    var low: Double?
    var high: Double?
    /// What the rule allows, from and to, in the plot's unit; one of them may be open.
    var bandFrom: Double?
    var bandTo: Double?
    var bandIsRequired: Bool
    /// The numbers, and what is allowed.
    var said: String
    var allowed: String

    var text: String { [said, allowed].filter { !$0.isEmpty }.joined(separator: "; ") }
  }

  var title: String
  var unit: String
  var zero: String
  var rows: [Row]

  private let rowHeight = 36.0
  private let labelWidth = 210.0
  private let plotWidth = 380.0
  private let textWidth = 290.0
  private let top = 30.0

  init(title: String, unit: String, zero: String, rows: [Row]) {
    self.title = title
    self.unit = unit
    self.zero = zero
    self.rows = rows
  }

  // MARK: From judgements

  /// The plots of a gate's judgements, one for each unit and kind of zero; judgements without numbers have none.
  static func plots(_ judgements: [Judgement], withExhibit: Bool = false) -> [ForestPlot] {
    var plots: [ForestPlot] = []
    for judgement in judgements {
      guard let row = row(judgement, withExhibit) else { continue }
      let isPercent = judgement.rule.format == .percent
      let unit = isPercent ? "points" : judgement.rule.metric
      let (zero, about) = origin(judgement)
      if let index = plots.firstIndex(where: { $0.unit == unit && $0.zero == zero }) {
        plots[index].rows.append(row)
      } else {
        plots.append(ForestPlot(title: "\(about), \(unit)", unit: unit, zero: zero, rows: [row]))
      }
    }
    return plots
  }

  /// What zero is, at the axis and in the plot's title.
  private static func origin(_ judgement: Judgement) -> (zero: String, about: String) {
    switch judgement.rule.comparison {
    case .mayLose, .mustGain, .within: ("baseline", "Difference to the baseline")
    case .anchor(let name, _): (name, "Difference to \(name)")
    case .history: ("limit", "Distance to the limit of \(Wording.promotions(judgement))")
    case .atLeast, .atMost: ("required", "Distance to the fixed bound")
    }
  }

  private static func row(_ judgement: Judgement, _ withExhibit: Bool) -> Row? {
    let reading = Reading(judgement)
    let scale = judgement.rule.format == .percent ? 100.0 : 1.0
    let limit = judgement.limit.map { $0 * scale }
    let comparison = Wording.comparison(judgement)
    let isDifference = judgement.rule.comparison.isDifference
    let value = isDifference ? nil : Wording.candidate(judgement)
    let isHistory = if case .history = judgement.rule.comparison { true } else { false }
    let said = [value, comparison.isEmpty ? nil : comparison].compactMap { $0 }.joined(
      separator: isHistory ? ", " : " ")
    let label = Wording.subject(judgement, withExhibit: withExhibit)
    func make(_ value: Double, _ low: Double?, _ high: Double?, _ band: (Double?, Double?), _ required: Bool) -> Row? {
      guard value.isFinite, abs(value) < 1e12 else { return nil }
      return Row(
        label: label, verdict: judgement.verdict, value: value, low: low.flatMap { $0.isFinite ? $0 : nil },
        high: high.flatMap { $0.isFinite ? $0 : nil }, bandFrom: band.0, bandTo: band.1, bandIsRequired: required,
        said: said, allowed: Wording.allowedCell(judgement))
    }
    guard isDifference else {
      guard let side = judgement.candidate, let limit, limit.isFinite else { return nil }
      let sign = judgement.rule.direction == .higherIsBetter ? 1.0 : -1.0
      let bounds = [side.low, side.high].map { $0.map { sign * ($0 * scale - limit) } }
      return make(
        sign * (side.value * scale - limit), sign > 0 ? bounds[0] : bounds[1], sign > 0 ? bounds[1] : bounds[0],
        isHistory ? usual(judgement, scale, limit, sign) : (nil, nil), true)
    }
    guard let advantage = reading.advantage else { return nil }
    let band: (Double?, Double?)
    var isRequired = false
    switch judgement.rule.comparison {
    case .mayLose, .anchor: band = (limit.map { -$0 }, 0)
    case .mustGain:
      band = (0, limit)
      isRequired = true
    case .within: band = (limit.map { -$0 }, limit)
    case .atLeast, .atMost, .history: band = (nil, nil)
    }
    return make(
      advantage.double * scale, reading.low.map { $0.double * scale }, reading.high.map { $0.double * scale }, band,
      isRequired)
  }

  /// The band between both limits of a history, which is what is usual there.
  private static func usual(
    _ judgement: Judgement, _ scale: Double, _ limit: Double, _ sign: Double
  ) -> (Double?, Double?) {
    let ends = [judgement.baseline?.low, judgement.baseline?.high].compactMap { $0 }.filter(\.isFinite)
      .map { sign * ($0 * scale - limit) }.sorted()
    return ends.count == 2 ? (ends[0], ends[1]) : (nil, nil)
  }

  // MARK: Drawing

  private var range: (low: Double, high: Double) {
    var low = 0.0
    var high = 0.0
    for row in rows {
      for value in [row.value, row.low, row.high, row.bandFrom, row.bandTo].compactMap({ $0 }) where value.isFinite {
        low = min(low, value)
        high = max(high, value)
      }
    }
    let span = high - low
    guard span > 0, span.isFinite else { return (-1, 1) }
    return (low - span * 0.06, high + span * 0.06)
  }

  /// Ticks at 1, 2 or 5 × 10ⁿ, at most 6.
  static func ticks(_ low: Double, _ high: Double) -> [Decimal] {
    let span = high - low
    guard span > 0, span.isFinite, let exact = Decimal(span) else { return [] }
    let leading = exact.digits.count + exact.exponent - 1
    for power in (leading - 2)...(leading + 1) {
      for mantissa in [1, 2, 5] {
        guard let step = Decimal("\(mantissa)e\(power)"), step.double > 0 else { continue }
        let first = (low / step.double).rounded(.up)
        let last = (high / step.double).rounded(.down)
        guard last - first < 6, last >= first, abs(first) < 1e6, abs(last) < 1e6 else { continue }
        return (Int(first)...Int(last)).compactMap { (Decimal("\($0)") ?? .zero) * step }
      }
    }
    return [.zero]
  }

  /// The drawing; `id` makes its title's identifier unique in the page.
  func svg(id: String) -> String {
    let range = range
    func x(_ value: Double) -> Double {
      labelWidth + (value - range.low) / (range.high - range.low) * plotWidth
    }
    let axisY = top + rowHeight * Double(rows.count)
    let height = axisY + 44
    let width = labelWidth + plotWidth + textWidth
    var svg =
      "<svg class=\"forest\" viewBox=\"0 0 \(n(width)) \(n(height))\" width=\"\(n(width))\" height=\"\(n(height))\" role=\"img\" "
      + "aria-labelledby=\"\(id)-t \(id)-d\" xmlns=\"http://www.w3.org/2000/svg\">\n"
      + "<title id=\"\(id)-t\">\(Escaping.html(title))</title>\n<desc id=\"\(id)-d\">\(Escaping.html(description))</desc>\n"
    svg += text(labelWidth, 16, "← worse", anchor: "start", of: "dim")
    svg += text(labelWidth + plotWidth, 16, "better →", anchor: "end", of: "dim")
    for (index, row) in rows.enumerated() { svg += self.row(row, top + rowHeight * Double(index), range, x) }
    svg += line(x(0), top - 6, x(0), axisY + 4, of: "zero")
    svg += line(labelWidth, axisY, labelWidth + plotWidth, axisY, of: "axis")
    for tick in ForestPlot.ticks(range.low, range.high) {
      let at = x(tick.double)
      svg += line(at, axisY, at, axisY + 5, of: "axis")
      let sign = tick.isZero || tick.isNegative ? "" : "+"
      svg += text(at, axisY + 19, sign + Numbers.general(tick), anchor: "middle", of: "tick")
    }
    svg += text(x(0), axisY + 37, zero, anchor: x(0) < labelWidth + 40 ? "start" : "middle", of: "tick")
    svg += text(labelWidth + plotWidth + 14, axisY + 19, unit, anchor: "start", of: "dim")
    return svg + "</svg>\n"
  }

  private func row(_ row: Row, _ y: Double, _ range: (low: Double, high: Double), _ x: (Double) -> Double) -> String {
    let middle = y + rowHeight / 2
    var svg = "<g class=\"v-\(row.verdict.rawValue)\">"
    if let from = row.bandFrom, let to = row.bandTo, from.isFinite, to.isFinite, to > from {
      svg +=
        "<rect class=\"\(row.bandIsRequired ? "required" : "band")\" x=\"\(n(x(from)))\" y=\"\(n(y + 4))\" "
        + "width=\"\(n(max(1, x(to) - x(from))))\" height=\"\(n(rowHeight - 8))\"/>"
    }
    svg += text(0, middle + 4.5, Wording.mark(row.verdict), anchor: "start", of: "mark")
    svg += text(
      20, middle + 4.5, Columns.cut(Escaping.terminal(row.label), 27), anchor: "start", of: "label", full: row.label)
    let low = row.low ?? (row.high == nil ? nil : range.low)
    let high = row.high ?? (row.low == nil ? nil : range.high)
    if let low, let high {
      svg += line(x(low), middle, x(high), middle, of: "bar")
      if row.low != nil { svg += line(x(low), middle - 6, x(low), middle + 6, of: "bar") }
      if row.high != nil { svg += line(x(high), middle - 6, x(high), middle + 6, of: "bar") }
    }
    svg += "<circle class=\"dot\" cx=\"\(n(x(row.value)))\" cy=\"\(n(middle))\" r=\"5\"/>"
    let left = labelWidth + plotWidth + 14
    if row.said.isEmpty {
      svg += text(left, middle + 4.5, row.allowed, anchor: "start", of: "num")
    } else {
      svg += text(left, middle - 2.5, row.said, anchor: "start", of: "num")
      svg += text(left, middle + 12.5, "allowed: " + row.allowed, anchor: "start", of: "dim")
    }
    return svg + "</g>\n"
  }

  private var description: String {
    rows.map { "\($0.label): \($0.verdict.rawValue), \($0.text)" }.joined(separator: ". ")
  }

  private func text(
    _ x: Double, _ y: Double, _ text: String, anchor: String, of style: String, full: String? = nil
  ) -> String {
    let title = full.map { $0 == text ? "" : "<title>\(Escaping.html($0))</title>" } ?? ""
    return
      "<text class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor)\">\(Escaping.html(text))\(title)</text>"
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, of style: String) -> String {
    "<line class=\"\(style)\" x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\"/>"
  }

  /// A coordinate with at most two decimals and an ASCII minus.
  private func n(_ value: Double) -> String {
    Numbers.forMachines(Numbers.general(Decimal(Numbers.forMachines(Numbers.fixed(value, decimals: 2))) ?? .zero))
  }
}
