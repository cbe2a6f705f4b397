import Checkpoints
import Foundation
import Tasks
import Testing
import Tokenizers
import TrainerSettings

@testable import Conversions

/// What of a tokenizer goes into a GGUF file, and what notes say of the rest.
@Suite struct GGUFTokenizerTests {
    private static let model = ["llama": "llama", "metaspace": "llama", "gemma": "gemma", "phi3": "phi3"]

    /// A decoder with a tokenizer whose tokenizer.json has something changed, and a trial on it.
    private func trial(
        _ tokenizer: String, rows: Int = 400, _ change: (inout [String: SettingValue]) throws -> Void = { _ in }
    ) throws -> (SmallTrial, SmallDecoder) {
        let known = Self.model[tokenizer] == nil ? "llama" : tokenizer
        let base = try SmallDecoder(Self.model[known] ?? "", ["vocab_size": .int(rows)], tokenizer: known)
        if Self.model[tokenizer] == nil {
            for file in ["tokenizer.json", "tokenizer_config.json"] {
                try FileManager.default.removeItem(atPath: base.path + "/" + file)
                try FileManager.default.copyItem(atPath: SmallTrial.llama + "/" + file, toPath: base.path + "/" + file)
            }
        }
        let file = base.path + "/tokenizer.json"
        var values = try JSONInput.object(file: file)
        try change(&values)
        try Data(JSONWriter.text(.object(values), .shown).utf8).write(to: URL(filePath: file))
        return (try SmallTrial(base.path), base)
    }

    private static func token(_ text: String, _ id: Int, _ flags: [String: Bool] = [:]) -> SettingValue {
        let usual = ["single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true]
        return .object(
            usual.merging(flags) { $1 }.mapValues(SettingValue.bool).merging(["id": .int(id), "content": .string(text)]) { $1 })
    }

    private static func add(_ token: SettingValue) -> (inout [String: SettingValue]) throws -> Void {
        { values in
            guard case .array(let own)? = values["added_tokens"] else { return }
            values["added_tokens"] = .array(own + [token])
        }
    }

    private func notes(_ trial: SmallTrial) throws -> [String] {
        try ModelForms.usage(trial.settings, adapter: trial.adapter, of: trial.output, as: "gguf").notes
    }

    @Test func `a token that the model has no embedding for is left out, and a note names it`() throws {
        let (trial, base) = try trial("gemma", Self.add(Self.token("<image_soft_token>", 400)))
        #expect(try trial.export("gguf", type: "f32").share < 1e-5)
        let tokens = try GGUFFile(path: trial.output).metadata.texts("tokenizer.ggml.tokens")
        #expect(tokens?.count == 400 && tokens?.contains("<image_soft_token>") == false)
        let notes = try withExtendedLifetime(base) { try self.notes(trial) }
        #expect(notes.count == 1 && notes[0].contains("'<image_soft_token>'"), "\(notes)")
    }

    @Test func `what special tokens take beside them is noted where llama dot cpp does not know it`() throws {
        for flag in ["lstrip", "rstrip", "single_word"] {
            for isSpecial in [true, false] {
                let (trial, base) = try trial(
                    "llama", rows: 401, Self.add(Self.token("<|tool|>", 400, [flag: true, "special": isSpecial])))
                let notes = try withExtendedLifetime(base) {
                    try trial.export("gguf", type: "f32")
                    return try self.notes(trial)
                }
                #expect(try GGUFFile(path: trial.output).metadata.string("general.name") == nil)
                #expect(notes.count == 1 && notes[0].contains("in them, such as '<|tool|>'"), "\(flag) \(isSpecial): \(notes)")
            }
        }
    }

    @Test func `conversations with special tokens in them are held part by part`() throws {
        let (trial, base) = try trial("metaspace")
        try trial.export("gguf", type: "f32")
        let own = try ModelTokenizer.tokenizer(of: base.path)
        let rows = ["the word</s>of the</s> two\nlines<s>a", "  two blanks", "</s></s>"].map { own.encode($0, special: true) }
        try TokenizerCheck(base.path, trial.output).check(rows)
        // A file in which a special token is none.
        let types = try #require(try GGUFFile(path: trial.output).metadata.integers("tokenizer.ggml.token_type"))
        try GGUFRewriting.fields(trial.output) { key, value in
            key == "tokenizer.ggml.token_type" ? .int32s(types.enumerated().map { $0 == 2 ? 1 : Int32($1) }) : value
        }
        let error = #expect(throws: ConversionError.self) { try TokenizerCheck(base.path, trial.output).check(rows) }
        withExtendedLifetime(base) {}
        #expect(error?.description.contains("finds other special tokens") == true, "\(String(describing: error))")
    }

    @Test func `the few tokens whose own texts are cut otherwise are counted in a note`() throws {
        let (trial, base) = try trial("llama")
        try trial.export("gguf", type: "f32")
        let (types, tokens) = try withExtendedLifetime(GGUFFile(path: trial.output).metadata) {
            (try $0.integers("tokenizer.ggml.token_type") ?? [], try $0.texts("tokenizer.ggml.tokens") ?? [])
        }
        #expect(try notes(trial).isEmpty)
        let last = try #require(
            tokens.indices.last { types[$0] == 1 && tokens[$0].count > 3 && tokens[$0].first == "\u{2581}" })
        try GGUFRewriting.fields(trial.output) { key, value in
            key == "tokenizer.ggml.token_type" ? .int32s(types.enumerated().map { $0 == last ? 5 : Int32($1) }) : value
        }
        let notes = try withExtendedLifetime(base) { try self.notes(trial) }
        #expect(notes.count == 1 && notes[0].contains("own texts of 1 of"), "\(notes)")
        #expect(notes.first?.contains("'\(tokens[last].dropFirst())'") == true, "\(notes)")
    }

    @Test(arguments: [true, false]) func `Qwen's pattern goes with and without composing, which a note tells`(composes: Bool)
        throws
    {
        let pattern =
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        let (trial, base) = try trial("bytes") { values in
            values["normalizer"] = composes ? .object(["type": .string("NFC")]) : .null
            values["pre_tokenizer"] = .object([
                "type": .string("Sequence"),
                "pretokenizers": .array([
                    .object([
                        "type": .string("Split"), "pattern": .object(["Regex": .string(pattern)]),
                        "behavior": .string("Isolated"),
                        "invert": .bool(false),
                    ]),
                    .object([
                        "type": .string("ByteLevel"), "add_prefix_space": .bool(false), "trim_offsets": .bool(true),
                        "use_regex": .bool(false),
                    ]),
                ]),
            ])
        }
        try trial.export("gguf", type: "f32")
        #expect(try GGUFFile(path: trial.output).metadata.string("tokenizer.ggml.pre") == "qwen2")
        let notes = try withExtendedLifetime(base) { try self.notes(trial) }
        #expect(notes.count == (composes ? 1 : 0) && notes.allSatisfy { $0.contains("(NFC)") }, "\(notes)")
    }
}
