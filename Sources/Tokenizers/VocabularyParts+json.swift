import FoundationEssentials
import TrainerSettings

/// What a GGUF file says of a tokenizer that a folder's tokenizer.json has.
extension VocabularyParts {
    /// - Parameters:
    ///   - folder: a model's, with a byte-level tokenizer.json, or one of SentencePiece's.
    ///   - rows: of the embeddings: names that nobody uses stand for those behind the last token.
    /// - Throws: ``TokenizerError`` for a tokenizer that GGUF files have no words for, or that is damaged.
    package init(folder: String, rows: Int) throws(TokenizerError) {
        let path = folder + "/tokenizer.json"
        func fail(_ problem: String) -> TokenizerError { TokenizerError(place: path, problem: problem) }
        let values: [String: SettingValue]
        do throws(JSONInputError) { values = try JSONInput.object(file: path) } catch {
            throw TokenizerError(place: error.place, problem: error.problem)
        }
        guard case .object(let model)? = values["model"], model["type"] == nil || model["type"]?.text == "BPE",
            case .object(let vocabulary)? = model["vocab"], case .array(let merges)? = model["merges"]
        else { throw fail("is no BPE tokenizer, which alone is written to GGUF files; \(Self.way)") }
        let pattern = Self.pattern(of: values["pre_tokenizer"] ?? .null)
        let addsBlank = pattern == nil ? try Self.addsBlank(values, model, path: path) : nil
        guard pattern != nil || addsBlank != nil else {
            throw fail(
                "is neither a byte-level tokenizer with a pattern that GGUF files name (smollm, gpt-2, llama-bpe, qwen2) nor SentencePiece's "
                    + "(blanks as '▁', byte_fallback with all 256 bytes, texts uncut); \(Self.way)")
        }
        var tokens = [String?](repeating: nil, count: rows)
        var types = [Int](repeating: 5, count: rows)
        func put(_ text: String, _ id: Int?, _ type: Int) throws(TokenizerError) {
            guard let id, tokens.indices.contains(id) else {
                let found = id.map { "the id \($0)" } ?? "no id"
                throw fail("the token '\(text)' has \(found), expected one below the model's \(rows) embeddings; \(Self.way)")
            }
            guard !text.isEmpty else { throw fail("the token \(id) has no text; \(Self.way)") }
            if let other = tokens[id], !other.utf8.elementsEqual(text.utf8) {
                throw fail("the tokens '\(other)' and '\(text)' have the same id \(id); \(Self.way)")
            }
            (tokens[id], types[id]) = (text, type)
        }
        for (text, id) in vocabulary { try put(text, id.integer, 1) }
        if addsBlank != nil { for value in 0..<256 { try put(Self.byte(value), vocabulary[Self.byte(value)]?.integer, 6) } }
        var strips: [String: Bool] = [:]
        if case .array(let added)? = values["added_tokens"] {
            for case .object(let token) in added {
                let (text, id) = (token["content"]?.text ?? "", token["id"]?.integer)
                // Such as Gemma 3's <image_soft_token>: the model has no row for it.
                if let id, id >= rows { continue }
                try put(text, id, token["special"] == .bool(true) ? 3 : 4)
                strips[text] = token["rstrip"] == .bool(true)
            }
        }
        let tokenizer = try TokenizerKinds.tokenizer(folder: folder)
        // Texts that Unicode takes for the same have one name in an object, and are tokens of their own.
        if addsBlank != nil, let pieces = (tokenizer as? BPETokenizer)?.model.tokens {
            for id in tokens.indices where tokens[id] == nil {
                if let piece = pieces.token(Int32(id)) { (tokens[id], types[id]) = (String(decoding: piece, as: UTF8.self), 1) }
            }
        }
        self.init(
            place: path, model: addsBlank == nil ? "gpt2" : "llama", pattern: pattern ?? "default",
            tokens: tokens.enumerated().map { $1 ?? "[PAD\($0)]" })
        var ids: [[UInt8]: Int] = [:]
        for (id, token) in self.tokens.enumerated() {
            guard let other = ids.updateValue(id, forKey: Array(token.utf8)) else { continue }
            throw fail("has the token '\(token)' twice, with the ids \(other) and \(id); \(Self.way)")
        }
        (addsSpacePrefix, modelName) = (addsBlank, addsBlank == nil ? nil : Self.strippingName(strips, Set(self.tokens)))
        for merge in merges {
            switch merge {
            case .string(let text): self.merges.append(text)
            case .array(let pair): self.merges.append(pair.compactMap(\.text).joined(separator: " "))
            default: throw fail("a merge is neither a text nor a pair of texts")
            }
        }
        if addsBlank != nil { (scores, self.merges) = (Self.scores(self.tokens, merges: self.merges), []) }
        let special = tokenizer.special
        func id(_ token: SpecialTokens.Token?) -> Int? { token.flatMap { $0.id < rows ? Int($0.id) : nil } }
        (bos, eos, unknown, padding) = (id(special.bos), id(special.eos), id(special.unk), id(special.pad))
        if let unknown, addsBlank != nil { types[unknown] = 2 }
        self.types = types
        let framing = tokenizer.encode("", special: true)
        addsBOS = bos != nil && framing.first == special.bos?.id
        addsEOS = eos != nil && framing.last == special.eos?.id && framing.count > (addsBOS == true ? 1 : 0)
        chatTemplate = try Self.template(in: folder)
    }

    private static let way = "export --format merged, and convert it by llama.cpp's convert_hf_to_gguf.py"

    /// The name that llama.cpp has for how words are cut; nil: it has none, or it is not read here.
    private static func pattern(of step: SettingValue) -> String? {
        guard case .object(let fields) = step else { return nil }
        var steps = [fields]
        if fields["type"]?.text == "Sequence", case .array(let inner)? = fields["pretokenizers"] {
            steps = inner.compactMap { if case .object(let fields) = $0 { fields } else { nil } }
        }
        guard let last = steps.last, last["type"]?.text == "ByteLevel", last["add_prefix_space"] != .bool(true) else {
            return nil
        }
        let splits = last["use_regex"] != .bool(false)
        switch steps.count {
        case 1 where splits: return "gpt-2"
        case 2 where splits:
            return steps[0]["type"]?.text == "Digits" && steps[0]["individual_digits"] == .bool(true) ? "smollm" : nil
        case 2:
            guard steps[0]["type"]?.text == "Split", case .object(let pattern)? = steps[0]["pattern"],
                let found = pattern["Regex"]?.text.flatMap({ SplitPattern.known[$0] })
            else { return nil }
            return found == .llama3 ? "llama-bpe" : found == .qwen2 ? "qwen2" : nil
        default: return nil
        }
    }

    /// As the folder has it; nil: it has none.
    package static func template(in folder: String) throws(TokenizerError) -> String? {
        if let bytes = try? RegularFile.read(folder + "/chat_template.jinja") { return String(decoding: bytes, as: UTF8.self) }
        guard let values = try? JSONInput.object(file: folder + "/tokenizer_config.json") else { return nil }
        return values["chat_template"]?.text
    }
}
