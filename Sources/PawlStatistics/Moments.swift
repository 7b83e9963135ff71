/// Count, mean, spread and extremes of numbers, in one pass.
///
/// Welford's update; parts merge as in Chan, Golub & LeVeque 1983, so rows may be read in ranges. The result depends
/// on where the ranges are cut only in the last digits: cut them the same way each time.
package struct Moments: Sendable, Hashable {
  package private(set) var count = 0
  package private(set) var mean = 0.0
  /// Sum of squares about the mean.
  package private(set) var squares = 0.0
  /// The smallest number, infinity when there is none.
  package private(set) var smallest = Double.infinity
  /// The largest number, −infinity when there is none.
  package private(set) var largest = -Double.infinity

  package init() {}

  package init(_ numbers: some Sequence<Double>) {
    for number in numbers { add(number) }
  }

  init(count: Int, mean: Double, squares: Double, smallest: Double, largest: Double) {
    self.count = count
    self.mean = mean
    self.squares = squares
    self.smallest = smallest
    self.largest = largest
  }

  package mutating func add(_ number: Double) {
    count &+= 1
    let delta = number - mean
    mean += delta / Double(count)
    squares += delta * (number - mean)
    smallest = min(smallest, number)
    largest = max(largest, number)
  }

  package mutating func merge(_ other: Moments) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let (n, m) = (Double(count), Double(other.count))
    let delta = other.mean - mean
    mean += delta * m / (n + m)
    squares += other.squares + delta * delta * n * m / (n + m)
    count &+= other.count
    smallest = min(smallest, other.smallest)
    largest = max(largest, other.largest)
  }

  /// Variance with n − 1, 0 below two numbers.
  package var variance: Double { count > 1 ? max(0, squares) / Double(count - 1) : 0 }

  /// Whether every number was finite and the sums did not overflow.
  package var isFinite: Bool { mean.isFinite && squares.isFinite && (count == 0 || (largest - smallest).isFinite) }

  /// Whether all numbers are equal.
  package var isConstant: Bool { count > 0 && smallest == largest }
}
