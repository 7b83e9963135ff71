package import PawlCore
import PawlFormats

/// `pawl show --keys --format json`: schema `pawl.keys/1`.
package enum KeysJSON {
  package static func render(run: String, _ entries: [RunRecord.Entry]) -> String {
    document { json in
      json.member("run", run)
      json.key("stages")
      json.array { json in
        for entry in entries {
          json.object { json in
            json.member("name", entry.planned.id.name)
            json.member("key", entry.settlement?.key?.hex)
            json.key("parts")
            parts(entry.settlement?.fingerprint?.parts ?? [], &json)
          }
        }
      }
    }
  }

  /// What differs from another run.
  package static func render(run: String, against other: String, _ comparisons: [KeyComparison]) -> String {
    document { json in
      json.member("run", run)
      json.member("against", other)
      json.key("stages")
      json.array { json in
        for comparison in comparisons {
          json.object { json in
            json.member("name", comparison.stage.name)
            json.member("key", comparison.now?.key?.hex)
            json.member("was", comparison.was?.key?.hex)
            json.key("old")
            parts(comparison.changes.flatMap(\.old), &json)
            json.key("new")
            parts(comparison.changes.flatMap(\.new), &json)
          }
        }
      }
    }
  }

  private static func document(_ members: (inout JSONWriter) -> Void) -> String {
    var json = JSONWriter(.pretty)
    json.object { json in
      json.member("schema", "pawl.keys/1")
      members(&json)
    }
    return json.text
  }

  private static func parts(_ parts: [Fingerprint.Part], _ json: inout JSONWriter) {
    json.array { json in
      for part in parts {
        json.object { json in
          json.member("kind", part.kind.rawValue)
          json.member("name", part.name)
          json.member("value", part.value)
        }
      }
    }
  }
}
