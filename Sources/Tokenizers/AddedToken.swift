/// A token that a text may name as it is written: what Hugging Face's AddedToken says.
struct AddedToken: Hashable {
    /// As Unicode scalars: two tokens are equal only when these are.
    var content: [UInt32]
    /// Counts only where no letter, digit or underscore touches it.
    var isSingleWord = false
    /// Takes the white space before it.
    var stripsLeft = false
    /// Takes the white space after it.
    var stripsRight = false
    /// Is looked for in the text's normal form rather than in the text.
    var isNormalized = false

    init(_ content: String) { self.content = content.unicodeScalars.map(\.value) }

    init(_ content: [UInt32], isNormalized: Bool) {
        self.content = content
        self.isNormalized = isNormalized
    }

    var text: String { String(String.UnicodeScalarView(content.compactMap(Unicode.Scalar.init))) }
}

/// An added token as a file states it: by its text alone, or as an object with flags.
struct StatedToken: Decodable {
    var token: AddedToken
    /// nil: not given.
    var id: Int?
    /// Whether the file gives more than the text.
    var hasFlags = false
    /// Whether it stands for no text.
    var isSpecial = false

    enum CodingKeys: String, CodingKey {
        case id, content, lstrip, rstrip, normalized, special
        case singleWord = "single_word"
    }

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            token = AddedToken(text)
            return
        }
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func flag(_ key: CodingKeys) throws -> Bool? { try fields.decodeIfPresent(Bool.self, forKey: key) }
        token = AddedToken(try fields.decode(String.self, forKey: .content))
        token.isSingleWord = try flag(.singleWord) ?? false
        token.stripsLeft = try flag(.lstrip) ?? false
        token.stripsRight = try flag(.rstrip) ?? false
        isSpecial = try flag(.special) ?? false
        token.isNormalized = try flag(.normalized) ?? !isSpecial
        id = try fields.decodeIfPresent(Int.self, forKey: .id)
        hasFlags = true
    }
}
