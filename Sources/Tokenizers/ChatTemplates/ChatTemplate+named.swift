import TrainerSettings

extension ChatTemplate {
    /// What the setting `chat_template` can name.
    package static var names: [String] { NamedTemplates.names }

    /// One of the named templates, for models whose own cannot be rendered or that have none.
    ///
    /// - Throws: ``TokenizerError`` for another name.
    package init(named name: String, special: SpecialTokens = SpecialTokens()) throws(TokenizerError) {
        guard let source = NamedTemplates.sources[name] else {
            throw TokenizerError(
                place: "chat_template",
                problem: "there is no template '\(name)'; there are \(Self.names.joined(separator: ", "))")
        }
        try self.init(source: source, place: "chat_template \(name)", special: special)
    }
}
