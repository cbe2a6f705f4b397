package import TrainerSettings

/// What a file's rows seem to be for, by the names of its columns and what stands in them.
package struct ColumnGuess: Sendable, Hashable {
    package let task: TrainerSettings.Task
    /// nil where rows have prompts or messages, or where no column looks like a text.
    package let text: String?
    package let label: String?

    /// - Parameters:
    ///   - given: names that are known; nil: they are looked for.
    init(_ raw: RawRows, task: TrainerSettings.Task?, text givenText: String?, label givenLabel: String?) {
        let sample = WritingSample.rows(raw.rows, count: Self.looked)
        let columns = raw.columns.prefix(Self.mostColumns).map { Column($0, of: sample) }
        let names = Set(raw.columns)
        let speaks = Self.ofLanguageModels.contains(where: names.isSuperset)
        let wantsLabel = task != .causalLanguageModel && !(task == nil && speaks && givenLabel == nil)
        let label = wantsLabel ? givenLabel ?? Self.label(columns, besides: givenText) : nil
        let text = givenText ?? Self.text(columns, besides: label)
        self.task = task ?? (label == nil ? .causalLanguageModel : .sequenceClassification)
        self.label = label
        self.text = self.task == .causalLanguageModel && speaks && givenText == nil ? nil : text
    }

    /// Rows, and columns, that are looked at.
    private static let (looked, mostColumns) = (1000, 200)

    /// The keys of rows that have a prompt or a conversation.
    static let ofLanguageModels: [Set<String>] = [
        ["messages"], ["conversations"], ["prompt", "completion"], ["instruction", "output"],
    ]

    private static let labels = [
        "label", "labels", "class", "category", "target", "sentiment", "intent", "emotion", "topic", "tag", "stars", "rating",
        "score", "polarity", "y", "label_id", "completion", "output",
    ]
    private static let texts = [
        "text", "sentence", "review", "content", "body", "message", "comment", "document", "tweet", "utterance", "question",
        "query", "description", "abstract", "title", "prompt", "instruction", "input",
    ]

    /// A column that is called as labels often are.
    static func knownLabel(among names: [String]) -> String? {
        labels.lazy.compactMap { known in names.first { $0.lowercased() == known } }.first
    }

    private static func label(_ columns: [Column], besides text: String?) -> String? {
        let others = columns.filter { $0.name != text && $0.isScalar }
        if let known = knownLabel(among: others.map(\.name)) { return known }
        // Few values that come again and again, and short ones.
        return others.filter(\.looksLikeLabels).min { $0.distinct < $1.distinct }?.name
    }

    private static func text(_ columns: [Column], besides label: String?) -> String? {
        let others = columns.filter { $0.name != label && $0.isText }
        let known = texts.lazy.compactMap { known in others.first { $0.name.lowercased() == known } }.first
        return (known ?? others.max { $0.meanLength < $1.meanLength })?.name
    }

    /// What stands in a column, in some of the rows.
    private struct Column {
        let name: String
        /// Whether its values are texts, or numbers and truth values too.
        private(set) var isText = true
        private(set) var isScalar = true
        private(set) var distinct = 0
        private(set) var meanLength = 0.0
        private let looked: Int

        init(_ name: String, of sample: [RawRows.Row]) {
            self.name = name
            var values: Set<String> = []
            var length = 0
            looked = sample.count
            for row in sample {
                switch row.fields[name] {
                case .string(let text)?:
                    values.insert(text)
                    length += text.utf8.count
                case .int?, .double?, .bool?:
                    isText = false
                    values.insert(row.fields[name].map { "\($0)" } ?? "")
                    length += 1
                case nil, .null?: break
                default: (isText, isScalar) = (false, false)
                }
            }
            distinct = values.count
            meanLength = Double(length) / Double(max(1, looked))
        }

        var looksLikeLabels: Bool {
            looked >= 8 && distinct >= 2 && distinct <= max(2, min(50, looked / 4)) && meanLength <= 40
        }
    }
}
