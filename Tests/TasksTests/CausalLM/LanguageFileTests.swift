import Layers
import Testing

@testable import Tasks

/// Rows with tokens to predict, as files keep them and batches list them.
@Suite struct LanguageFileTests {
    private static let rows = [
        LanguageEncoder.Encoded(tokens: [1, 2, 3, 4], labels: [1..<2, 3..<4]), .init(tokens: [5], labels: []),
        .init(tokens: [6, 7, 8], labels: [2..<3], isCut: true), .init(tokens: [9, 10], labels: [1..<2]),
    ]

    private func file() -> TokenizedFile { TokenizedFile(named: "text", line: 3, Self.rows) { $0 } }

    @Test func `a row without anything to predict is left out and counted`() {
        let file = file()
        #expect(file.tokens == [1, 2, 3, 4, 6, 7, 8, 9, 10] && file.offsets == [0, 4, 7, 9])
        #expect(file.answers.map(\.token) == [1, 3, 6, 8] && file.answers.map(\.row) == [0, 0, 1, 2])
        #expect((file.cut, file.dropped) == (1, 1) && file.names == ["text"] && file.lines == [3])
    }

    @Test func `it survives being written and read, and nothing else is taken for it`() {
        let bytes = file().encoded
        #expect(bytes.withUnsafeBytes { TokenizedFile($0) } == file())
        for count in 0..<bytes.count {
            #expect(bytes[..<count].withUnsafeBytes { TokenizedFile($0) } == nil || count == plain, "\(count)")
        }
        for index in bytes.indices {
            for value in [UInt8(0), 0x7F, 0xFF] {
                var other = bytes
                other[index] = value
                guard let read = other.withUnsafeBytes({ TokenizedFile($0) }) else { continue }
                #expect(read.answers.allSatisfy { $0.token < read.tokens.count && $0.row < read.offsets.count - 1 })
            }
        }
    }

    /// What a file of labeled texts would end with.
    private var plain: Int { file().encoded.count - (3 + 2 * 4) * 8 }

    @Test func `a batch lists the places that tokens are predicted from, in the batch's own order`() throws {
        let file = file()
        let targets = try CausalLMTask(labels: [], file: "x").targets(of: file, path: "x")
        #expect(targets.classes == [2, 4, 8, 10] && targets.counts == [2, 1, 1])
        let examples = TokenizedExamples(file, targets)
        let (batch, part) = examples.batch([2, 0])
        #expect(batch.tokens == [9, 10, 1, 2, 3, 4] && batch.offsets == [0, 2, 6] && batch.listed == [0, 2, 4])
        #expect(part.classes == [10, 2, 4] && part.counts == [1, 2])
        #expect(RowSelection.listed.rows(of: Shard(batch, sequences: 1..<2)).first == 1)
        #expect(examples.lengths == [4, 3, 2] && examples.kind == "text")
    }

    @Test func `other places to predict are other data`() throws {
        func fingerprint(_ labels: [Range<Int>]) throws -> UInt64 {
            let file = TokenizedFile(named: "text", line: 1, [LanguageEncoder.Encoded(tokens: [1, 1, 1, 1], labels: labels)]) {
                $0
            }
            return TokenizedExamples(file, try CausalLMTask(labels: [], file: "x").targets(of: file, path: "x")).fingerprint
        }
        #expect(try fingerprint([1..<2]) != fingerprint([2..<3]))
        #expect(try fingerprint([1..<3]) == fingerprint([1..<2, 2..<3]))
    }

    @Test func `the log's line counts rows, tokens, cuts and what is left out`() throws {
        let file = file()
        let task = try CausalLMTask(labels: [], file: "x")
        let examples = TokenizedExamples(file, try task.targets(of: file, path: "x"))
        #expect(
            task.line(training: examples, validation: examples).hasPrefix(
                "train 4 rows of text, 4 of 9 tokens to predict, 1 cut at max_length, 1 left out: nothing to predict is left of them; "
                    + "validation 4 rows"))
    }
}
