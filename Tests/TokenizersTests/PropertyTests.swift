import Testing

@testable import Tokenizers

/// What holds for every text.
@Suite struct PropertyTests {
    /// A generator that is the same on every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 31
        }
    }

    private static func texts(_ count: Int) -> [String] {
        var generator = Generator(state: 5)
        let pieces = [
            "good", "bad", " ", "[SEP]", "[MASK", "é", "e\u{301}", "漢", "한", "😀", "\u{0}", "\n", "!", "##", "ΣΑΣ", "İ", "zz",
        ]
        return (0..<count).map { _ in
            (0..<Int.random(in: 0...12, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
        }
    }

    private func tokenizer() throws -> WordPieceTokenizer {
        let words = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "##good", "bad", "##bad", "e", "##e", "i", "!", "#", "漢", "z",
            "##z",
        ]
        return try WordPieceTokenizer(
            WordPieceParts(Vocabulary(text: words.joined(separator: "\n")), TokenizerConfiguration(), path: "v"))
    }

    @Test func `a shorter limit gives the beginning of what a longer one gives`() throws {
        let tokenizer = try tokenizer()
        for text in Self.texts(300) {
            let whole = tokenizer.encode(text, maxLength: 1000)
            #expect(whole.first == 2 && whole.last == 3)
            for limit in [2, 3, 5, 9] {
                let cut = tokenizer.encode(text, maxLength: limit)
                #expect(cut.count == min(limit, whole.count))
                #expect(cut.dropLast() == whole.dropLast().prefix(limit - 1), "\(text.debugDescription)")
            }
        }
    }

    @Test func `texts parted by a space are tokenized apart`() throws {
        let tokenizer = try tokenizer()
        let texts = Self.texts(200)
        for (a, b) in zip(texts, texts.dropFirst()) where !a.hasSuffix("[MASK") {
            let together = tokenizer.encode(a + " " + b, maxLength: 1000)
            let apart = tokenizer.encode(a, maxLength: 1000).dropLast() + tokenizer.encode(b, maxLength: 1000).dropFirst()
            #expect(together == Array(apart), "\((a + " " + b).debugDescription)")
        }
    }

    @Test func `what is normal already stays as it is`() {
        let normalizer = BertNormalizer(NormalizerFlags())
        for text in Self.texts(300) {
            // Ideographs are spaced out again each time.
            let once = normalizer.normalize(text.unicodeScalars.map(\.value).filter { $0 != 0x6F22 }[...])
            #expect(normalizer.normalize(once[...]) == once, "\(text.debugDescription)")
        }
    }

    @Test func `every scalar has at most one class that removes or spaces it`() {
        var counts = (removed: 0, spaces: 0, marks: 0)
        for scalar in (UInt32(0)...0x10FFFF).lazy.compactMap(Unicode.Scalar.init).map(\.value) {
            let removed = ScalarClasses.isRemoved(scalar)
            let space = ScalarClasses.isWhitespace(scalar)
            #expect(!(removed && space), "\(scalar)")
            counts.removed += removed ? 1 : 0
            counts.spaces += space ? 1 : 0
            counts.marks += ScalarClasses.isMark(scalar) ? 1 : 0
        }
        // As many as the reference has.
        #expect(counts.removed == 137_681 && counts.spaces == 22 && counts.marks == 1567)
    }
}
