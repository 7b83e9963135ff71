import Foundation
import PawlTestSupport

/// The study's tables in the repository, a part each; only the full study writes them.
actor Book {
  static let shared = Book()

  /// Parts in their order, with what a reader must know of each.
  private static let parts: [(name: String, text: String)] = Notes.parts
  private static let columns =
    "part,test,setting,rows,disagreement,margin,draws,false_pass,sd,false_fail,power,theory,too_few,mark"

  /// Puts a part's cells into the tables, in place of those that were there.
  func write(_ part: String, _ cells: [Cell]) throws {
    guard Scale.isFull else { return }
    let path = "Fixtures/study/error-rates.csv"
    let old = (try? Repository.text(path))?.split(separator: "\n").dropFirst().map(String.init) ?? []
    var lines = old.filter { !$0.hasPrefix(part + ",") }
    lines += cells.map { Book.line(part, $0) }
    let order = Dictionary(uniqueKeysWithValues: Book.parts.enumerated().map { ($1.name, $0) })
    func place(_ line: String) -> Int { order[String(line.prefix { $0 != "," })] ?? order.count }
    let sorted = lines.enumerated().sorted { (place($0.element), $0.offset) < (place($1.element), $1.offset) }
    lines = sorted.map(\.element)
    try save(path, ([Book.columns] + lines).joined(separator: "\n") + "\n")
    try save("Fixtures/study/error-rates.md", Book.markdown(lines))
  }

  /// Writes a page of its own.
  func write(page name: String, _ text: String) throws {
    guard Scale.isFull else { return }
    try save("Fixtures/study/\(name).md", text)
  }

  private func save(_ path: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: Repository.root + "/" + path))
  }

  private static func line(_ part: String, _ cell: Cell) -> String {
    func plain(_ text: String) -> String { text.replacing(",", with: ";") }
    func number(_ value: Double?) -> String { value.map { String(format: "%.5g", $0) } ?? "" }
    return [
      part, plain(cell.test), plain(cell.setting), String(cell.rows), number(cell.disagreement),
      number(cell.margin), cell.draws > 0 ? String(cell.draws) : "exact", number(cell.falsePass),
      number(cell.deviation), number(cell.falseFail), number(cell.power), number(cell.theory), number(cell.tooFew),
      cell.mark,
    ].joined(separator: ",")
  }

  private static func markdown(_ lines: [String]) -> String {
    var text = Notes.head
    let cells = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    for part in parts {
      let own = cells.filter { $0.first == part.name }
      guard !own.isEmpty else { continue }
      text += "\n## \(part.name)\n\n\(part.text)\n\n"
      text += "| test | setting | n | d % | margin | draws | false pass % | sd | false fail % | power % | exact % "
      text += "| too few rows % | |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n"
      for cell in own where cell.count == 14 {
        func share(_ index: Int, _ digits: Int = 1) -> String { Double(cell[index]).map { percent($0, digits) } ?? "" }
        let fields = [
          cell[1].replacing(";", with: ","), cell[2].replacing(";", with: ","), cell[3], share(4), cell[5], cell[6],
          share(7, 2), share(8, 2),
          share(9), share(10), share(11), share(12), cell[13] == "" ? "" : "**\(cell[13])**",
        ]
        text += "| " + fields.joined(separator: " | ") + " |\n"
      }
    }
    return text
  }
}
