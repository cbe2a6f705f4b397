import Testing

@testable import Tokenizers

/// Texts and files that are made to take very long, or to become very much: each of these takes minutes where a step looks at a run
/// again for each of its parts.
@Suite struct HostileTextTests {
    @Test func `a long number is cut from its front, and looked at once`() {
        let digits = [UInt32](repeating: 0x37, count: 300_001)
        var ranges: [Range<Int>] = []
        SplitPattern.llama3.matches(in: digits[...]) { ranges.append($0) }
        #expect(ranges.count == 100_001 && ranges.first == 0..<3 && ranges.last == 300_000..<300_001)
        ranges = []
        SplitPattern.qwen2.matches(in: digits[...]) { ranges.append($0) }
        #expect(ranges.count == digits.count)
        ranges = []
        SplitPattern.gpt2.matches(in: ([0x20] + digits)[...]) { ranges.append($0) }
        #expect(ranges == [0..<300_002])
    }

    @Test func `very many marks on one letter are put in order at once`() {
        let pairs = (0..<100_000).flatMap { _ in [0x1D16D, 0x1D165] as [UInt32] }
        let normal = BertNormalizer(NormalizerFlags()).normalize(([0x61] + pairs + [0x62])[...])
        let ordered = [UInt32](repeating: 0x1D165, count: 100_000) + [UInt32](repeating: 0x1D16D, count: 100_000)
        #expect(normal == [0x61] + ordered + [0x62])
    }

    @Test func `the tokens of very many marks on one letter all have its place`() throws {
        let tokenizer = try BPEGolden.load().tokenizer("qwen2")
        let text = "ae" + String(repeating: "\u{323}\u{301}", count: 20_000) + "z"
        let pieces = tokenizer.pieces(of: text)
        #expect(pieces.ids == tokenizer.encode(text, special: false) && pieces.ids.count > 10_000)
        #expect(pieces.ranges.last?.upperBound == text.utf8.count)
        #expect(pieces.ranges.dropFirst().dropLast().allSatisfy { $0.lowerBound == 1 && $0.upperBound == text.utf8.count - 1 })
    }

    @Test func `what a stretch stands for ends where the next place begins`() {
        // By a search from one to the next.
        func plain(_ origins: [Int32], _ range: Range<Int>) -> Range<Int> {
            var next = range.upperBound
            while next < origins.count - 1, origins[next] == origins[range.upperBound - 1] { next += 1 }
            return Int(origins[range.lowerBound])..<Int(origins[next])
        }
        for origins: [Int32] in [[0, 1, 2, 3], [0, 0, 0, 3], [0, 2, 2, 2, 2, 5, 5, 6], [4, 4, 9], [0, 0, 1, 1, 1, 1]] {
            let span = TextSpan([UInt32](repeating: 0x61, count: origins.count - 1), origins: origins)
            for start in 0..<origins.count - 1 {
                for end in start + 1..<origins.count {
                    #expect(span.origins(of: start..<end) == plain(origins, start..<end), "\(origins) \(start) \(end)")
                }
            }
        }
    }

    private func problem(_ old: String, _ new: String) throws -> String {
        #expect(BPEReadingTests.whole.contains(old))
        let error = #expect(throws: TokenizerError.self) {
            try BPETokenizer.read(["tokenizer.json": BPEReadingTests.whole.replacing(old, with: new)])
        }
        return error?.problem ?? ""
    }

    private static func replace(_ text: String, by content: String) -> String {
        #"{"type": "Replace", "pattern": {"String": "\#(text)"}, "content": "\#(content)"}"#
    }

    @Test func `steps that make much of little are refused`() throws {
        func normalizer(_ steps: [String]) -> String {
            #""normalizer": {"type": "Sequence", "normalizers": [\#(steps.joined(separator: ", "))]}"#
        }
        let null = #""normalizer": null"#
        let double = Self.replace("a", by: "aa")
        #expect(
            try problem(null, normalizer(Array(repeating: double, count: 7)))
                == "the steps of its normalizer make texts more than 64 times as long")
        #expect(
            try problem(null, normalizer(Array(repeating: #"{"type": "NFC"}"#, count: 65)))
                == "its normalizer has 65 steps, expected 64 at most")
        let long = String(repeating: "a", count: 257)
        for step in [Self.replace(long, by: "b"), Self.replace("b", by: long)] {
            #expect(
                try problem(null, normalizer([step]))
                    == "the normalizer 'Replace' has a text of 257 bytes, expected 256 at most")
        }
        #expect(
            try problem(null, normalizer([#"{"type": "Prepend", "prepend": "\#(long)"}"#]))
                == "the normalizer 'Prepend' has a text of 257 bytes, expected 256 at most")
        // Six times two is as much as it may be.
        let json = BPEReadingTests.whole.replacing(null, with: normalizer(Array(repeating: double, count: 6)))
        #expect(try BPETokenizer.read(["tokenizer.json": json]).encode("a", special: false).count == 64)
    }

    @Test func `decoders that make much of little are refused`() throws {
        let steps = Array(repeating: Self.replace("a", by: "aaaaaaaaa"), count: 2).joined(separator: ", ")
        let json = #"""
            {"pre_tokenizer": null, "decoder": {"type": "Sequence", "decoders": [\#(steps)]}, "model": {"type": "BPE", "vocab": {"a": 0},
             "merges": []}}
            """#
        let error = #expect(throws: TokenizerError.self) { try BPETokenizer.read(["tokenizer.json": json]) }
        #expect(error?.problem == "the steps of its decoder make texts more than 64 times as long")
    }

    @Test func `an added token that is too long to be looked for is refused`() throws {
        let long = String(repeating: "<", count: 257)
        let problem = try problem(#""content": "<e>""#, #""content": "\#(long)""#)
        #expect(problem.hasPrefix("the added token '<<<<") && problem.hasSuffix("has 257 characters, expected 256 at most"))
    }

    @Test func `a piece of SentencePiece that is too long to be taken apart is refused`() {
        let long = String(repeating: "a", count: 513)
        var parts = VocabularyParts(place: "m.gguf", model: "llama", pattern: nil, tokens: ["<unk>", "a", long])
        (parts.scores, parts.types) = ([0, -1, -2], [2, 1, 1])
        let error = #expect(throws: TokenizerError.self) { try TokenizerKinds.tokenizer(parts) }
        #expect(error?.description == "m.gguf: tokenizer.ggml.tokens: entry 2 has 513 bytes, expected 512 at most")
    }

    @Test func `an added token that two files name is compared with its own`() throws {
        let count = 300
        let more = (0..<count).map { #", {"id": \#(11 + $0), "content": "<x\#($0)>", "special": true, "normalized": false}"# }
        let json = BPEReadingTests.whole.replacing(
            #""special": false, "normalized": false}]"#, with: #""special": false, "normalized": false}\#(more.joined())]"#)
        func configuration(lstrip: Bool) -> String {
            let entries = (0..<count).map {
                #""\#(11 + $0)": {"content": "<x\#($0)>", "special": true, "normalized": false, "lstrip": \#(lstrip && $0 == 200)}"#
            }
            return #"{"added_tokens_decoder": {\#(entries.joined(separator: ", "))}}"#
        }
        let tokenizer = try BPETokenizer.read(
            ["tokenizer.json": json, "tokenizer_config.json": configuration(lstrip: false)])
        #expect(tokenizer.encode("<x299>", special: false) == [310])
        let error = #expect(throws: TokenizerError.self) {
            try BPETokenizer.read(["tokenizer.json": json, "tokenizer_config.json": configuration(lstrip: true)])
        }
        #expect(error?.problem.hasPrefix("the added token '<x200>' has another id or other flags in") == true)
    }
}
