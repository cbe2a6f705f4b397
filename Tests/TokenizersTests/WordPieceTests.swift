import Testing

@testable import Tokenizers

@Suite struct WordPieceTests {
    private func tokenizer(
        _ words: [String], _ change: (inout TokenizerConfiguration) -> Void = { _ in }
    ) throws -> WordPieceTokenizer {
        var configuration = TokenizerConfiguration()
        change(&configuration)
        let text = (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words).joined(separator: "\n")
        return try WordPieceTokenizer(WordPieceParts(Vocabulary(text: text), configuration, path: "vocab.txt"))
    }

    @Test func `the longest piece from the left wins`() throws {
        let tokenizer = try tokenizer(["un", "una", "##ffable", "##aff", "##able", "unaf"])
        #expect(tokenizer.encode("unaffable", maxLength: 16) == [2, 1, 3])
        #expect(tokenizer.encode("unaffable able", maxLength: 16) == [2, 1, 1, 3])
        let whole = try self.tokenizer(["un", "##aff", "##able"])
        #expect(whole.encode("Unaffable!", maxLength: 16) == [2, 5, 6, 7, 1, 3])
    }

    @Test func `one piece that fails makes the whole word unknown and leaves its neighbors`() throws {
        let tokenizer = try tokenizer(["good", "go", "##o", "film"])
        #expect(tokenizer.encode("good gooz film", maxLength: 16) == [2, 5, 1, 8, 3])
    }

    @Test func `a text is cut so that both ends fit`() throws {
        let tokenizer = try tokenizer(["a", "##b"])
        #expect(tokenizer.encode("a a a a a a", maxLength: 4) == [2, 5, 5, 3])
        #expect(tokenizer.encode("abbbbbb", maxLength: 5) == [2, 5, 6, 6, 3])
        #expect(tokenizer.encode("a[SEP]a[SEP]a", maxLength: 4) == [2, 5, 3, 3])
        #expect(tokenizer.encode("a", maxLength: 2) == [2, 3])
        #expect(tokenizer.encode("", maxLength: 8) == [2, 3])
    }

    @Test func `words of a hundred characters are looked up and longer ones are not`() throws {
        let tokenizer = try tokenizer(["a", "##a"])
        let hundred = String(repeating: "a", count: 100)
        #expect(tokenizer.encode(hundred, maxLength: 200).count == 102)
        #expect(tokenizer.encode(hundred + "a", maxLength: 200) == [2, 1, 3])
    }

    @Test func `special tokens count as written and in no other spelling`() throws {
        let tokenizer = try tokenizer(["a", "[", "]", "mask"])
        #expect(tokenizer.encode("a[MASK]a", maxLength: 16) == [2, 5, 4, 5, 3])
        #expect(tokenizer.encode("[mask]", maxLength: 16) == [2, 6, 8, 7, 3])
    }

    @Test func `of two special tokens at one place the longer is meant`() throws {
        let tokenizer = try tokenizer(["<s>", "<s>>", "a"]) {
            $0.additional = [AddedToken("<s>"), AddedToken("<s>>")]
        }
        #expect(tokenizer.encode("a<s>>a<s>", maxLength: 16) == [2, 7, 6, 7, 5, 3])
    }

    @Test func `a vocabulary without continuations still takes whole words`() throws {
        let tokenizer = try tokenizer(["ab", "a"])
        #expect(tokenizer.encode("ab abb", maxLength: 16) == [2, 5, 1, 3])
    }

    @Test func `a vocabulary that lacks a needed token is named with it`() {
        let error = #expect(throws: TokenizerError.self) {
            try WordPieceParts(Vocabulary(text: "a\n[UNK]\n[CLS]\n"), TokenizerConfiguration(), path: "m/vocab.txt")
        }
        #expect(error?.description == "m/vocab.txt: has no line '[SEP]', which every text needs")
    }
}
