package import Checkpoints
import Tokenizers
package import TrainerSettings

/// Reads data files as tokens, from the cache where they were tokenised before.
package struct TokenizedData {
    private let settings: TrainerSettings
    private let cache: CacheFolder?
    private var tokenizer: ModelTokenizer?
    private var unsaved: [(key: CacheKey, file: TokenizedFile)] = []
    /// What the user has to know of how the files were read; nothing of those from the cache.
    package private(set) var notes: [String] = []

    package init(_ settings: TrainerSettings, cache: CacheFolder?) {
        self.settings = settings
        self.cache = cache
    }

    /// - Throws: ``InputError`` or `TokenizerError` naming file and line.
    package mutating func read(_ source: DataSource) throws -> TokenizedFile {
        let key = key(of: source)
        if let key, let kept = unsaved.first(where: { $0.key == key })?.file ?? cached(key) { return kept }
        let tokenizer = try tokenizer ?? ModelTokenizer(modelFolder: settings.model)
        self.tokenizer = tokenizer
        let data = try DataFile(source, settings.columns)
        for note in data.notes where !notes.contains(note) { notes.append(note) }
        let file = TokenizedFile(data.examples) { tokenizer.encode($0, maxLength: settings.maxLength) }
        // A file that changed while it was read is not kept.
        if let key, key == self.key(of: source) { unsaved.append((key, file)) }
        return file
    }

    /// The labels that there are to train on, for which the texts need not be tokenised.
    ///
    /// - Throws: ``InputError`` naming file and line.
    package func trainingLabels() throws(InputError) -> LabelNumbers {
        let source = settings.trainingSource
        if let kept = key(of: source).flatMap(cached) {
            return try LabelNumbers(training: kept.names, file: source.path)
        }
        let examples = try DataFile(source, settings.columns).examples
        return try LabelNumbers(training: examples.map(\.label), file: source.path)
    }

    /// Keeps what had to be tokenised; where that cannot be, nothing is lost but time.
    package mutating func save() {
        for (key, file) in unsaved { file.encoded.withUnsafeBytes { try? cache?.write($0, as: key) } }
        unsaved = []
    }

    private func cached(_ key: CacheKey) -> TokenizedFile? { cache?.read(key).flatMap { TokenizedFile($0.bytes) } }

    /// nil where nothing is kept, or the file is missing.
    func key(of source: DataSource) -> CacheKey? {
        guard cache != nil, let data = FileIdentity(path: source.path) else { return nil }
        let tokenizer = TokenizerFiles.names.map { name in
            name + " " + (FileIdentity(path: settings.model + "/" + name).map { "\($0)" } ?? "none")
        }
        return CacheKey(
            kind: "tokens",
            [
                "data": "\(data)", "format": DataFile.ending(source.path), "rows": source.share.map { "\($0)" } ?? "all",
                "columns": settings.columns.inWords,
                "tokenizer": tokenizer.joined(separator: "; "), "max_length": "\(settings.maxLength)",
            ])
    }
}

extension DataColumns {
    /// All that decides what a file's rows are; names are quoted, as they can be anything.
    fileprivate var inWords: String {
        "text \(text.debugDescription), label \(label.debugDescription), separator \(separator.map(Self.name) ?? "usual"), quoting \(quoting)"
    }
}
