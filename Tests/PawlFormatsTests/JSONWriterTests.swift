import PawlCore
import PawlFormats
import Testing

struct JSONWriterTests {
  @Test func `pretty text has two spaces a level and one-line empties`() {
    var writer = JSONWriter()
    writer.object { run in
      run.member("name", "a\"b")
      run.member("items", ["x", "y"])
      run.key("empty")
      run.array { _ in }
      run.key("none")
      run.object { _ in }
      run.member("score", Double.nan)
      run.member("count", 3)
      run.member("ok", true)
      run.member("why", String?.none)
      run.key("digits")
      run.decimalText("0.9120")
    }
    writer.newline()
    let expected = """
      {
        "name": "a\\"b",
        "items": [
          "x",
          "y"
        ],
        "empty": [],
        "none": {},
        "score": null,
        "count": 3,
        "ok": true,
        "why": null,
        "digits": 0.9120
      }

      """
    #expect(writer.text == expected)
  }

  @Test func `compact text has no white space`() {
    var writer = JSONWriter(.compact)
    writer.beginArray()
    writer.number(1)
    writer.number(1e22)
    writer.number(-.infinity)
    writer.number(nil)
    writer.decimalText(".5")
    writer.decimalText("012")
    writer.decimalText("abc")
    writer.decimalText("1e999")
    writer.string("\u{0}\u{7F}\u{2028}é😀")
    writer.endArray()
    #expect(writer.text == "[1.0,1e+22,null,null,0.5,12,null,null,\"\\u0000\\u007f\\u2028é😀\"]")
  }

  @Test func `what is written reads back`() throws {
    let value = try json(#"{"a":[1.50,-0,{"b":null}],"c":{"d":[true,[]]},"e":"\u0001\n"}"#)
    for style in [JSONWriter.Style.compact, .pretty] {
      var writer = JSONWriter(style)
      writer.value(value)
      #expect(try JSON.read(writer.bytes, file: "f") == value)
    }
  }

  @Test func `ends that open nothing are ignored`() {
    var writer = JSONWriter(.compact)
    writer.endObject()
    writer.beginObject()
    writer.endArray()
    writer.endObject()
    #expect(writer.text == "{}")
  }
}
