import Foundation
import Testing
import TrainerSettings

@Suite struct JSONTextTests {
    @Test func `what a terminal would obey is escaped as JSON does`() throws {
        let text = "a\u{1B}[31m\u{7}\u{9B}2J\u{202E}\u{2066}\u{200F}\u{2028}\u{7F}\0\r é 😀\"\\"
        let json = JSONText.render(.object(["k\u{1B}\u{202E}": .string(text)]))
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
        let text = JSONText.render(value)
        let others = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        let data = try JSONSerialization.data(withJSONObject: [others])
        #expect(try JSONDecoder().decode([SettingValue].self, from: data) == [value])
        #expect(try JSONDecoder().decode([SettingValue].self, from: Data("[\(text)]".utf8)) == [value])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity]) func `what JSON cannot say is null`(number: Double) {
        #expect(JSONText.render(.array([.double(number)])) == "[\n  null\n]")
    }

    @Test func `keys are sorted and each has its line`() {
        let value = SettingValue.object(["b": .array([.int(1), .double(2)]), "a": .object([:])])
        #expect(JSONText.render(value) == "{\n  \"a\" : {},\n  \"b\" : [\n    1,\n    2.0\n  ]\n}")
    }
}
