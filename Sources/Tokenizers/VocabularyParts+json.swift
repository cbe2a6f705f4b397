import FoundationEssentials
import TrainerSettings

/// What a GGUF file says of a tokenizer that a folder's tokenizer.json has.
extension VocabularyParts {
    /// - Parameters:
    ///   - folder: a model's, with a byte-level tokenizer.json.
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
            case .object(let vocabulary)? = model["vocab"], case .array(let merges)? = model["merges"],
            let pattern = Self.pattern(of: values["pre_tokenizer"] ?? .null)
        else {
            throw fail(
                "is no byte-level tokenizer with a pattern that GGUF files name (smollm, gpt-2, llama-bpe, qwen2); export --format merged, "
                    + "and convert it by llama.cpp's convert_hf_to_gguf.py")
        }
        var tokens = [String?](repeating: nil, count: rows)
        var types = [Int](repeating: 5, count: rows)
        func put(_ text: String, _ id: Int?, _ type: Int) throws(TokenizerError) {
            guard let id, tokens.indices.contains(id) else { throw fail("token '\(text)' has no id below \(rows)") }
            (tokens[id], types[id]) = (text, type)
        }
        for (text, id) in vocabulary { try put(text, id.integer, 1) }
        if case .array(let added)? = values["added_tokens"] {
            for case .object(let token) in added {
                try put(token["content"]?.text ?? "", token["id"]?.integer, token["special"] == .bool(true) ? 3 : 4)
            }
        }
        self.init(
            place: path, model: "gpt2", pattern: pattern, tokens: tokens.enumerated().map { $1 ?? "[PAD\($0)]" })
        self.types = types
        for merge in merges {
            switch merge {
            case .string(let text): self.merges.append(text)
            case .array(let pair): self.merges.append(pair.compactMap(\.text).joined(separator: " "))
            default: throw fail("a merge is neither a text nor a pair of texts")
            }
        }
        let tokenizer = try TokenizerKinds.tokenizer(folder: folder)
        let special = tokenizer.special
        (bos, eos) = (special.bos.map { Int($0.id) }, special.eos.map { Int($0.id) })
        (unknown, padding) = (special.unk.map { Int($0.id) }, special.pad.map { Int($0.id) })
        let framing = tokenizer.encode("", special: true)
        addsBOS = bos != nil && framing.first == special.bos?.id
        addsEOS = eos != nil && framing.last == special.eos?.id && framing.count > (addsBOS == true ? 1 : 0)
        chatTemplate = try Self.template(in: folder)
    }

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
    private static func template(in folder: String) throws(TokenizerError) -> String? {
        if let bytes = try? RegularFile.read(folder + "/chat_template.jinja") { return String(decoding: bytes, as: UTF8.self) }
        guard let values = try? JSONInput.object(file: folder + "/tokenizer_config.json") else { return nil }
        return values["chat_template"]?.text
    }
}
