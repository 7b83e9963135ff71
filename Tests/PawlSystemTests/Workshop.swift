import Glibc
import PawlCore
import PawlSystem
import Synchronization
import Testing

/// A folder of a test's own, gone with the value.
final class Workshop: Sendable {
  let disk: Disk

  init() {
    disk = Disk(root: "/tmp/pawl-system-tests-\(Random.identifier())")
    do { try disk.makeFolder(".") } catch { Issue.record(error) }
  }

  deinit { try? disk.remove(".", recursively: true) }

  var root: String { disk.root }

  func path(_ name: String) -> String { disk.absolute(name) }

  /// A file's text, nil when there is none.
  func text(_ name: String) -> String? {
    ((try? disk.read(name)) ?? nil).map { String(decoding: $0, as: UTF8.self) }
  }

  func write(_ name: String, _ text: String) throws {
    try disk.makeFolder(Paths.parent(name).isEmpty ? "." : Paths.parent(name))
    try disk.write(name, Array(text.utf8))
  }

  /// A job that runs a line of shell here, its log in `log`.
  func job(
    _ script: String, log: String = "logs/log", masks: [String] = [],
    timeout: Duration? = .seconds(60),
    grace: Duration = .seconds(5), logLimit: Int = 64 << 20, stage: String = "stage"
  ) -> JobSpec {
    var environment = Environment.all()
    environment["PAWL_STAGE"] = stage
    return JobSpec(
      argv: ["sh", "-c", script], environment: environment, directory: root, log: path(log),
      masks: masks,
      timeout: timeout, grace: grace, logLimit: logLimit, mark: ("PAWL_RUN", Disk(root: root).root))
  }

  func run(_ script: String, masks: [String] = [], timeout: Duration? = .seconds(60)) async
    -> JobReport
  {
    await runJob(job(script, masks: masks, timeout: timeout), handle: JobHandle())
  }

  /// Runs a command to its end and gives its output.
  @discardableResult
  func shell(_ script: String) throws -> String {
    let answer = try capture(["sh", "-ec", script], in: root, timeout: .seconds(30))
    if answer.status != 0 { Issue.record("\(script): \(answer.complaint)") }
    return answer.text
  }
}

/// The one diagnostic of the failure a call must throw.
func diagnostic<Value>(_ body: () throws -> Value) throws -> Diagnostic {
  do {
    let value = try body()
    Issue.record("no failure but \(value)")
  } catch let failure as Failure {
    return try #require(failure.diagnostics.first)
  }
  throw Failure(Diagnostic("test.no-failure", "nothing was thrown"))
}

/// Bytes a listener heard, in order.
final class Heard: Sendable {
  private let all = Mutex<[UInt8]>([])

  func add(_ bytes: [UInt8]) { all.withLock { $0 += bytes } }

  var bytes: [UInt8] { all.withLock { $0 } }

  var text: String { String(decoding: bytes, as: UTF8.self) }
}
