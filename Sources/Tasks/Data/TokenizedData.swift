package import Checkpoints
import Tokenizers
package import TrainerSettings

/// Reads data files as tokens, from the cache where they were tokenized before.
package struct TokenizedData {
    private let task: any TrainingTask.Type
    private let settings: TrainerSettings
    private let cache: CacheFolder?
    /// Read when it is first wanted.
    private var known: ModelTokenizer?
    private var unsaved: [(key: CacheKey, file: TokenizedFile)] = []
    /// What the user has to know of how the files were read; nothing of those from the cache.
    package private(set) var notes: [String] = []

    package init(_ task: any TrainingTask.Type, _ settings: TrainerSettings, cache: CacheFolder?) {
        self.task = task
        self.settings = settings
        self.cache = cache
    }

    /// - Throws: ``InputError`` or `TokenizerError` naming file and line.
    mutating func read(_ source: DataSource) throws -> TokenizedFile {
        let key = key(of: source)
        if let key, let kept = unsaved.first(where: { $0.key == key })?.file ?? cached(key) { return kept }
        let (file, found) = try task.tokenized(source, settings, with: tokenizer())
        for note in found where !notes.contains(note) { notes.append(note) }
        // A file that changed while it was read is not kept.
        if let key, key == self.key(of: source) { unsaved.append((key, file)) }
        return file
    }

    /// The task as the rows to train on have it, for which the texts need not be tokenized.
    ///
    /// - Throws: ``InputError`` naming file and line.
    package func trainingTask() throws(InputError) -> any TrainingTask {
        let source = settings.trainingSource
        if let kept = key(of: source).flatMap(cached) { return try task.init(labels: kept.names, file: source.path) }
        return try task.init(labels: task.labels(source, settings), file: source.path)
    }

    /// What the model is to write in an evaluation on this file; nil: nothing.
    ///
    /// - Throws: an error naming file and line.
    package mutating func writing(_ source: DataSource) throws -> WritingSample? {
        guard settings.generationRows > 0 else { return nil }
        return try task.writing(source, settings) { try tokenizer() }
    }

    private mutating func tokenizer() throws -> ModelTokenizer {
        let tokenizer = try known ?? ModelTokenizer(modelFolder: settings.model)
        known = tokenizer
        return tokenizer
    }

    /// The task's examples of these rows.
    ///
    /// - Throws: ``InputError`` or `TokenizerError` naming file and line.
    package mutating func examples(_ source: DataSource, for task: any TrainingTask) throws -> TokenizedExamples {
        let file = try read(source)
        return TokenizedExamples(file, try task.targets(of: file, path: source.path))
    }

    /// Keeps what had to be tokenized; where that cannot be, nothing is lost but time.
    package mutating func save() {
        for (key, file) in unsaved { file.encoded.withUnsafeBytes { try? cache?.write($0, as: key) } }
        unsaved = []
    }

    private func cached(_ key: CacheKey) -> TokenizedFile? { cache?.read(key).flatMap { TokenizedFile($0.bytes) } }

    /// nil where nothing is kept, or the file is missing.
    func key(of source: DataSource) -> CacheKey? {
        guard cache != nil, let data = FileIdentity(path: source.path) else { return nil }
        // What only some tasks have stands here, so that the others' tokens keep their names.
        let form = task.tokenForm(settings).map { "; " + $0 } ?? ""
        return CacheKey(
            kind: "tokens",
            [
                "data": "\(data)", "format": DataSource.ending(source.path), "rows": source.share.map { "\($0)" } ?? "all",
                "columns": settings.columns.inWords + form,
                "tokenizer": Self.tokenizer(of: settings.model), "max_length": "\(settings.maxLength)",
            ])
    }

    /// Which state of which files a model's tokenizer is.
    package static func tokenizer(of model: String) -> String {
        var files = TokenizerFiles.names.map { name in
            name + " " + (FileIdentity(path: model + "/" + name).map { "\($0)" } ?? "none")
        }
        if case .gguf(let path)? = try? ModelPlace(model) {
            files.append("gguf " + (FileIdentity(path: path).map { "\($0)" } ?? "none"))
        }
        return files.joined(separator: "; ")
    }
}

extension DataColumns {
    /// All that decides what a file's rows are; names are quoted, as they can be anything.
    fileprivate var inWords: String {
        "text \(text.debugDescription), label \(label.debugDescription), separator \(separator.map(Self.name) ?? "usual"), quoting \(quoting)"
    }
}
