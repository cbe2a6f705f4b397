import FoundationEssentials

/// What the files of a model folder say of its tokenizer, each file read once; a kind of tokenizer takes what it needs.
package struct TokenizerFiles {
    let folder: String
    let configuration: TokenizerConfiguration
    /// nil: there is no tokenizer.json, and the vocabulary is in a file of its own.
    let json: TokenizerJSON.Contents?

    /// The names of all files in a model folder that the ids depend on, those that need not be there among them.
    package static let names = [
        "tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "config.json",
    ]

    /// The types of models with which tokenizer.json says what other kinds' classes do.
    private static let sayAll = [BPETokenizer.modelType, UnigramTokenizer.modelType]

    /// - Throws: ``TokenizerError`` for a file that is there and cannot be read, or names what is not supported.
    package init(folder: String) throws(TokenizerError) {
        self.folder = folder
        let path = folder + "/tokenizer.json"
        json = Self.isThere(path) ? try TokenizerJSON.Contents(file: path) : nil
        configuration = try TokenizerConfiguration(folder: folder, anyClass: Self.sayAll.contains(json?.modelType ?? ""))
    }

    /// The path of a file of the folder; nil: there is none.
    func path(of name: String) -> String? {
        let path = folder + "/" + name
        return Self.isThere(path) ? path : nil
    }

    /// Also a link that leads nowhere.
    private static func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
            || (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }
}
