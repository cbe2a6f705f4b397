import FoundationEssentials
import Testing
import TrainerSettings

struct JSONInputTests {
    private func refusal(_ text: String) -> String? {
        do throws(JSONInputError) {
            _ = try JSONInput.decode(SettingValue.self, from: Data(text.utf8), of: "a.json")
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        #"{"a": [1, -2.5e-3, "x\n\ud83d\ude00é", true, false, null, {}, []]}"#, " 3 ", "\"\"", "\u{FEFF}{\"a\": 0}",
        "[0.0, -0, 1E+2]",
    ])
    func `reads what JSON allows`(text: String) { #expect(refusal(text) == nil) }

    @Test(arguments: [
        ("", "a.json:1:1: found the end, expected a JSON value"),
        ("{\n  \"a\": 1,\n  b: 2\n}", "a.json:3:3: found 'b', expected a name in quotes"),
        ("[1, 2", "a.json:1:6: found the end, expected ',' or ']'"),
        ("{\"a\" 1}", "a.json:1:6: found '1', expected ':'"),
        ("[01]", "a.json:1:3: found '1', expected ',' or ']'"),
        ("[NaN]", "a.json:1:2: found 'N', expected a JSON value"),
        ("[0, -1e400]", "a.json:1:5: found a number that is too large, expected one up to 1.8e308"),
        ("[-]", "a.json:1:3: found ']', expected a digit"),
        ("{} {}", "a.json:1:4: found '{' after the end of the JSON"),
        ("\"a\nb\"", "a.json:1:3: found byte 10 in a string, expected an escape for it"),
        (#""\x""#, "a.json:1:2: found an escape that JSON does not have"),
        (#"" \ud800""#, "a.json:1:3: found half of a pair of surrogates, expected both"),
        (#""\udc00\ud800""#, "a.json:1:2: found half of a pair of surrogates, expected both"),
        (#""\u12""#, "a.json:1:2: found the end in an escape"),
    ])
    func `says where text is no JSON`(text: String, expected: String) { #expect(refusal(text) == expected) }

    @Test(arguments: [#"{"a": 1, "b": {"c": 1, "c": 2}}"#, #"[{"c": 1, "\u0063": null}]"#])
    func `a name that is there twice is refused where one of the two would be ignored`(text: String) throws {
        let options = JSONDecoding(namesAreUnique: true)
        let error = #expect(throws: JSONInputError.self) {
            try JSONInput.decode(SettingValue.self, from: Data(text.utf8), of: "a.json", options)
        }
        #expect(error.map { "\($0)" } == "a.json: 'c' is there twice; give it once")
        #expect(refusal(text) == nil)
        #expect(
            try JSONInput.decode(SettingValue.self, from: Data(#"[{"c": 1}, {"c": 2}]"#.utf8), of: "a.json", options) != .null)
    }

    @Test func `bytes that are not UTF-8 and UTF-16 are named`() {
        func refusal(_ bytes: [UInt8]) -> String? {
            do throws(JSONInputError) {
                _ = try JSONInput.decode(String.self, from: Data(bytes), of: "a.json")
                return nil
            } catch {
                return error.description
            }
        }
        #expect(refusal([0x22, 0x61, 0xC3, 0x22]) == "a.json:1:3: found bytes that are not UTF-8")
        #expect(refusal([0x22, 0xED, 0xA0, 0x80, 0x22]) == "a.json:1:2: found bytes that are not UTF-8")
        #expect(refusal([0xFF, 0xFE, 0x22, 0, 0x22, 0]) == "a.json:1:1: is UTF-16; save it as UTF-8")
    }

    @Test(arguments: ["[", "{\"a\":"])
    func `brackets that go on and on are refused where the bound is`(open: String) {
        for count in [97, 512, 513, 514, 100_000] {
            let place = open == "[" ? 97 : 96 * 5 + 1
            #expect(refusal(String(repeating: open, count: count)) == "a.json:1:\(place): nested deeper than 96 levels")
        }
    }

    @Test func `what is nested as deep as the bound is read`() {
        let text = String(repeating: "[", count: JSONInput.deepest) + String(repeating: "]", count: JSONInput.deepest)
        #expect(refusal(text) == nil)
        #expect(throws: DecodingError.self) {
            try BoundedJSONDecoder(place: "it", largest: 1 << 20).decode(SettingValue.self, from: Data("[\(text)]".utf8))
        }
    }

    @Test func `a decoder for cells refuses what is larger than its bound`() {
        let decoder = BoundedJSONDecoder(place: "it", largest: 10)
        #expect(throws: Never.self) { try decoder.decode(SettingValue.self, from: Data("[1, 2, 3]".utf8)) }
        #expect(throws: DecodingError.self) { try decoder.decode(SettingValue.self, from: Data("[1, 2, 3, 4]".utf8)) }
    }

    @Test func `a value of the wrong kind is named by its path`() {
        func refusal<Value: Decodable>(_ type: Value.Type, _ text: String, line: Int? = nil) -> String? {
            do throws(JSONInputError) {
                _ = try JSONInput.decode(type, from: Data(text.utf8), of: "a.json", line: line)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(refusal([String: [Int]].self, #"{"a": [1, "x"]}"#) == "a.json: 'a.1' is no whole number")
        #expect(refusal([String: Double].self, #"{"a": null}"#) == "a.json: 'a' is no number")
        #expect(refusal([String].self, #"{"a": null}"#, line: 7) == "a.json:7: it is no list")
        #expect(refusal([String].self, "[1,\n", line: 7) == "a.json:8:1: found the end, expected a JSON value")
    }
}
