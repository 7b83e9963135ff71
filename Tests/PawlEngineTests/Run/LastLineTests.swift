import PawlCore
import PawlEngine
import Testing

struct LastLineTests {
  private func told(_ chunks: String...) -> Progress {
    let line = LastLine()
    for chunk in chunks { line.take(Array(chunk.utf8)) }
    var progress = Progress(stage: StageID("train"), elapsed: 1)
    line.tell(&progress)
    return progress
  }

  @Test func `the last line is what was printed last, its end still open or not`() {
    #expect(told("one\ntwo\n").lastLine == "two")
    #expect(told("one\ntw", "o").lastLine == "two")
    #expect(told("10%\r20%\r").lastLine == "20%")
    #expect(told("one\r\n\r\n\n").lastLine == "one")
    #expect(told("").lastLine == "")
    #expect(told(String(repeating: "x", count: 5_000)).lastLine.count == 400)
  }

  @Test func `what a stage tells its bar is taken, split as it comes, and never the last line`() {
    let progress = told("epoch 1\n::pa", "wl progress 40/2", "00 loss=0.31\n::pawl")
    #expect(progress.done == 40 && progress.total == 200)
    #expect(progress.metrics == [.init("loss", 0.31)])
    #expect(progress.lastLine == "epoch 1")
    #expect(told("epoch 1\n::pawl progress 1/2").done == nil)
    #expect(told("::pawl progress 0.2\n").fraction == 0.2)
    let metrics = told("::pawl metric loss=0.31 acc=0.9\r\n::pawl metric loss=0.25\n").metrics
    #expect(metrics == [.init("loss", 0.25), .init("acc", 0.9)])
  }

  @Test func `another attempt begins with nothing`() {
    let line = LastLine()
    line.take(Array("epoch 9\n::pawl progress 9/10 loss=0.1\nhalf a li".utf8))
    line.begin()
    var progress = Progress(stage: StageID("train"), elapsed: 1)
    line.tell(&progress)
    #expect(progress.lastLine == "" && progress.done == nil && progress.total == nil && progress.metrics.isEmpty)
    line.take(Array("ne\n".utf8))
    #expect(line.text == "ne")
  }

  @Test func `a loss that ran away is shown as what it is`() {
    let metrics = told("::pawl metric loss=nan grad=-inf\n").metrics
    #expect(metrics.map(\.name) == ["loss", "grad"])
    #expect(metrics.first?.value.isNaN == true && metrics.last?.value == -.infinity)
  }

  @Test(arguments: [
    "progress", "progress nan", "progress inf/2", "progress 1/0", "progress -1/2", "progress 1/-2", "progress 1e999/2",
    "progress 0x10/0x20", "progress 1/2/3", "progress 1.5", "progress 1e16/1e16", "progress /", "progress 1/", "metric",
    "metric =1", "metric a", "metric a=", "metric a=b", "metric a\u{7}=1", "metric \u{1B}[31m=1",
    "metric aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1", "metric a=\(String(repeating: "1", count: 40))", "other 1/2",
    "Progress 1/2", " progress", "metric \u{202E}a=1", "metric a\u{0}b=1",
  ]) func `what is not exactly a sign is ignored and not shown`(_ text: String) {
    let progress = told("before\n::pawl \(text)\n")
    #expect(progress.done == nil && progress.metrics.isEmpty)
    #expect(progress.lastLine == "before")
  }

  @Test func `at most four metrics are kept, the rest of the line is not lost`() {
    let words = (1...9).map { "m\($0)=\($0)" }.joined(separator: " ")
    #expect(told("::pawl progress 1/2 \(words)\n").metrics.map(\.name) == ["m1", "m2", "m3", "m4"])
  }

  @Test func `a sign longer than any screen, bytes that are no text, and floods are harmless`() {
    #expect(told("::pawl metric a=1 " + String(repeating: "b=2 ", count: 1_000) + "\nend\n").lastLine == "end")
    let line = LastLine()
    line.take([0xFF, 0xFE, 0x00, 0x0A])
    #expect(line.text == "\u{FFFD}\u{FFFD}\u{0}")
    line.take(Array(String(repeating: "y\n", count: 100_000).utf8) + Array("last\n".utf8))
    #expect(line.text == "last")
    line.take([UInt8](repeating: 0x0D, count: 50_000))
    #expect(line.text == "last")
  }
}
