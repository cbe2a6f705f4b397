import Foundation
import Testing
import TrainerSettings

struct SettingValueTests {
    static let values: [SettingValue] = [
        .null, .bool(true), .bool(false), .int(0), .int(-7), .int(.max), .double(0.5), .double(3e-5), .double(1e300),
        .string(""), .string("true"), .string("1"), .string("naïve \"quoted\" \n text"),
        .array([]), .array([.int(1), .string("a"), .array([.null])]),
        .object([:]), .object(["a": .int(1), "b": .object(["c": .array([.bool(true)])])]),
    ]

    @Test(arguments: values)
    func `a value survives JSON`(value: SettingValue) throws {
        #expect(try JSONDecoder().decode(SettingValue.self, from: JSONEncoder().encode(value)) == value)
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func `nesting has a bottom, as reading takes time in the square of its depth`(open: String, close: String) throws {
        func nested(_ depth: Int) -> Data {
            Data((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONDecoder().decode(SettingValue.self, from: nested(JSONInput.deepest)) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(SettingValue.self, from: nested(JSONInput.deepest + 1)) }
    }

    @Test(arguments: [
        ("1", SettingValue.int(1)), ("1.5", .double(1.5)), ("true", .bool(true)), ("null", .null), ("\"1\"", .string("1")),
        ("[1, \"a\"]", .array([.int(1), .string("a")])), ("{\"a\": {}}", .object(["a": .object([:])])),
    ])
    func `JSON's own kinds are told apart`(json: String, expected: SettingValue) throws {
        #expect(try JSONDecoder().decode(SettingValue.self, from: Data(json.utf8)) == expected)
    }

    @Test func `numbers and whole numbers`() {
        #expect(SettingValue.int(3).number == 3)
        #expect(SettingValue.double(3).integer == 3)
        #expect(SettingValue.double(3.5).integer == nil)
        #expect(SettingValue.double(.infinity).integer == nil)
        #expect(SettingValue.string("3").number == nil)
        #expect(SettingValue.bool(true).number == nil)
        #expect(SettingValue.string("a").text == "a")
        #expect(SettingValue.int(1).text == nil)
    }

    @Test(arguments: [
        (SettingValue.array([.string("query"), .string("value")]), "[query, value]"),
        (.object(["b": .int(2), "a": .double(0.25)]), "{a: 0.25, b: 2}"),
        (.null, "null"), (.bool(false), "false"), (.string("all-linear"), "all-linear"), (.double(1e-4), "0.0001"),
    ])
    func `a value is shown as a table wants it`(value: SettingValue, text: String) {
        #expect(value.description == text)
    }

    @Test(arguments: [
        (Double.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"), (-0.0, "0"), (-2.5, "-2.5"), (1e-300, "1e-300"),
        (99_999, "100000"), (1e12, "1000000000000.0"),
    ])
    func `unusual numbers are shown, too`(value: Double, text: String) {
        #expect(SettingValue.short(value) == text)
    }

    @Test(
        arguments: [
            ("lt", ["r", "learning_rate"], nil), ("Learning_Rate", ["learning_rate"], "learning_rate"),
            ("rl", ["lr", "xx"], "lr"), ("target_module", ["target_modules", "train"], "target_modules"),
            ("", ["a"], nil), (String(repeating: "a", count: 100_000), [String(repeating: "a", count: 100_001)], nil),
            ("seeed", ["seed", "speed"], "seed"), ("eval_step", [], nil),
        ] as [(String, [String], String?)])
    func `a name has a nearest one where it is near enough`(name: String, candidates: [String], nearest: String?) {
        #expect(nearestName(to: name, among: candidates) == nearest)
        #expect(nearestHint(to: name, among: candidates) == (nearest.map { "; did you mean '\($0)'?" } ?? ""))
    }

    @Test(arguments: [
        ("lr", ["r", "learning_rate"], "; did you mean 'learning_rate'?"), ("LR", ["r"], ""),
        ("step", ["q", "steps"], "; did you mean 'q'?"),
        ("step", ["steps"], "; did you mean 'steps'?"),
        ("log", ["min", "distribution"], "; did you mean 'distribution: log_uniform_values'?"),
        ("scale", ["sigma"], "; did you mean 'sigma'?"), ("scale", ["alpha_over_r"], "; did you mean 'alpha_over_r'?"),
    ])
    func `what others call it comes before what is spelt alike`(name: String, candidates: [String], hint: String) {
        #expect(nearestHint(to: name, among: candidates) == hint)
    }
}
