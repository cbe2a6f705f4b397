import Testing

@testable import Tokenizers

/// Which part of a text each token stands for, and which tokens a conversation's spans have.
@Suite struct TextPiecesTests {
    @Test(arguments: ["gpt-2", "smollm", "llama 3", "qwen2", "gemma"])
    func `the tokens' parts follow one another and are the whole text`(name: String) throws {
        let golden = try BPEGolden.load()
        let tokenizer = try golden.tokenizer(name)
        for text in golden.texts {
            let pieces = tokenizer.pieces(of: text)
            #expect(pieces.ids == tokenizer.encode(text, special: false))
            #expect(pieces.ranges.count == pieces.ids.count)
            var end = 0
            for range in pieces.ranges {
                #expect(range.lowerBound <= end && range.upperBound >= end, "\(text.debugDescription)")
                end = max(end, range.upperBound)
            }
            #expect(end == text.utf8.count, "\(text.debugDescription)")
        }
    }

    @Test func `tokens of one character share its place, and composed ones have both`() throws {
        let tokenizer = try BPEGolden.load().tokenizer("qwen2")
        let smile = tokenizer.pieces(of: "a😀")
        #expect(smile.ranges.count >= 3 && smile.ranges.dropFirst().allSatisfy { $0 == 1..<5 })
        let accent = tokenizer.pieces(of: "z\u{65}\u{301}z")
        #expect(accent.ranges.contains { $0.contains(1) && $0.contains(2) && $0.upperBound >= 4 })
        #expect(tokenizer.pieces(of: "z\u{301}z").ranges.last?.upperBound == 4)
    }

    @Test func `a token counts as the assistant's if a span has a part of it`() throws {
        let tokenizer = try BPETokenizer.read(["tokenizer.json": BPEReadingTests.whole])
        func labels(_ spans: [Range<Int>]) -> [Bool] {
            tokenizer.encode(RenderedChat(text: "ab ab<e>é", assistant: spans)).isAssistant
        }
        #expect(labels([]) == [false, false, false, false])
        #expect(labels([0..<2]) == [true, false, false, false])
        #expect(labels([1..<3]) == [true, true, false, false])
        #expect(labels([2..<5, 8..<9]) == [false, true, false, true])
        #expect(labels([5..<8]) == [false, false, true, false])
        #expect(labels([3..<3]) == [false, false, false, false])
    }

    @Test func `WordPiece labels each span by itself and gives texts back`() throws {
        let text = (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "film", "##s", "!"]).joined(separator: "\n")
        let tokenizer = try WordPieceTokenizer(
            WordPieceParts(Vocabulary(text: text), TokenizerConfiguration(), path: "vocab.txt"))
        let chat = tokenizer.encode(RenderedChat(text: "good films!", assistant: [5..<10]))
        #expect(chat.ids == [5, 6, 7, 8] && chat.isAssistant == [false, true, true, false])
        #expect(tokenizer.encode("good films!", special: false) == chat.ids)
        #expect(tokenizer.encode("good films!", special: true) == [2] + chat.ids + [3])
        #expect(tokenizer.decode([2, 5, 6, 7, 8, 3], skippingSpecial: true) == "good films!")
        #expect(tokenizer.decode([2, 5], skippingSpecial: false) == "[CLS] good")
    }
}
