import Foundation
import Testing

@testable import PawlStatistics

@Suite struct DistributionTests {
  @Test func `normal tails and quantiles agree with scipy to 1e-12`() throws {
    for item in try Vectors.cases("distributions", kind: "normal") {
      let x = try Vectors.number(item.part("input")["x"])
      let expected = try item.part("expected")
      #expect(try agree(Normal.cdf(x), Vectors.number(expected["cdf"]), relative: 1e-12), "cdf \(x)")
      #expect(try agree(Normal.sf(x), Vectors.number(expected["sf"]), relative: 1e-12), "sf \(x)")
    }
    for item in try Vectors.cases("distributions", kind: "normal-quantile") {
      let q = try Vectors.number(item.part("input")["q"])
      #expect(try agree(Normal.quantile(q), Vectors.number(item.part("expected")["ppf"]), relative: 1e-12))
    }
  }

  @Test func `student tails agree with scipy to 1e-12`() throws {
    for item in try Vectors.cases("distributions", kind: "student") {
      let input = try item.part("input")
      let (t, df) = (try Vectors.number(input["t"]), try Vectors.number(input["df"]))
      let expected = try item.part("expected")
      #expect(try agree(Student.cdf(t, df: df), Vectors.number(expected["cdf"]), relative: 1e-12))
      #expect(try agree(Student.sf(t, df: df), Vectors.number(expected["sf"]), relative: 1e-12))
    }
  }

  /// Integrals with 40 digits by mpmath.
  @Test(
    arguments: [
      (1e-08, 1.0, 0.499999996816901138),
      (0.3, 0.5, 0.42242957606524541),
      (100000.0, 0.5, 0.00101414553013899965),
      (1.7, 2.5, 0.102806108579941927),
      (3.0, 1.0, 0.102416382349566726),
      (6.68, 9.0, 0.0000452893770836474989),
      (1.6449, 1999.0, 0.0500738299856841373),
      (12.0, 300.5, 1.13981564904025619e-27),
      (30.0, 1000.0, 7.68734372202131691e-142),
      (2.0, 1000000.0, 0.0227502669256596042),
      (1e+30, 3.7, 2.18257519532518701e-111),
    ] as [(Double, Double, Double)])
  func `student tails agree with forty digits`(t: Double, df: Double, sf: Double) {
    #expect(agree(Student.sf(t, df: df), sf, relative: 1e-12))
  }

  @Test(
    arguments: [
      (0.1, 2.0, 3.0, 0.0523000000000000054),
      (0.999, 50.0, 0.5, 0.752369019965376681),
      (1e-10, 0.3, 4.0, 0.00164449999988615041),
      (0.25, 1000.5, 3000.0, 0.49696487844460149),
      (0.3, 1000.5, 3000.0, 0.999999999998850235),
      (0.0001, 3.0, 20000.0, 0.323377720411400625),
      (0.5, 40.0, 41.5, 0.566319765001942423),
      (0.049, 5000.0, 100000.0, 0.9815393983248439),
      (0.7, 0.001, 2.0, 0.999943281673604341),
    ] as [(Double, Double, Double, Double)])
  func `beta tails agree with forty digits`(x: Double, a: Double, b: Double, lower: Double) {
    #expect(agree(Beta.cdf(x, a: a, b: b), lower, relative: 2e-12), "\(Beta.cdf(x, a: a, b: b))")
  }

  @Test(
    arguments: [
      (0.0, 10.0, 0.3, 0.0282475249000000045, 0.0282475249000000045),
      (3.0, 10.0, 0.5, 0.171875, 0.1171875),
      (9.0, 10.0, 0.5, 0.9990234375, 0.009765625),
      (2.0, 54.0, 0.5, 8.2489570729649131e-14, 7.94364574119299505e-14),
      (480.0, 1000.0, 0.5, 0.108724146602070471, 0.0113409823711877275),
      (30.0, 5000.0, 0.01, 0.0015271786754999999, 0.000652377624979682484),
      (0.0, 1000000.0, 9.5367431640625e-07, 0.385322446766196129, 0.385322446766196129),
      (7.0, 20.0, 0.001, 1.0, 7.65182644446071758e-17),
    ] as [(Double, Double, Double, Double, Double)])
  func `binomial tails agree with exact sums`(k: Double, n: Double, p: Double, cdf: Double, pmf: Double) {
    #expect(agree(Binomial.cdf(k, n: n, p: p), cdf, relative: 1e-12))
    #expect(agree(Binomial.pmf(k, n: n, p: p), pmf, relative: 1e-12))
  }

  @Test func `quantiles undo tails`() {
    for alpha in [0.4999, 0.3, 0.05, 0.01, 1e-5, 1.1641532182693481e-11, 1e-100] {
      #expect(agree(Normal.sf(Normal.upperQuantile(alpha)), alpha, relative: 1e-12 * 400))
      for df in [0.3, 1, 1.5, 2, 3, 7.25, 49, 1000, 1e5, 1e7] {
        let t = Student.upperQuantile(alpha, df: df)
        guard t.isFinite else {
          #expect(alpha == 1e-100 && df == 0.3)
          continue
        }
        // t itself is held to 1e-15, and a steep tail magnifies that.
        let steepness = 1 + min(df, t * t)
        #expect(agree(Student.sf(t, df: df), alpha, relative: 1e-13 * (10 + steepness)), "\(alpha) \(df) \(t)")
      }
      for (a, b) in [(1.0, 1.0), (0.5, 20), (3, 1), (500, 2), (1e5, 1e5)] {
        #expect(agree(Beta.cdf(Beta.quantile(alpha, a: a, b: b), a: a, b: b), alpha, relative: 1e-9))
        let upper = Beta.upperQuantile(alpha, a: a, b: b)
        #expect(Beta.tails(upper, a: a, b: b).upper >= alpha)
      }
    }
    #expect(agree(Level.usual.z, 1.6448536269514722, relative: 1e-15))
    #expect(agree(Student.upperQuantile(0.05, df: 2), 2.9199855803537242, relative: 1e-14))
    #expect(Level(confidence: 0.95) == .usual)
  }

  @Test func `a level of every look is exact for many looks`() throws {
    let level = Level.usual.halved(32)
    #expect(agree(level.z, 6.68, relative: 1e-3))
    #expect(agree(Level.usual.shared(by: 10).alpha, 0.005, relative: 1e-15))
    #expect(Level(alpha: 0) == nil)
    #expect(Level(confidence: 1) == nil)
    #expect(Level(confidence: .nan) == nil)
    #expect(Level.usual.halved(.max).z.isFinite)
    #expect(Level.usual.shared(by: .min) == .usual)
  }
}
