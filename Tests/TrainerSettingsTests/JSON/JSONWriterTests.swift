import Foundation
import Testing
import TrainerSettings

struct JSONWriterTests {
    @Test func `what a terminal would obey is escaped as JSON does`() throws {
        let text = "a\u{1B}[31m\u{7}\u{9B}2J\u{202E}\u{2066}\u{200F}\u{2028}\u{7F}\0\r é 😀\"\\"
        let json = JSONWriter.text(.object(["k\u{1B}\u{202E}": .string(text)]), .shown)
        #expect(json.unicodeScalars.allSatisfy { $0 == "\n" || !$0.commandsTerminals })
        #expect(json.contains(#"\u001b[31m\u0007\u009b2J\u202e\u2066\u200f\u2028\u007f\u0000\r é 😀\"\\"#))
        #expect(try JSONDecoder().decode([String: String].self, from: Data(json.utf8)) == ["k\u{1B}\u{202E}": text])
    }

    private static let values: [SettingValue] = [
        .null, .bool(true), .bool(false), .int(.max), .int(.min), .int(0), .double(0.1), .double(-2.5e-300), .double(1e300),
        .double(.leastNonzeroMagnitude), .double(-0.0), .double(3), .string(""), .array([]), .object([:]),
        .string("\"quoted\" \\ / back\u{8}\u{C}\n\r\t\0\u{1}\u{1F}\u{7F} \u{85}\u{2028} é 漢 🏳️‍🌈"),
        .array([.array([.null]), .object(["": .array([])])]),
        .object(["b": .int(1), "a": .object(["ß": .string("x"), "z": .double(1.5)]), "\n\"": .bool(true)]),
    ]

    @Test(arguments: values) func `what is written is read again by others`(value: SettingValue) throws {
        let text = JSONWriter.text(value, .shown)
        let others = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        let data = try JSONSerialization.data(withJSONObject: [others])
        #expect(try JSONDecoder().decode([SettingValue].self, from: data) == [value])
        #expect(try JSONDecoder().decode([SettingValue].self, from: Data("[\(text)]".utf8)) == [value])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity]) func `what JSON cannot say is null`(number: Double) {
        #expect(JSONWriter.text(.array([.double(number)]), .shown) == "[\n  null\n]")
    }

    @Test func `keys are sorted and each has its line`() {
        let value = SettingValue.object(["b": .array([.int(1), .double(2)]), "a": .object([:])])
        #expect(JSONWriter.text(value, .shown) == "{\n  \"a\" : {},\n  \"b\" : [\n    1,\n    2.0\n  ]\n}")
    }

    private static let unusual = SettingValue.array([
        .double(.nan), .double(-.infinity), .double(1), .string("\u{7F}\u{202E}\u{8}"), .array([]), .object([:]),
    ])

    @Test(
        arguments: [
            (.shown, #"[\n  null,\n  null,\n  1.0,\n  "\u007f\u202e\u0008",\n  [],\n  {}\n]"#),
            (.file, #"[\n  "NaN",\n  "-Infinity",\n  1.0,\n  "\u007f\u202e\u0008",\n  [],\n  {}\n]"#),
            (.exact, #"["NaN","-Infinity",1.0,"\u007f\u202e\u0008",[],{}]"#),
            (.cell, "[\"NaN\",\"-Infinity\",1,\"\u{7F}\u{202E}\\b\",[],{}]"),
            (.report, #"[NaN, -Infinity, 1.0, "\u007f\u202e\u0008", [], {}]"#),
        ] as [(JSONStyle, String)])
    func `each style has its layout and its words`(style: JSONStyle, expected: String) {
        let expected = style == .shown || style == .file ? expected.replacing(#"\n"#, with: "\n") : expected
        #expect(JSONWriter.text(Self.unusual, style) == expected)
    }

    @Test func `the keys of a line can keep their order`() {
        let text = JSONWriter.text(ordered: [("step", .int(2)), ("loss", .double(0.5)), ("a", .null)], .report)
        #expect(text == #"{"step": 2, "loss": 0.5, "a": null}"#)
    }
}
