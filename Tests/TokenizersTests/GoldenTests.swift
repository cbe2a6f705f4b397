import FoundationEssentials
import Testing

@testable import Tokenizers

/// What Hugging Face's tokenizer gave for difficult texts over a small vocabulary (Benchmarks/compare_tokenizer.py fixture).
private struct Golden: Decodable {
    struct Case: Decodable {
        let name: String
        let configuration: [String: Bool]
        let maxLength: Int
        let ids: [[Int32]]

        enum CodingKeys: String, CodingKey {
            case name, configuration, ids
            case maxLength = "max_length"
        }
    }

    let texts: [String]
    let cases: [Case]

    static let folder = String(#filePath.dropLast("GoldenTests.swift".count)) + "Fixtures"

    static func load() throws -> Golden {
        let data = try #require(FileManager.default.contents(atPath: folder + "/wordpiece.json"))
        return try JSONDecoder().decode(Golden.self, from: data)
    }
}

@Suite struct GoldenTests {
    @Test(arguments: ["uncased", "cased", "accents kept", "accents stripped, cased", "ideographs together"])
    func `difficult texts have the ids that the reference gives`(name: String) throws {
        let golden = try Golden.load()
        let expected = try #require(golden.cases.first { $0.name == name })
        let folder = try ScratchFolder()
        defer { folder.remove() }
        try folder.copy(Golden.folder + "/vocab.txt", as: "vocab.txt")
        try folder.write(
            String(decoding: JSONEncoder().encode(expected.configuration), as: UTF8.self), as: "tokenizer_config.json")
        let tokenizer = try TokenizerKinds.tokenizer(folder: folder.path)
        try #require(golden.texts.count == expected.ids.count && golden.texts.count > 40)
        for (text, ids) in zip(golden.texts, expected.ids) {
            #expect(tokenizer.encode(text, maxLength: expected.maxLength) == ids, "\(text.debugDescription)")
        }
    }

    @Test func `the configurations differ where they should`() throws {
        let golden = try Golden.load()
        #expect(Set(golden.cases.map(\.ids)).count == golden.cases.count)
    }
}
