package import TrainerSettings

/// What the files of a model folder say of a tokenizer that a GGUF file has.
extension VocabularyParts {
    /// - Throws: ``TokenizerError`` for a kind that is not written as a tokenizer.json.
    package func tokenizerJSON() throws(TokenizerError) -> SettingValue {
        let tokenizer = try TokenizerKinds.tokenizer(self)
        guard model == "gpt2", let pattern, let step = Self.step(named: pattern) else {
            throw TokenizerError(
                place: place,
                problem:
                    "its tokenizer (\(model), \(self.pattern ?? "without a pattern")) is not written as a tokenizer.json yet; take"
                    + " --format gguf")
        }
        let added = tokens.indices.filter { !types.isEmpty && [3, 4].contains(types[$0]) }.map { id in
            SettingValue.object([
                "id": .int(id), "content": .string(tokens[id]), "single_word": .bool(false), "lstrip": .bool(false),
                "rstrip": .bool(false), "normalized": .bool(false), "special": .bool(types[id] == 3),
            ])
        }
        let vocabulary = Dictionary(tokens.enumerated().map { ($1, SettingValue.int($0)) }) { first, _ in first }
        let isWhole = pattern.hasPrefix("llama")
        var first: [SettingValue] = []
        if let bos = tokenizer.special.bos, tokenizer.encode("", special: true).first == bos.id {
            first = [.object(["SpecialToken": .object(["id": .string(bos.text), "type_id": .int(0)])])]
        }
        func text(_ name: String, _ type: Int) -> SettingValue {
            .object(["Sequence": .object(["id": .string(name), "type_id": .int(type)])])
        }
        let special = tokenizer.special.bos.map { bos in
            [
                bos.text: SettingValue.object([
                    "id": .string(bos.text), "ids": .array([.int(Int(bos.id))]), "tokens": .array([.string(bos.text)]),
                ])
            ]
        }
        let framing: SettingValue =
            first.isEmpty
            ? Self.byteLevel(splits: true)
            : .object([
                "type": .string("TemplateProcessing"), "single": .array(first + [text("A", 0)]),
                "pair": .array(first + [text("A", 0)] + first + [text("B", 1)]), "special_tokens": .object(special ?? [:]),
            ])
        return .object([
            "version": .string("1.0"), "truncation": .null, "padding": .null, "added_tokens": .array(added),
            "normalizer": pattern.contains("qwen") ? .object(["type": .string("NFC")]) : .null, "pre_tokenizer": step,
            "post_processor": framing, "decoder": Self.byteLevel(splits: true),
            "model": .object([
                "type": .string("BPE"), "dropout": .null, "unk_token": .null, "continuing_subword_prefix": .null,
                "end_of_word_suffix": .null, "fuse_unk": .bool(false), "byte_fallback": .bool(false),
                "ignore_merges": .bool(isWhole), "vocab": .object(vocabulary),
                "merges": .array(merges.map(SettingValue.string)),
            ]),
        ])
    }

    /// Of tokenizer_config.json.
    package func tokenizerConfiguration() throws(TokenizerError) -> SettingValue {
        var values: [String: SettingValue] = [
            "tokenizer_class": .string("PreTrainedTokenizerFast"), "clean_up_tokenization_spaces": .bool(false),
        ]
        for (name, text) in try TokenizerKinds.tokenizer(self).special.byName { values[name] = .string(text) }
        if let chatTemplate { values["chat_template"] = .string(chatTemplate) }
        return .object(values)
    }

    private static func byteLevel(splits: Bool) -> SettingValue {
        .object([
            "type": .string("ByteLevel"), "add_prefix_space": .bool(false), "trim_offsets": .bool(true),
            "use_regex": .bool(splits),
        ])
    }

    private static func step(named pattern: String) -> SettingValue? {
        func sequence(_ first: [String: SettingValue], splits: Bool) -> SettingValue {
            .object(["type": .string("Sequence"), "pretokenizers": .array([.object(first), byteLevel(splits: splits)])])
        }
        func split(_ wanted: SplitPattern) -> SettingValue? {
            SplitPattern.known.first { $0.value == wanted }.map { text in
                sequence(
                    [
                        "type": .string("Split"), "pattern": .object(["Regex": .string(text.key)]),
                        "behavior": .string("Isolated"),
                        "invert": .bool(false),
                    ], splits: false)
            }
        }
        switch pattern {
        case "gpt-2": return byteLevel(splits: true)
        case "smollm", "starcoder", "refact":
            return sequence(["type": .string("Digits"), "individual_digits": .bool(true)], splits: true)
        case "llama-bpe", "llama3", "llama-v3": return split(.llama3)
        case "qwen2", "deepseek-r1-qwen": return split(.qwen2)
        default: return nil
        }
    }
}
