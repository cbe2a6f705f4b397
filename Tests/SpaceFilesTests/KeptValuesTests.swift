import Foundation
import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

/// What is accepted reads back from a store as what it was; what could not is refused with its place.
struct KeptValuesTests {
    @Test(arguments: [
        (
            "{values: [.nan, 1]}",
            "4:16: 'p' has .nan, which is equal to no value, not even to itself, so no trial could be found by it"
        ),
        (
            "{value: [1, .nan]}",
            "4:18: 'p' has .nan, which is equal to no value, not even to itself, so no trial could be found by it"
        ),
        (
            "{values: [1e400, 1]}",
            "4:16: found 1e400, which is beyond what a number can hold; for infinity write .inf, for a text write quotes"
        ),
        ("{values: [1e-400, 1]}", "4:16: found 1e-400, which is beyond what a number can hold, for a text write quotes"),
        ("{min: 0.0, max: .inf}", "4:22: found .inf, expected a number"),
        ("{values: [.inf, \"Infinity\"]}", "4:22: Infinity is among the values already"),
        (
            "{distribution: log_normal, mu: 1000}", "4:37: mu 1000 and sigma 1 give values beyond what a number can hold"
        ),
        (
            "{distribution: log_normal, sigma: 100}", "4:40: mu 0 and sigma 100 give values beyond what a number can hold"
        ),
        (
            "{distribution: normal, mu: 1e308, sigma: 1e308}",
            "4:33: mu 1e+308 and sigma 1e+308 give values beyond what a number can hold"
        ),
        (
            "{min: 9007199254740993, max: 9007199254740999}",
            "4:12: found 9007199254740993, expected a whole number within 2^53 of 0"
        ),
        (
            "{value: 18446744073709551615}",
            "4:14: found 18446744073709551615, a whole number beyond 64 bits, which would be rounded; for a text write quotes, for a rounded "
                + "number an exponent (1.8e19)"
        ),
        ("{value: \(nested(61))}", "4:75: 'p' is nested deeper than 60 levels"),
        ("{value: \(nested(70))}", "4:75: 'p' is nested deeper than 60 levels"),
        ("{value: \(nested(120))}", "4:112: nested deeper than 100 levels"),
    ])
    func `what cannot be kept is refused where it stands`(form: String, message: String) {
        #expect(refusal(sweep("p: \(form)")) == "space.yaml:\(message)")
    }

    @Test(arguments: [
        ("{values: [1, 9223372036854775808]}", "4:19: found 9223372036854775808, a whole"),
        ("{value: -9223372036854775809}", "4:14: found -9223372036854775809, a whole"),
        ("{value: 123456789012345678901}", "4:14: found 123456789012345678901, a whole"),
        ("{value: 0xFFFFFFFFFFFFFFFF}", "4:14: found 0xFFFFFFFFFFFFFFFF, a whole"),
        ("{value: {a: [123456789012345678901]}}", "4:19: found 123456789012345678901, a whole"),
        ("{min: 0, max: 9223372036854775808}", "4:20: found 9223372036854775808, a whole"),
        (#"{values: ["a\0b", c]}"#, "4:16: found a text with the character NUL (\\0), which no program can be given"),
        (#"{value: {"a\0": 1}}"#, "4:15: found a text with the character NUL"),
        (
            "{values: [x, \(String(repeating: "a", count: 140_000))]}",
            "4:19: with this value, the word for 'p' has 140004 bytes, and the"
        ),
        ("{value: [\(String(repeating: "abc, ", count: 40_000))]}", "4:14: with this value, the word for 'p' has"),
    ])
    func `what no program can be given as it is written is refused where it stands`(form: String, message: String) {
        #expect(
            refusal(sweep("p: \(form)"))?.hasPrefix("space.yaml:\(message)") == true,
            "\(refusal(sweep("p: \(form)")) ?? "accepted")")
    }

    @Test func `quotes keep a long number, and a file takes what a word does not`() throws {
        #expect(try distribution("{value: '18446744073709551615'}") == .constant(.string("18446744073709551615")))
        let long = String(repeating: "a", count: 140_000)
        let command = "trainer: {type: command, command: [t, --config, '${args_json_file}']}\nmetric: {name: x}\n"
        #expect(refusal(command + "parameters: {p: {value: \(long)}}\n") == nil)
        #expect(
            refusal(command.replacing("--config", with: long) + "parameters: {p: {value: 1}}\n")?.contains(
                ":1:39: this word has 140000 bytes") == true)
        let list = "list_style: space\nmetric: {name: x}"
        #expect(refusal(sweep("p: {value: [\(String(repeating: "abc, ", count: 40_000))]}", before: list)) == nil)
        #expect(refusal(study("r: {values: [2]}", trainer: "text_column: \(long)")) == nil)
    }

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
    }

    @Test(arguments: [
        "{values: [.inf, -.inf, 1.0, 2]}", "{values: [[.inf, 1.0], {a: -.inf}, x]}", "{value: .inf}", "{values: [1.0, 2, 0.5]}",
        "{values: [Infinity, NaN, 1]}", "{value: \(nested(60))}", "{min: 0.0, max: 4.0}", "{min: 0.0, max: 4.0, q: 1.0}",
        "{min: 0, max: 4, q: 0.5}", "{min: 0, max: 4}", "{distribution: log_normal, mu: 60, sigma: 60}",
        "{distribution: log_uniform_values, min: 1e-300, max: 1e300}", "{distribution: normal, mu: -1e200, sigma: 1e199}",
        "{min: -9007199254740992, max: -9007199254740000}", "{values: [9007199254740993, 9007199254740992]}",
        "{values: [~, true, '']}",
        "{distribution: log_uniform, min: -690, max: 690}",
    ])
    func `what is accepted reads back as what it was`(form: String) throws {
        let distribution = try #require(try distribution(form))
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<40 {
            let value = distribution.value(atQuantile: generator.unit())
            let cell = try JSONEncoder().encode(Assignment(["p": value]))
            let read = try #require(try JSONDecoder().decode(Assignment.self, from: cell)["p"])
            let own = try #require(distribution.own(read), "\(value) was read as \(read)")
            // 1.0 equals 1, and yet a program is given other words.
            #expect(Self.kind(own) == Self.kind(value), "\(value) was read as \(own)")
            #expect(own == value)
        }
    }

    private static func kind(_ value: SettingValue) -> String {
        switch value {
        case .array(let values): "[" + values.map(kind).joined(separator: ",") + "]"
        case .object(let values): "{" + values.sorted { $0.key < $1.key }.map { kind($0.value) }.joined(separator: ",") + "}"
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .double: "double"
        case .string: "string"
        }
    }

    @Test func `JSON that we write tells 1 and 1,0 apart and has words for infinities`() {
        let value = SettingValue.object([
            "a": .double(1), "b": .int(1), "c": .double(.infinity), "d": .array([.double(.nan), .null]),
            "e/f": .string("\"\u{1}"),
            "g": .array([]), "h": .object([:]), "i": .double(1e-5), "j": .bool(true),
        ])
        #expect(
            JSONWriter.text(value, .exact)
                == #"{"a":1.0,"b":1,"c":"Infinity","d":["NaN",null],"e/f":"\"\u0001","g":[],"h":{},"i":1e-05,"j":true}"#)
        #expect(
            JSONWriter.text(.array([.double(.infinity), .object(["x": .int(1)])]), .shown)
                == "[\n  null,\n  {\n    \"x\" : 1\n  }\n]")
    }
}
