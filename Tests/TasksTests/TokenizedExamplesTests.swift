import Backbones
import Layers
import Testing

@testable import Tasks

@Suite struct TokenizedExamplesTests {
    @Test func `a batch packs its sequences end to end`() {
        let examples = TokenizedExamples([[1, 2, 3], [4], [5, 6]], labels: [0, 1, 2])
        let (batch, targets) = examples.batch([2, 0])
        #expect(batch == PackedBatch(sequences: [[5, 6], [1, 2, 3]]))
        #expect(targets.classes == [2, 0])
    }

    @Test func `a fingerprint notices tokens, borders and labels`() {
        func examples(_ sequences: [[Int32]], _ labels: [Int32]) -> UInt64 {
            TokenizedExamples(sequences, labels: labels).fingerprint
        }
        let all = [
            examples([[1, 2], [3]], [0, 1]), examples([[1], [2, 3]], [0, 1]), examples([[1, 2], [3]], [1, 0]),
            examples([[1, 2], [4]], [0, 1]),
        ]
        #expect(Set(all).count == 4)
        #expect(all[0] == examples([[1, 2], [3]], [0, 1]))
    }
}

extension TokenizedExamples {
    /// Examples without a file.
    fileprivate init(_ sequences: [[Int32]], labels: [Int32]) {
        let texts = sequences.indices.map { LabeledText(text: "\($0)", label: "\(labels[$0])", line: $0 + 1) }
        let file = TokenizedFile(texts) { sequences[Int($0) ?? 0] }
        self.init(file, Targets(classes: labels))
    }
}
