import TrainerSettings

/// What a configuration's labeled texts come to.
struct ClassificationSummary: Sendable, Hashable {
    /// In the order of their classes' numbers.
    let labels: [String]
    /// Training first; none for a part that the settings do not name.
    let parts: [PartSummary]
    /// What is allowed and yet probably not meant, a line each.
    let remarks: [String]
    /// Some of the texts to train on, from all over the file.
    let sample: [String]

    /// - Throws: ``InputError`` naming file and line: what cannot be read, or a label that training never shows.
    init(_ settings: TrainerSettings) throws(InputError) {
        var remarks: [String] = []
        var parts: [PartSummary] = []
        var hashes: [(part: DataPart, texts: Set<UInt64>)] = []
        var numbers: LabelNumbers?
        var sample: [String] = []
        for part in DataPart.allCases {
            guard let source = settings.source(of: part) else { continue }
            let file = try DataFile(source, settings.columns, check: ClassificationTask.check)
            for note in file.notes where !remarks.contains(note) { remarks.append(note) }
            let labels: LabelNumbers
            if let numbers {
                labels = numbers
            } else {
                labels = try LabelNumbers(training: file.examples.map(\.label), file: source.path)
            }
            let summary = try PartSummary(part, file.examples, labels, source)
            parts.append(summary)
            if part == .train {
                numbers = labels
                remarks += LabelRemarks.all(of: file.examples, file: source.path)
                sample = Self.sample(of: file.examples)
            }
            remarks += summary.remarks
            remarks += Self.overlaps(of: part, file.examples, with: hashes)
            hashes.append((part, Set(file.examples.map(\.textHash))))
        }
        labels = numbers?.names ?? []
        (self.parts, self.remarks, self.sample) = (parts, remarks, sample)
    }

    /// A line for each part, and one for how labels become classes.
    var whole: DataSummary {
        DataSummary(
            head: ClassificationHead(labels: labels), rows: Dictionary(uniqueKeysWithValues: parts.map { ($0.part, $0.rows) }),
            lines: parts.map { .init($0.part.rawValue, $0.text) } + [.init("classes", ClassNumbers.sentence(labels))],
            remarks: remarks, sample: sample)
    }

    private static let sampled = 1000

    private static func sample(of examples: [LabeledText]) -> [String] {
        let step = max(1, examples.count / sampled)
        return stride(from: 0, to: examples.count, by: step).prefix(sampled).map { examples[$0].text }
    }

    private static func overlaps(
        of part: DataPart, _ examples: [LabeledText], with others: [(part: DataPart, texts: Set<UInt64>)]
    ) -> [String] {
        others.compactMap { other in
            let count = examples.count { other.texts.contains($0.textHash) }
            guard count > 0 else { return nil }
            return
                "\(count) of \(examples.count) texts of \(part.rawValue) are in \(other.part.rawValue) too: what is measured there is"
                + " partly what was learned by heart"
        }
    }
}
