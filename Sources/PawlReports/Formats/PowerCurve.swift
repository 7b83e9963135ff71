import PawlCore

/// The chance of each verdict against the candidate's true loss, as stacked bands in SVG.
struct PowerCurve {
  var title: String
  var points: [PowerPoint]
  var margin: Double
  var alpha: Double
  var unit: PowerWording.Unit

  private let left = 64.0
  private let top = 34.0
  private let plotWidth = 600.0
  private let plotHeight = 240.0
  private let right = 96.0

  /// Nil below two points: a sentence is more honest.
  init?(_ title: String, _ points: [PowerPoint], margin: Double?, alpha: Double?, unit: PowerWording.Unit) {
    guard points.count > 1, let margin, let first = points.first, let last = points.last, last.loss > first.loss,
      points.allSatisfy({ $0.loss.isFinite && $0.passes.isFinite && $0.fails.isFinite })
    else { return nil }
    self.title = title
    self.points = points
    self.margin = margin
    self.alpha = alpha ?? 0.05
    self.unit = unit
  }

  /// The drawing; `id` makes its title's identifier unique in the page.
  func svg(id: String) -> String {
    let (width, height) = (left + plotWidth + right, top + plotHeight + 56)
    var svg =
      "<svg class=\"power\" viewBox=\"0 0 \(n(width)) \(n(height))\" width=\"\(n(width))\" height=\"\(n(height))\" "
      + "role=\"img\" aria-labelledby=\"\(id)-t \(id)-d\" xmlns=\"http://www.w3.org/2000/svg\">\n"
      + "<title id=\"\(id)-t\">\(Escaping.html(title))</title>\n"
      + "<desc id=\"\(id)-d\">\(Escaping.html(description))</desc>\n"
    svg += bands + axes + marks + labels
    return svg + "</svg>\n"
  }

  // MARK: Places

  private var low: Double { points.first?.loss ?? 0 }
  private var high: Double { points.last?.loss ?? 1 }
  private func x(_ loss: Double) -> Double { left + (loss - low) / (high - low) * plotWidth }
  private func y(_ chance: Double) -> Double { top + (1 - min(1, max(0, chance))) * plotHeight }

  /// The pass from below, the fail from above; what is between them is inconclusive.
  private var bands: String {
    func place(_ point: PowerPoint, _ chance: Double) -> String { "\(n(x(point.loss))),\(n(y(chance)))" }
    let passes = points.map { place($0, $0.passes) }.joined(separator: " ")
    let fails = points.map { place($0, 1 - $0.fails) }.joined(separator: " ")
    let (start, end) = (n(x(low)), n(x(high)))
    return
      "<rect class=\"rest\" x=\"\(n(left))\" y=\"\(n(top))\" width=\"\(n(plotWidth))\" height=\"\(n(plotHeight))\"/>\n"
      + "<polygon class=\"passes\" points=\"\(start),\(n(y(0))) \(passes) \(end),\(n(y(0)))\"/>\n"
      + "<polygon class=\"fails\" points=\"\(start),\(n(y(1))) \(fails) \(end),\(n(y(1)))\"/>\n"
      + "<polyline class=\"pass-edge\" points=\"\(passes)\"/>\n<polyline class=\"fail-edge\" points=\"\(fails)\"/>\n"
  }

  private var axes: String {
    let bottom = y(0)
    var svg = line(left, bottom, left + plotWidth, bottom, of: "axis") + line(left, top, left, bottom, of: "axis")
    for tick in ForestPlot.ticks(low * unit.scale, high * unit.scale) {
      let at = x(tick.double / unit.scale)
      svg += line(at, bottom, at, bottom + 5, of: "axis")
      svg += text(at, bottom + 19, Numbers.general(tick), anchor: "middle", of: "tick")
    }
    for share in [0, 20, 40, 60, 80, 100] {
      let at = y(Double(share) / 100)
      svg += line(left - 5, at, left, at, of: "axis")
      svg += text(left - 9, at + 4, "\(share) %", anchor: "end", of: "tick")
    }
    let axis = unit == .points ? "true loss of the candidate, points" : "true loss of the candidate"
    svg += text(left + plotWidth / 2, bottom + 42, axis + "; below 0 it is better", anchor: "middle", of: "dim")
    return svg + "\n"
  }

  /// Where the models are equal, where the margin is, and the share of it that may pass.
  private var marks: String {
    let (zero, at, promised) = (x(0), x(margin), y(alpha))
    var svg = line(zero, top, zero, y(0), of: "equal")
    svg += line(at, top, at, y(0), of: "zero")
    svg += line(left, promised, left + plotWidth, promised, of: "promise")
    svg += text(
      left + plotWidth + 8, promised + 4, "\(PowerWording.error(alpha)) promised", anchor: "start", of: "tick")
    // Side by side where there is no room above each.
    let isNear = at - zero < 130
    svg += text(isNear ? zero - 4 : zero, top - 10, "equal models", anchor: isNear ? "end" : "middle", of: "tick")
    let margin = "margin " + PowerWording.written(self.margin, unit)
    svg += text(isNear ? at + 4 : at, top - 10, margin, anchor: isNear ? "start" : "middle", of: "label")
    return svg + "\n"
  }

  /// Each band's name where it is widest.
  private var labels: String {
    func widest(_ height: (PowerPoint) -> Double) -> PowerPoint? {
      // Not at the very edge, where half of the word would be outside.
      let inner = points.filter { x($0.loss) > left + 50 && x($0.loss) < left + plotWidth - 60 }
      return inner.max { height($0) < height($1) }
    }
    var svg = ""
    if let point = widest({ $0.passes }), point.passes > 0.15 {
      svg += text(x(point.loss), y(point.passes / 2) + 4, "pass", anchor: "middle", of: "name")
    }
    if let point = points.last(where: { x($0.loss) < left + plotWidth - 40 }), point.fails > 0.15 {
      svg += text(x(point.loss), y(1 - point.fails / 2) + 4, "fail", anchor: "middle", of: "name")
    }
    func rest(_ point: PowerPoint) -> Double { 1 - point.passes - point.fails }
    // Beside the lines, where the band leaves room there.
    let beside = points.filter { abs(x($0.loss) - x(margin)) > 56 && abs(x($0.loss) - x(0)) > 56 }
    let roomy = beside.max { rest($0) < rest($1) }.flatMap { rest($0) > 0.3 ? $0 : nil }
    if let point = roomy ?? widest(rest), rest(point) > 0.15 {
      let middle = y(point.passes + rest(point) / 2) + 4
      svg += text(x(point.loss), middle, "inconclusive", anchor: "middle", of: "name")
    }
    return svg + "\n"
  }

  private var description: String {
    func say(_ point: PowerPoint?) -> String? {
      point.map {
        "at a true loss of \(PowerWording.amount($0.loss, unit)) it passes \(PowerWording.chance($0.passes)) "
          + "and fails \(PowerWording.chance($0.fails)) of the time"
      }
    }
    let equal = points.min { abs($0.loss) < abs($1.loss) }
    let atMargin = points.min { abs($0.loss - margin) < abs($1.loss - margin) }
    return [say(equal), say(atMargin), say(points.last)].compactMap { $0 }.joined(separator: "; ")
  }

  private func text(_ x: Double, _ y: Double, _ text: String, anchor: String, of style: String) -> String {
    "<text class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor)\">\(Escaping.html(text))</text>"
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, of style: String) -> String {
    "<line class=\"\(style)\" x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\"/>"
  }

  /// A coordinate with at most two decimals and an ASCII minus.
  private func n(_ value: Double) -> String {
    Numbers.forMachines(Numbers.general(Decimal(Numbers.forMachines(Numbers.fixed(value, decimals: 2))) ?? .zero))
  }
}
