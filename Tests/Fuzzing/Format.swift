import SearchSpaces

/// A kind of file or line that comes from outside: how it is mutated, and what reads it.
protocol Format: SendableMetatype {
    /// As `--format` takes it.
    static var name: String { get }

    /// - Parameter folder: its own, in which ``read(_:)`` may write.
    init(folder: String) throws

    /// The file that is mutated; a refusal has to name it. nil: what is read is no file, and nothing is refused with an error.
    var file: String? { get }

    /// The input of a mutation; the same for the same generator.
    func input(using random: inout SeededGenerator) -> [UInt8]

    /// Takes an input as the program would.
    ///
    /// - Throws: what the program says of it. That it says so is well; that it does not come back is not.
    func read(_ input: [UInt8]) throws
}

enum Formats {
    static let all: [any Format.Type] = [
        SafetensorsFormat.self, ModelConfigurationFormat.self, ModelWeightsFormat.self, ShardsFormat.self,
        GGUFFormat.self, GGUFModelFormat.self, DecoderConfigurationFormat.self,
        EncoderConfigurationFormat.self,
        VocabularyFormat.self, TokenizerConfigurationFormat.self, TokenizerJSONFormat.self, AddedTokensFormat.self,
        BPETokenizerFormat.self, UnigramTokenizerFormat.self, MergesFormat.self, ChatTemplateFormat.self,
        JSONLinesFormat.self, CSVFormat.self, TSVFormat.self, LanguageRowsFormat.self, LanguageTableFormat.self,
        SpaceFileFormat.self,
        TrialConfigurationFormat.self, CheckpointFormat.self, AdapterConfigurationFormat.self, AdapterTensorsFormat.self,
        ReportLineFormat.self, RequestFormat.self, StoreFormat.self, StudyFolderFormat.self,
    ]

    static func named(_ name: String) -> (any Format.Type)? {
        (all + [MisbehavingFormat.self, WaitingFormat.self]).first { $0.name == name }
    }
}
