extension TrainerSettings {
    /// What the rows of prompt tuning start from, in PEFT's words.
    package enum PromptInit: String, Sendable, Hashable, CaseIterable {
        case random
        case vocabulary = "sample_vocab"
        case text
    }

    package enum PromptStart: Sendable, Hashable {
        /// Normal numbers, which are some thirty times as large as those of words.
        case random
        /// As words that are drawn at random.
        case vocabulary
        /// As a text's tokens.
        case text(String)
    }

    package var promptStart: PromptStart {
        switch promptInit {
        case .random: .random
        case .vocabulary: .vocabulary
        case .text: .text(promptText ?? "")
        }
    }

    /// The rows of ``table`` that belong to rows before each text.
    static let promptRows: [TrainerSetting] = [
        TrainerSetting(
            "num_virtual_tokens", .method, \.virtualTokens, .integer(1...65536), "trained rows before each text"
        ).alsoCalled("virtual_tokens", "prompt_length").forTypes(.promptTuning, .pTuning),
        TrainerSetting("prompt_tuning_init", .method, \.promptInit, .promptInit, "what these rows start from")
            .alsoCalled("prompt_init").forTypes(.promptTuning),
        TrainerSetting(
            "prompt_tuning_init_text", .method, \.promptText, .text,
            "the text whose tokens they start as with `prompt_tuning_init: text`, cut or repeated"
        ).open("needed with it").alsoCalled("prompt_init_text").forTypes(.promptTuning).checked(checkPromptText),
        TrainerSetting(
            "encoder_hidden_size", .method, \.encoderHiddenSize, .integer(1...65536),
            "of the inner layers of the network that makes the rows of P-tuning"
        ).open("the model's").forTypes(.pTuning),
    ]

    private static func checkPromptText(_ settings: TrainerSettings, _ given: Set<String>) throws(TrainerSettingsError) {
        func fail(_ problem: String) -> TrainerSettingsError {
            TrainerSettingsError(setting: "prompt_tuning_init_text", problem: problem)
        }
        guard settings.finetuningType == .promptTuning else { return }
        switch (settings.promptInit, settings.promptText) {
        case (.text, nil), (.text, ""): throw fail("missing; prompt_tuning_init: text starts from it")
        case (.random, _?), (.vocabulary, _?):
            throw fail(
                "means nothing with prompt_tuning_init: \(settings.promptInit.rawValue); give prompt_tuning_init: text, or leave it out"
            )
        default: return
        }
    }
}

extension SettingKind<TrainerSettings.PromptInit> {
    /// PEFT writes the words in capitals.
    static var promptInit: SettingKind {
        let words = SettingKind.word
        return SettingKind(
            allowed: words.allowed,
            read: { (value) throws(SettingMismatch) in
                guard let text = value.text else { return try words.read(value) }
                return try words.read(.string(text == text.uppercased() ? text.lowercased() : text))
            }, write: words.write)
    }
}
