import TrainerSettings

/// An object of a tokenizer.json that says of what type it is, and its fields by their types.
struct JSONPart {
    let path: String
    /// As the file calls the part: "pre_tokenizer".
    let name: String
    private let fields: [String: SettingValue]

    /// nil: the part is null.
    ///
    /// - Throws: ``TokenizerError`` for another value.
    init?(_ value: SettingValue?, name: String, path: String) throws(TokenizerError) {
        guard let value, value != .null else { return nil }
        guard case .object(let fields) = value else {
            throw TokenizerError(place: path, problem: "the \(name) is no object")
        }
        (self.path, self.name, self.fields) = (path, name, fields)
    }

    var type: String { fields["type"]?.text ?? "none" }

    func fail(_ problem: String) -> TokenizerError { TokenizerError(place: path, problem: problem) }

    func unsupported(only supported: String) -> TokenizerError {
        fail("the \(name) '\(type)' is not supported (supported: \(supported))")
    }

    subscript(key: String) -> SettingValue? { fields[key].flatMap { $0 == .null ? nil : $0 } }

    func text(_ key: String) throws(TokenizerError) -> String {
        guard let text = self[key]?.text else { throw fail("the \(name) '\(type)' lacks a text '\(key)'") }
        return text
    }

    func flag(_ key: String, default usual: Bool) throws(TokenizerError) -> Bool {
        guard let value = self[key] else { return usual }
        guard case .bool(let flag) = value else { throw fail("the \(name)'s '\(key)' is no true or false") }
        return flag
    }

    func parts(_ key: String) throws(TokenizerError) -> [JSONPart] {
        guard case .array(let values)? = self[key] else { throw fail("the \(name) '\(type)' lacks a list '\(key)'") }
        var parts: [JSONPart] = []
        for value in values {
            guard let part = try JSONPart(value, name: name, path: path) else {
                throw fail("the \(name) has a null in '\(key)'")
            }
            parts.append(part)
        }
        return parts
    }

    /// Which text a pattern means: `{"String": " "}` or `{"Regex": "a+"}`.
    func pattern(_ key: String) throws(TokenizerError) -> (text: String, isRegex: Bool) {
        guard case .object(let pattern)? = self[key] else { throw fail("the \(name) '\(type)' lacks a '\(key)'") }
        if let text = pattern["String"]?.text, !text.isEmpty { return (text, false) }
        guard let text = pattern["Regex"]?.text, !text.isEmpty else {
            throw fail("the \(name) '\(type)' has a '\(key)' that is neither a String nor a Regex")
        }
        return (text, true)
    }
}
