import TrainerSettings

extension Compilation {
    /// Beside the trial's own configuration.
    static let templateFile = "chat_template.jinja"

    /// The text of `chat_template`, of one of our names or as it is given; nil: it is something that the trainer alone knows.
    var template: String? {
        guard let given = self["chat_template"]?.text else { return nil }
        return NamedTemplates.text(named: given) ?? (given.contains("{%") || given.contains("{{") ? given : nil)
    }

    /// The file that has it, for trainers that take one.
    var templateFiles: [String: String] { template.map { [Self.templateFile: $0] } ?? [:] }

    func noTemplate(_ value: some CustomStringConvertible, _ expected: String) -> TrainerSettingsError {
        TrainerSettingsError(setting: "chat_template", problem: "found \(value), expected \(expected)")
    }
}

extension Spelling {
    /// Told by config.json, with the text in a file beside it.
    static let ownTemplate = Spelling.told(
        "chat_template",
        check: { (value, compilation) throws(TrainerSettingsError) in
            guard compilation.template == nil else { return }
            throw compilation.noTemplate(value, "\(NamedTemplates.names.joined(separator: ", ")) or a template's text in Jinja")
        })
}
