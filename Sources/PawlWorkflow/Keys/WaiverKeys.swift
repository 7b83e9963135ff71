/// The keys of one entry of a waivers file.
enum WaiverKeys {
  static let rule = Key("rule", .text, "the rule's name, or its one-line form")
  static let slice = Key("slice", .map(.text), "columns and their values; default: all rows and every slice")
  static let model = Key("model", .text, "the SHA-256 of the candidate's model file, or its first digits (8 or more)")
  static let upTo = Key("up-to", .amount, "the largest loss that is waived, such as 2pt")
  static let reason = Key("reason", .text, "why the exception is right")
  static let owner = Key("owner", .text, "who answers for it")
  static let expires = Key("expires", .text, "the last day that counts, such as 2026-12-31, in UTC")

  static let table = KeyTable(
    "waiver", [rule, slice, model, upTo, reason, owner, expires], required: ["rule", "reason", "owner", "expires"])
}
