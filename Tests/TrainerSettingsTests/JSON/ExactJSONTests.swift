import Foundation
import Testing
import TrainerSettings

/// What is written is read as it was, 1.0 told from 1.
struct ExactJSONTests {
    private func read(_ text: String) throws -> SettingValue {
        try JSONInput.decode(SettingValue.self, from: Data(text.utf8), of: "a.json")
    }

    private func text(_ value: SettingValue) -> String { JSONWriter.text(value, .exact) }

    @Test(arguments: [
        "1", "1.0", "-0.0", "0", "1e+20", "1e-05", "0.1", "123456789012", "-9223372036854775808", "[1.0,1,[2.0]]", "{}", "[]",
        "null",
        #"{"a":1.0,"b":{"c":[true,false,null,"x"]}}"#, #""""#, #""\"\\/\n\t\u0001é😀""#, #"[{"":[]},"1.0"]"#,
    ])
    func `text that we write is read and written as it was`(json: String) throws {
        #expect(text(try read(json)) == json)
    }

    @Test(arguments: [
        #" { "a" : [ 1 , 2.50 , 1E2 , 1e400x ] } "#, #"["\u00e9\ud83d\ude00\b\f\r\/"]"#, "[99999999999999999999]",
        #"{"a":1,"a":2}"#,
        "\t[\r\n0.0, -0]", "[[[[[[]]]]]]", "\"\u{FEFF}\"", "-1.5e-3",
    ])
    func `what others write is read as others read it`(json: String) throws {
        let json = json.replacing(" , 1e400x", with: "")
        let expected = try JSONDecoder().decode([SettingValue].self, from: Data("[\(json)]".utf8))
        #expect(try read(json) == expected[0])
    }

    @Test func `random values survive`() throws {
        var generator = SystemRandomNumberGenerator()
        func value(_ depth: Int) -> SettingValue {
            switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &generator) {
            case 0: .int(.random(in: .min ... .max, using: &generator))
            case 1: .double(Double(bitPattern: .random(in: 0...(0x7FE << 52), using: &generator)))
            case 2: .double(Double(Int.random(in: -9...9, using: &generator)))
            case 3:
                .string(
                    String(
                        (0..<5).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0xFFFF, using: &generator)) }.map(
                            Character.init)))
            case 4: [.null, .bool(true), .bool(false)].randomElement(using: &generator) ?? .null
            case 5: .array((0..<3).map { _ in value(depth + 1) })
            default: .object(Dictionary((0..<3).map { ("k\($0)", value(depth + 1)) }) { $1 })
            }
        }
        for _ in 0..<2000 {
            let value = value(0)
            let (plain, indented) = (text(value), JSONWriter.text(value, .file))
            #expect(text(try read(plain)) == plain)
            #expect(text(try read(indented)) == plain)
        }
    }
}
