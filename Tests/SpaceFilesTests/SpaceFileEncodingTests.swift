import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Testing
import Trainers

@Suite struct SpaceFileEncodingTests {
    private static let text = """
        name: café
        metric: {name: loss, goal: minimize}
        program: train.py
        parameters: {x: {min: 0, max: 9}}

        """

    private func read(_ bytes: Data) throws -> SpaceFile {
        let path = NSTemporaryDirectory() + "space-" + UUID().uuidString + ".yaml"
        try bytes.write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try SpaceFile(path: path, trainers: TrainerList.standard.types)
    }

    @Test func `a byte-order mark is no part of a space file, nor of the copy that is kept`() throws {
        let file = try read(Data([0xEF, 0xBB, 0xBF]) + Data(Self.text.utf8))
        #expect(file.specification.name == "café" && file.text == Self.text)
        #expect(try read(Data(Self.text.replacing("\n", with: "\r\n").utf8)).specification.name == "café")
    }

    @Test func `a space file in another encoding is named as what it is`() throws {
        let latin = try #require(Self.text.data(using: .isoLatin1))
        let byte = #expect(throws: SpaceFileError.self) { try read(latin) }
        #expect(byte?.position == Position(line: 1, column: 10) && byte?.problem.contains("0xE9, which is not UTF-8") == true)
        let wide = try #require(Self.text.data(using: .utf16))
        let error = #expect(throws: SpaceFileError.self) { try read(wide) }
        #expect(error?.problem.hasPrefix("is in UTF-16, expected UTF-8") == true)
    }
}
