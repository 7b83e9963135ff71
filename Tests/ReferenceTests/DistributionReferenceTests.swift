import PawlStatistics
import Testing

/// Tails and quantiles against mpmath and scipy, at random arguments.
@Suite struct DistributionReferenceTests {
  private func answer(_ point: Reference.Point) -> Double? {
    let x = point.arguments.map(\.value)
    switch point.name {
    case "normal.sf": return Normal.sf(x[0])
    case "normal.cdf": return Normal.cdf(x[0])
    case "normal.upperQuantile": return Normal.upperQuantile(x[0])
    case "student.sf": return Student.sf(x[0], df: x[1])
    case "student.twoSided": return Student.twoSided(x[0], df: x[1])
    case "student.upperQuantile": return Student.upperQuantile(x[0], df: x[1])
    case "beta.lower": return Beta.tails(x[0], a: x[1], b: x[2]).lower
    case "beta.upper": return Beta.tails(x[0], a: x[1], b: x[2]).upper
    case "beta.quantile": return Beta.quantile(x[0], a: x[1], b: x[2])
    case "beta.upperQuantile": return Beta.upperQuantile(x[0], a: x[1], b: x[2])
    case "binomial.pmf": return Binomial.pmf(x[0], n: x[1], p: x[2])
    case "binomial.cdf": return Binomial.cdf(x[0], n: x[1], p: x[2])
    case "binomial.sf": return Binomial.sf(x[0], n: x[1], p: x[2])
    default: return nil
    }
  }

  @Test func `tails and quantiles are right to twelve digits, far out as well`() throws {
    let points = try Reference.drawn().distributions
    #expect(points.count > 500)
    for point in points {
      let value = answer(point)
      #expect(
        value != nil && agrees(value, point.truth.value, relative: 1e-12, absolute: 0),
        "\(point.name)\(point.arguments.map(\.value)): \(value ?? .nan), not \(point.truth.value)")
    }
  }

  @Test func `the arbiter itself is held to scipy`() throws {
    let points = try Reference.drawn().distributions
    #expect(points.count { $0.scipyAgrees } > points.count * 95 / 100)
    #expect(Set(points.map(\.name)).count == 13)
  }
}
