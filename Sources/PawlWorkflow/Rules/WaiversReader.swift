import PawlCore
import PawlFormats

/// Reads a file of waivers, a YAML or JSON list (contract §4, *Waivers*); an empty file waives nothing.
struct WaiversReader {
  /// Of the waivers file itself.
  let problems: Problems
  let metrics: [String: MetricMeaning]
  /// The gate's: a waiver that means one of them takes its line.
  let rules: [GateRule]

  private typealias Keys = WaiverKeys

  func read(_ bytes: [UInt8]) -> [Waiver] {
    do throws(Failure) {
      guard let node = try YAML.read(bytes, file: problems.file), !node.isNull else { return [] }
      guard let items = node.items else {
        problems.error(
          "type", "the file holds \(node.pairs == nil ? "a text" : "a map"), it must be a list of waivers",
          at: node.location, remedy: "begin each waiver with `- rule: …`")
        return []
      }
      let waivers = items.compactMap { waiver(Section($0, Keys.table, problems)) }
      refuseRepeats(waivers)
      return waivers
    } catch {
      problems.add(error)
      return []
    }
  }

  private func waiver(_ section: Section) -> Waiver? {
    guard section.node.pairs != nil else { return nil }
    refuseNothing(section)
    let expires = day(section)
    let limit = margin(section)
    let model = model(section)
    let slice = slice(section)
    let (rule, reason, owner) = (words(Keys.rule, section), words(Keys.reason, section), words(Keys.owner, section))
    guard let rule, let reason, let owner, let expires else { return nil }
    return Waiver(
      rule: rule, line: line(rule), slice: slice, model: model, upTo: limit, reason: reason, owner: owner,
      expires: expires.text, end: expires.end, at: section[Keys.rule]?.location ?? section.node.location)
  }

  /// A key without a value would waive more than its author thought.
  private func refuseNothing(_ section: Section) {
    for key in [Keys.slice, Keys.model, Keys.upTo] where section.has(key) && section.node[key.name]?.isNull ?? false {
      problems.error(
        "type", "`\(key.name)` is nothing", at: section.place(key), remedy: "give it a value, or remove the key")
    }
  }

  /// A text with something in it; nil after reporting that it is blank, or where it is absent.
  private func words(_ key: Key, _ section: Section) -> String? {
    guard let node = section[key], let text = node.scalar?.text else { return nil }
    if text.contains(where: { !$0.isWhitespace }) { return text }
    problems.error("value", "`\(key.name)` is empty", at: node.location, remedy: "\(key.name): \(key.doc)")
    return nil
  }

  private func line(_ rule: String) -> String? {
    guard let parsed = try? RuleReader.rule(rule, metrics) else { return nil }
    let meaning = RuleMeaning(parsed.line)
    return rules.first { $0.line == parsed.line || (meaning != nil && RuleMeaning($0.line) == meaning) }?.line
      ?? parsed.line
  }

  private func day(_ section: Section) -> Day? {
    guard let node = section[Keys.expires], let text = node.scalar?.text else { return nil }
    do throws(Day.Fault) {
      return try Day(text)
    } catch {
      let (cause, remedy) = explain(error, text)
      problems.error("waiver", "`\(text)` is not a day", at: node.location, cause: cause, remedy: remedy)
      return nil
    }
  }

  private func explain(_ fault: Day.Fault, _ text: String) -> (cause: String?, remedy: String) {
    let form = "write year, month and day, such as `2026-12-31`"
    switch fault {
    case .form:
      let start = String(text.prefix(10))
      let isLonger = text.count > 10 && (try? Day(start)) != nil
      return (nil, isLonger ? "write the day alone: `\(start)`" : form)
    case .month(let month): return ("there is no month \(month)", form)
    case .day(let last): return ("the month ends on `\(last.text)`", "write a day up to `\(last.text)`")
    }
  }

  private func margin(_ section: Section) -> Margin? {
    guard let node = section[Keys.upTo], let text = node.scalar?.text else { return nil }
    do throws(RuleFault) {
      return try MarginText.margin(text)
    } catch {
      problems.error("waiver", error.message, at: node.location, remedy: error.remedy)
      return nil
    }
  }

  private func model(_ section: Section) -> String? {
    guard let node = section[Keys.model], let text = node.scalar?.text else { return nil }
    let digits = (text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text).lowercased()
    guard (8...64).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
      problems.error(
        "waiver", "`\(text)` is not the SHA-256 of a model", at: node.location,
        remedy: "write its 64 hexadecimal digits, or the first 8 or more; `sha256sum MODEL` prints them")
      return nil
    }
    return digits
  }

  private func slice(_ section: Section) -> [SliceValue] {
    let pairs = section.pairs(Keys.slice)
    if pairs.isEmpty, section[Keys.slice] != nil {
      problems.error(
        "waiver", "`slice` names no column", at: section.place(Keys.slice),
        remedy: "write `slice: { island: Dream }`, or remove it to cover all rows and every slice")
    }
    return pairs.compactMap { pair in pair.value.scalar.map { SliceValue(pair.name, $0.text) } }
  }

  private struct Target: Hashable {
    var rule: String
    var slice: Set<SliceValue>
    var model: String?
  }

  private func refuseRepeats(_ waivers: [Waiver]) {
    var first: [Target: Waiver] = [:]
    for waiver in waivers {
      let target = Target(rule: waiver.line ?? waiver.rule, slice: Set(waiver.slice), model: waiver.model)
      guard let other = first[target] else {
        first[target] = waiver
        continue
      }
      problems.error(
        "waiver", "`\(waiver.rule)` is waived twice", at: waiver.location,
        cause: other.location.map { "first in line \($0.line)" }, remedy: "keep one of them")
    }
  }
}
