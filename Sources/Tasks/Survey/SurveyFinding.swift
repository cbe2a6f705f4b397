package import TrainerSettings

/// What a look at data files found that is worth a word: how often, where, and what to do about it.
package struct SurveyFinding: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case refused
        case brokenRows = "broken_rows"
        case emptyTexts = "empty_texts"
        case missingLabels = "missing_labels"
        case duplicates
        case conflictingLabels = "conflicting_labels"
        case sharedTexts = "shared_texts"
        case unknownLabels = "unknown_labels"
        case doubtfulLabels = "doubtful_labels"
        case rareLabels = "rare_labels"
        case fewRows = "few_rows"
        case imbalance
        case longTexts = "long_texts"
        case reading
    }

    package let kind: Kind
    /// Rows, or labels, that it is about.
    package let count: Int
    /// "12 of 1200 texts are in the file more than once"
    package let text: String
    /// "train.csv:3", or of two rows that belong together "train.csv:3 and train.csv:17"; the first ones.
    package let examples: [String]
    /// What to do.
    package let advice: String

    init(_ kind: Kind, _ count: Int, _ text: String, at examples: some Sequence<String> = [], do advice: String) {
        (self.kind, self.count, self.text, self.advice) = (kind, count, text, advice)
        self.examples = Array(examples.prefix(Self.shown))
    }

    /// Examples that are given.
    static let shown = 5

    package var line: String {
        let more = count > examples.count && !examples.isEmpty ? ", ..." : ""
        return text + (examples.isEmpty ? "" : " (\(examples.joined(separator: ", "))\(more))") + "; " + advice
    }

    package var value: SettingValue {
        .object([
            "kind": .string(kind.rawValue), "count": .int(count), "text": .string(text), "advice": .string(advice),
            "examples": .array(examples.map(SettingValue.string)),
        ])
    }
}
