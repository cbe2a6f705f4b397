import Tensors
import Testing

@testable import Tasks

@Suite struct DelimitedTextTests {
    private func quoted(_ field: String) -> String { "\"" + field.replacing("\"", with: "\"\"") + "\"" }

    @Test(arguments: [",", "\t"] as [Unicode.Scalar])
    func `whatever is written with quotes is read back`(delimiter: Unicode.Scalar) throws {
        var random = RandomSource(seed: 11)
        let alphabet = ["a", "é", "\"", ",", "\t", "\n", "\r\n", " ", "漢", "\\", "'"]
        for round in 0..<200 {
            let rows = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                (0..<3).map { _ in
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "" }
                        .joined()
                }
            }
            let lineEnd = round.isMultiple(of: 2) ? "\n" : "\r\n"
            let text = rows.map { $0.map(quoted).joined(separator: String(delimiter)) }.joined(separator: lineEnd)
            let records = try DelimitedText(separator: delimiter, file: "x").quotedRecords(in: Array(text.utf8))
            // Compared as bytes: strings are equal when they merely look alike.
            #expect(
                records.map { $0.fields.map { Array($0.utf8) } } == rows.map { $0.map { Array($0.utf8) } },
                "\(text.debugDescription)")
        }
    }

    @Test func `each record knows the line it begins on`() throws {
        let text = "a\n\"b\n\nc\"\n\n\"d\"\r\ne"
        let records = try DelimitedText(separator: ",", file: "x").quotedRecords(in: Array(text.utf8))
        #expect(records.map(\.line) == [1, 2, 6, 7])
        #expect(records.map(\.fields) == [["a"], ["b\n\nc"], ["d"], ["e"]])
    }

    @Test func `a carriage return inside quotes stays, one before a line's end goes`() throws {
        let records = try DelimitedText(separator: ",", file: "x").quotedRecords(in: Array("\"a\r\",b\r\nc,\"d\r\"\r\n".utf8))
        #expect(records.map(\.fields) == [["a\r", "b"], ["c", "d\r"]])
    }

    @Test func `nothing is no record`() throws {
        #expect(try DelimitedText(separator: ",", file: "x").quotedRecords(in: []).isEmpty)
        #expect(try DelimitedText(separator: ",", file: "x").quotedRecords(in: Array("\n\r\n\n".utf8)).isEmpty)
    }
}
