import Testing

@testable import Tokenizers

@Suite struct BPEGoldenTests {
    private static let names = [
        "gpt-2", "gpt-2 as a Split", "prefix space", "smollm", "digits together", "llama 3", "llama 3, removed and inverted",
        "qwen2",
        "qwen3.5", "split at a text, isolated", "split at a text, removed", "split at a text, merged_with_previous",
        "split at a text, merged_with_next", "split at a text, contiguous", "added tokens", "llama 2", "gemma",
        "metaspace, always",
        "metaspace, first", "metaspace, never", "no unknown token",
    ]

    @Test(arguments: names)
    func `difficult texts have the ids and the text that the reference gives`(name: String) throws {
        let golden = try BPEGolden.load()
        let example = try #require(golden.cases.first { $0.name == name })
        let tokenizer = try golden.tokenizer(name)
        #expect(example.ids.count >= 30)
        for (index, (text, ids)) in zip(golden.texts, example.ids).enumerated() {
            #expect(tokenizer.encode(text, special: false) == ids, "\(text.debugDescription)")
            let decoded = tokenizer.decode(ids, skippingSpecial: false)
            #expect(decoded.utf8.elementsEqual((example.decoded["\(index)"] ?? text).utf8), "\(text.debugDescription)")
        }
        #expect(tokenizer.encode("", special: true) == example.around)
        #expect(tokenizer.decode(tokenizer.encode("a<|end|>b", special: false), skippingSpecial: true) == example.skipped)
    }

    @Test func `every case of the fixture is looked at`() throws {
        let golden = try BPEGolden.load()
        #expect(golden.cases.map(\.name) == Self.names)
        #expect(golden.texts.count > 100)
    }

    @Test func `the pre-tokenizers differ where they should`() throws {
        let golden = try BPEGolden.load()
        let names = ["gpt-2", "smollm", "llama 3", "qwen2", "qwen3.5", "llama 2", "gemma"]
        let ids = names.compactMap { name in golden.cases.first { $0.name == name }?.ids }
        #expect(Set(ids).count == names.count)
    }

    @Test(arguments: ["gpt-2", "llama 3", "qwen2", "llama 2"])
    func `words from the cache have the ids that they had at first`(name: String) throws {
        let golden = try BPEGolden.load()
        let tokenizer = try golden.tokenizer(name)
        let first = golden.texts.map { tokenizer.encode($0, special: false) }
        #expect(golden.texts.map { tokenizer.encode($0, special: false) } == first)
    }

    @Test(arguments: ["gpt-2", "qwen2", "llama 2", "gemma"])
    func `what comes token by token is the whole text`(name: String) throws {
        let golden = try BPEGolden.load()
        let tokenizer = try golden.tokenizer(name)
        for text in golden.texts {
            let ids = tokenizer.encode(text, special: false)
            var decoding = tokenizer.decoding(skippingSpecial: false)
            let parts = ids.map { decoding.append($0) } + [decoding.finish()]
            #expect(parts.joined().utf8.elementsEqual(tokenizer.decode(ids, skippingSpecial: false).utf8))
        }
        var decoding = tokenizer.decoding(skippingSpecial: false)
        let smile = tokenizer.encode("😀", special: false)
        #expect(
            smile.dropLast().allSatisfy { decoding.append($0).allSatisfy { $0 == " " } }
                && decoding.append(smile[smile.count - 1]) == "😀")
    }
}
