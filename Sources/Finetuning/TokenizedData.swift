import Checkpoints
import Tokenizers
import TrainerSettings

/// Reads data files as tokens, from the cache where they were tokenised before.
struct TokenizedData {
    private let settings: TrainerSettings
    private let cache: CacheFolder?
    private var tokenizer: ModelTokenizer?
    private var unsaved: [(key: CacheKey, file: TokenizedFile)] = []

    init(_ settings: TrainerSettings, cache: CacheFolder?) {
        self.settings = settings
        self.cache = cache
    }

    /// - Throws: ``InputError`` or `TokenizerError` naming file and line.
    mutating func read(_ path: String) throws -> TokenizedFile {
        let key = key(of: path)
        if let key, let kept = unsaved.first(where: { $0.key == key })?.file ?? cached(key) { return kept }
        let tokenizer = try tokenizer ?? ModelTokenizer(modelFolder: settings.model)
        self.tokenizer = tokenizer
        let file = TokenizedFile(try LabeledText.read(file: path)) { tokenizer.encode($0, maxLength: settings.maxLength) }
        // A file that changed while it was read is not kept.
        if let key, key == self.key(of: path) { unsaved.append((key, file)) }
        return file
    }

    /// The labels of a data file, for which its texts need not be tokenised.
    ///
    /// - Throws: ``InputError`` naming file and line.
    func labels(of path: String) throws(InputError) -> LabelNumbers {
        if let kept = key(of: path).flatMap(cached) { return try LabelNumbers(names: kept.names, file: path) }
        return try LabelNumbers(training: LabeledText.read(file: path), file: path)
    }

    /// Keeps what had to be tokenised; where that cannot be, nothing is lost but time.
    mutating func save() {
        for (key, file) in unsaved { file.encoded.withUnsafeBytes { try? cache?.write($0, as: key) } }
        unsaved = []
    }

    private func cached(_ key: CacheKey) -> TokenizedFile? { cache?.read(key).flatMap { TokenizedFile($0.bytes) } }

    /// nil where nothing is kept, or the file is missing.
    func key(of path: String) -> CacheKey? {
        guard cache != nil, let data = FileIdentity(path: path) else { return nil }
        let tokenizer = WordPieceTokenizer.files.map { name in
            name + " " + (FileIdentity(path: settings.model + "/" + name).map { "\($0)" } ?? "none")
        }
        return CacheKey(
            kind: "tokens",
            [
                "data": "\(data)", "format": path.split(separator: ".").last.map(String.init) ?? "",
                "columns": "text, label",
                "tokenizer": tokenizer.joined(separator: "; "), "max_length": "\(settings.maxLength)",
            ])
    }
}
