import Foundation
import Testing
import TrainerSettings

@Suite struct TextFileTests {
    private func read(_ bytes: [UInt8], lines: Bool = false) throws -> [UInt8] {
        let path = NSTemporaryDirectory() + "text-" + UUID().uuidString
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try lines ? TextFile.readLines(path) : TextFile.read(path)
    }

    private func refusal(_ bytes: [UInt8], lines: Bool = false) throws -> TextFileError {
        try #require(throws: TextFileError.self) { try read(bytes, lines: lines) }
    }

    @Test func `text in UTF-8 is read, a byte-order mark dropped`() throws {
        let text = Array("é, 漢 and 🎬\r\n".utf8)
        #expect(try read(text) == text)
        #expect(try read([0xEF, 0xBB, 0xBF] + text) == text)
        #expect(try read([]) == [])
    }

    @Test func `the first byte that is not UTF-8 is told with line and column, and what to do`() throws {
        let error = try refusal(Array("text\nété caf".utf8) + [0xE9] + Array(" bad\n".utf8))
        #expect((error.line, error.column) == (2, 8))
        #expect(error.place.hasSuffix(":2:8"))
        #expect(error.problem.contains("0xE9") && error.problem.contains("iconv -f WINDOWS-1252 -t UTF-8"))
        // Cut off within a character; a half of a pair; the same in too many bytes; beyond the last character.
        for bytes in [[0x61, 0xE2, 0x82], [0x61, 0xED, 0xA0, 0x80], [0x61, 0xC0, 0x80], [0x61, 0xF5, 0x80, 0x80, 0x80]]
            as [[UInt8]]
        {
            #expect(try refusal(bytes).column == 2, "\(bytes)")
        }
    }

    @Test(arguments: [
        (String.Encoding.utf16, "UTF-16"), (.utf16LittleEndian, "UTF-16LE"), (.utf16BigEndian, "UTF-16BE"), (.utf32, "UTF-32"),
    ])
    func `another Unicode encoding is named`(encoding: String.Encoding, name: String) throws {
        let data = try #require("text,label\ncafé,good\n".data(using: encoding))
        #expect(
            try refusal(Array(data)).problem.hasPrefix("is in \(name), expected UTF-8; convert it: iconv -f \(name) -t UTF-8 "))
    }

    @Test func `what is no text at all is named`() throws {
        #expect(try refusal([0x1F, 0x8B, 8, 0]).problem.contains("gzip"))
        #expect(try refusal(Array("PK\u{3}\u{4}rest".utf8)).problem.contains("zip"))
        #expect(try refusal(Array("PAR1rest".utf8)).problem.contains("Parquet"))
    }

    @Test func `lines that end with a carriage return alone are refused where lines count`() throws {
        let text = Array("a\rb\r".utf8)
        #expect(try read(text) == text)
        #expect(try refusal(text, lines: true).problem.hasPrefix("its lines end with a carriage return alone"))
        #expect(try read(Array("a\rb\r\n".utf8), lines: true).count == 5)
    }

    @Test func `what is not there or is no file is said`() {
        #expect(throws: (any Error).self) { try TextFile.read("/nowhere") }
        let folder = #expect(throws: TextFileError.self) { try TextFile.read("/tmp") }
        #expect(folder?.description == "/tmp: is a folder, not a regular file")
    }
}
