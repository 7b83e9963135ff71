/// `--force [STAGE]`, `--reuse-only [STAGE]` and `--keys [STAGE]`: options whose value may be left out, which ArgumentParser does not know.
enum OptionalValues {
  private static let names = [
    "--force": "--force-stage", "--reuse-only": "--reuse-only-stage", "--keys": "--keys-stage",
  ]

  /// Spells an option that has its value as the option with a value: a word that follows and names no file or option.
  static func expand(_ arguments: [String]) -> [String] {
    var result: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2, let long = names[String(parts[0])] {
        result += [long, String(parts[1])]
      } else if let long = names[word], let next = rest.first, isStage(next) {
        result += [long, next]
        rest.removeFirst()
      } else {
        result.append(word)
      }
    }
    return result
  }

  private static func isStage(_ word: String) -> Bool {
    !word.hasPrefix("-") && !word.hasSuffix(".yml") && !word.hasSuffix(".yaml")
  }
}
