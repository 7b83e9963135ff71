package import PawlCore

/// What a job runs and under which rules.
package struct JobSpec: Sendable {
  /// The command; the first word is looked up in the job's own `PATH` unless it holds a slash.
  package var argv: [String]
  /// The same command without the shell that `argv` names, where there is one; tried first.
  package var plain: Plain?
  /// Every variable the job sees; the mark is added.
  package var environment: [String: String]
  /// Where the job starts, absolute.
  package var directory: String
  /// The file its output is copied to, both streams in order; made with the first byte, so no output makes no file.
  package var log: String
  /// The file that notes when which part of the log came, made when not all of it came at once; nil for none.
  package var times: String?
  /// Whether it says how far it is by bytes that it writes into descriptor 3, one a step (`JobReport.steps`).
  package var countsSteps = false
  /// What the log is written to.
  package var disk = Disk(root: "/")
  /// Secret values, replaced by `***` in the log, in `onOutput` and in the report.
  package var masks: [String]
  /// After this long the job is stopped and counts as timed out; nil for never.
  package var timeout: Duration?
  /// Between TERM and KILL.
  package var grace: Duration
  /// Bytes of log kept, half from the head and half from the tail; at least 512.
  package var logLimit: Int
  /// The variable by which processes of this run are known, such as `PAWL_RUN`.
  package var mark: (name: String, value: String)
  /// Bytes of memory it may use, enforced where a control group can be made; nil for no limit.
  package var memoryLimit: Int?
  /// Folders of control groups to make its own in, the first that will do; nil for the machine's.
  package var cgroupFolders: [String]?

  /// A command that needs no shell.
  package struct Plain: Sendable, Hashable {
    package var argv: [String]
    /// Where its standard output goes instead, from the job's folder; emptied first.
    package var output: String?

    package init(argv: [String], output: String? = nil) { (self.argv, self.output) = (argv, output) }
  }

  package init(
    argv: [String], environment: [String: String], directory: String, log: String,
    masks: [String] = [],
    timeout: Duration? = nil, grace: Duration = .seconds(10), logLimit: Int = 64 << 20,
    mark: (name: String, value: String)
  ) {
    (self.argv, self.environment, self.directory, self.log) = (argv, environment, directory, log)
    (self.masks, self.timeout, self.grace, self.logLimit, self.mark) = (
      masks, timeout, grace, logLimit, mark
    )
  }
}

/// How a job went.
package struct JobReport: Sendable {
  package var exit: JobExit
  /// From start to the end of the main process; CPU and peak cover the processes it waited for.
  package var usage: Usage
  /// Names of processes that outlived a job which ended by itself, and were ended: `sleep 1000 (4711)`.
  package var leftovers: [String]
  /// Bytes of the log file, 0 when there is none.
  package var logBytes: Int
  /// Bytes the job printed; more than `logBytes` when the log's middle was left out.
  package var printedBytes: Int
  /// The last 200 lines, secrets masked, of lines overwritten with `\r` only what was last seen.
  package var tail: [String]
  /// Bytes it wrote into descriptor 3; nil when it was given none.
  package var steps: Int?
  /// What went wrong around the job: a warning where it went on, as when its log met a full disk, an error where it
  /// could not be started for it.
  package var problems: [Diagnostic]

  package init(
    exit: JobExit, usage: Usage = Usage(seconds: 0), leftovers: [String] = [], logBytes: Int = 0,
    printedBytes: Int = 0, tail: [String] = [], problems: [Diagnostic] = []
  ) {
    (self.exit, self.usage, self.leftovers, self.logBytes) = (exit, usage, leftovers, logBytes)
    (self.printedBytes, self.tail, self.problems) = (printedBytes, tail, problems)
  }
}
