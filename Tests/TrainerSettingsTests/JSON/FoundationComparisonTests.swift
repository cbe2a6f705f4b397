import Foundation
import Testing
import TrainerSettings

/// What earlier versions wrote by Foundation's encoder, and read by its decoder, is written and read alike: byte for byte, value for value.
struct FoundationComparisonTests {
    private struct Outer: Codable, Equatable {
        enum Kind: String, Codable, CaseIterable { case one, two }

        var name: String
        var inner: [Inner]
        var numbers: [String: Double]
        var nothing: String?
        var lists: [[Int]]
        var kind: Kind
        var byNumber: [Int: String]
        var value: Free
    }

    private struct Inner: Codable, Equatable {
        var whole: Int?
        var numbers: [Double]
        var texts: [String: String]
        var flag: Bool
        var small: UInt16
        var negative: Int8
    }

    /// Any value, by its own `Codable`, which Foundation's encoder asks.
    private struct Free: Codable, Equatable {
        var value: SettingValue

        init(_ value: SettingValue) { self.value = value }
        init(from decoder: any Decoder) throws {
            value = try decoder.singleValueContainer().decode(SettingValue.self)
        }

        func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
    }

    private static let texts = [
        "", "a/b", "q\"uote", "back\\", "tab\t\n\r\u{8}\u{C}\u{0}\u{1}\u{1F}\u{7F}", "é 漢 🏳️‍🌈", "\u{2028}\u{202E}\u{85}", "NaN",
        "Infinity", "Z",
        "a", "ä", "B", "e\u{301}", "10", "9", "\u{FEFF}", "ﬃ", "𝔘", "ß",
    ]

    private static func text() -> String { (0..<Int.random(in: 1...2)).map { _ in texts.randomElement() ?? "" }.joined() }

    private static func number(finite: Bool = false) -> Double {
        switch Int.random(in: 0..<(finite ? 4 : 5)) {
        case 0: Double(Int.random(in: -1000...1000))
        case 1: .random(in: -1...1)
        case 2: Double(bitPattern: .random(in: 0..<(0x7FF << 52))) * (Bool.random() ? 1 : -1)
        case 3:
            [
                0, -0.0, 2.5, 1e22, 1e15, 1e16, 1e-5, 1e-4, 123_456_789_012_345_680, .greatestFiniteMagnitude,
                .leastNonzeroMagnitude,
            ]
            .randomElement() ?? 0
        default: [.nan, .infinity, -.infinity].randomElement() ?? .nan
        }
    }

    private static func map<Value>(_ value: () -> Value) -> [String: Value] {
        Dictionary((0..<Int.random(in: 0...5)).map { _ in (text(), value()) }) { first, _ in first }
    }

    private static func value(depth: Int = 0) -> SettingValue {
        switch Int.random(in: 0..<(depth > 2 ? 5 : 7)) {
        case 0: .int(.random(in: .min ... .max))
        case 1: .double(number(finite: true))
        case 2: .string(text())
        case 3: .bool(.random())
        case 4: .null
        case 5: .array((0..<Int.random(in: 0...3)).map { _ in value(depth: depth + 1) })
        default: .object(map { value(depth: depth + 1) })
        }
    }

    private static func outer() -> Outer {
        Outer(
            name: text(),
            inner: (0..<Int.random(in: 0...3)).map { _ in
                Inner(
                    whole: Bool.random() ? nil : .random(in: .min ... .max),
                    numbers: (0..<Int.random(in: 0...3)).map { _ in number() },
                    texts: map(text), flag: .random(), small: .random(in: 0 ... .max), negative: .random(in: .min ... .max))
            },
            numbers: map { number() }, nothing: Bool.random() ? nil : text(), lists: [[], [1, 2]],
            kind: .allCases.randomElement() ?? .one, byNumber: [3: text(), 10: text()], value: Free(value()))
    }

    private static func encoder(_ more: JSONEncoder.OutputFormatting = []) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, more]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return encoder
    }

    private static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return decoder
    }

    @Test func `random values are written byte for byte as Foundation writes them`() throws {
        let (plain, pretty) = (Self.encoder(), Self.encoder(.prettyPrinted))
        for _ in 0..<1000 {
            let outer = Self.outer()
            try #require(try JSONWriter.data(outer, .cell) == plain.encode(outer))
            try #require(try JSONWriter.data(outer, .adapter) == pretty.encode(outer))
            let value = Self.value()
            try #require(Data(JSONWriter.text(value, .cell).utf8) == (try plain.encode(value)))
            try #require(Data(JSONWriter.text(value, .adapter).utf8) == (try pretty.encode(value)))
        }
    }

    @Test func `random values are read as Foundation reads them`() throws {
        let options = JSONDecoding(wordsAreNumbers: true)
        for round in 0..<1000 {
            let outer = Self.outer()
            let text = try Self.encoder(round.isMultiple(of: 2) ? .prettyPrinted : []).encode(outer)
            var ours = try JSONInput.decode(Outer.self, from: text, of: "it", options)
            var others = try Self.decoder().decode(Outer.self, from: text)
            // Exact here: 1e16 stays a number with a fraction, and the text "NaN" a text.
            try #require(ours.value == outer.value)
            (ours.value, others.value) = (Free(.null), Free(.null))
            // Written again, as no NaN equals another.
            try #require(try Self.encoder().encode(ours) == Self.encoder().encode(others))
        }
    }

    private func problem(_ text: String) -> String {
        do throws(JSONInputError) {
            _ = try JSONInput.decode(Outer.self, from: Data(text.utf8), of: "it")
            return "none"
        } catch {
            return error.problem
        }
    }

    @Test(arguments: [
        #"{"name":1}"#, #"{"name":"x"}"#, #"{"name":"x","inner":{}}"#, #"{"name":"x","inner":[{"whole":"x"}]}"#,
        #"{"name":"x","inner":[{"whole":1.0,"numbers":[1,"x"]}]}"#, #"{"name":"x","inner":[{"numbers":[],"texts":{"k":1}}]}"#,
        #"{"name":"x","inner":[{"numbers":[],"texts":{},"flag":1}]}"#, #"{"name":"x","inner":[{"whole":true,"numbers":[]}]}"#,
        #"{"name":"x","inner":[],"numbers":{},"lists":[],"kind":"three","byNumber":{}}"#, "[]", "1", "null", #""x""#,
        #"{"name":null}"#, #"{"name":"x","inner":null}"#, #"{"name":"x","inner":[null]}"#,
        #"{"name":"x","inner":[{"numbers":null}]}"#,
        #"{"name":"x","inner":[{"numbers":["NaN"]}]}"#,
    ])
    func `what does not fit is refused in the same words`(text: String) {
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode(Outer.self, from: Data(text.utf8)) }
        #expect(problem(text) == error?.problem)
    }

    @Test(arguments: [
        (#""whole":1.5"#, "'inner.0.whole': found 1.5, expected a whole number"),
        (#""whole":1e30"#, "'inner.0.whole': found 1e+30, expected one from -9223372036854775808 to 9223372036854775807"),
        (
            #""whole":1,"numbers":[],"texts":{},"flag":true,"small":70000"#,
            "'inner.0.small': found 70000, expected one from 0 to 65535"
        ),
    ])
    func `a number that its type cannot hold is named by its key`(members: String, expected: String) {
        #expect(problem(#"{"name":"x","inner":[{"# + members + "}]}") == expected)
    }
}
