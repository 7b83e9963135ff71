/// Corrections for many tests.
package enum Corrections {
  /// Holm's step-down p values, in the order given; NaN counts as 1.
  ///
  /// S. Holm, Scandinavian Journal of Statistics 6, 1979, 65–70. A harm is shown where the result is at most the level.
  package static func holm(_ p: [Double]) -> [Double] {
    let order = p.indices.sorted { (p[$0].isNaN ? 1 : p[$0]) < (p[$1].isNaN ? 1 : p[$1]) }
    var adjusted = [Double](repeating: 1, count: p.count)
    var largest = 0.0
    for (place, index) in order.enumerated() {
      let value = p[index].isNaN ? 1 : max(0, p[index])
      largest = max(largest, min(1, value * Double(p.count - place)))
      adjusted[index] = largest
    }
    return adjusted
  }
}
