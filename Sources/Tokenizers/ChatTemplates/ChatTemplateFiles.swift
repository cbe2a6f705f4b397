import FoundationEssentials
import TrainerSettings

extension ChatTemplate {
    /// The files of a model folder that may hold its template; the first that does counts.
    package static let files = ["chat_template.jinja", "tokenizer_config.json", "chat_template.json"]

    /// A template is a few kilobytes.
    private static let largest = 4 << 20

    /// A model folder's own template; nil: it has none.
    ///
    /// - Throws: ``TokenizerError`` for a file that cannot be read, or a template that cannot be rendered.
    package static func own(folder: String, special: SpecialTokens) throws(TokenizerError) -> ChatTemplate? {
        for file in files {
            let path = folder + "/" + file
            guard let source = file.hasSuffix(".jinja") ? try text(path) : try field(path) else { continue }
            return try ChatTemplate(source: source, place: path, special: special)
        }
        return nil
    }

    private static func text(_ path: String) throws(TokenizerError) -> String? {
        let data: Data
        do throws(RegularFileError) {
            data = try RegularFile.read(path, atMost: largest)
        } catch {
            if error.isMissing { return nil }
            throw TokenizerError(place: error.path, problem: error.problem)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw TokenizerError(place: path, problem: "is not in UTF-8")
        }
        return text
    }

    private static func field(_ path: String) throws(TokenizerError) -> String? {
        guard let file = try TokenizerConfiguration.read(File.self, path) else { return nil }
        switch file.chat_template {
        case .string(let text)?: return text
        case .array(let named)?:
            for case .object(let entry) in named where entry["name"] == .string("default") { return entry["template"]?.text }
            throw TokenizerError(place: path, problem: "its chat_template is a list without one of the name 'default'")
        case nil, .null?: return nil
        default: throw TokenizerError(place: path, problem: "its chat_template is neither a text nor a list")
        }
    }

    // Named as the file names it.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct File: Decodable {
        var chat_template: SettingValue?
    }
}
