import TrainerSettings

/// What a configuration's rows for a language model come to.
struct CausalLMSummary {
    private var parts: [(part: DataPart, rows: Int, kind: LanguageRow.Kind)] = []
    private var remarks: [String] = []
    private var sample: [String] = []
    private var needed: [Int?] = []

    /// - Throws: ``InputError`` naming file and line: what cannot be read, or a part that has other rows than the one to train on.
    init(_ settings: TrainerSettings) throws(InputError) {
        var hashes: [(part: DataPart, texts: Set<UInt64>)] = []
        for part in DataPart.allCases {
            guard let source = settings.source(of: part) else { continue }
            let file = try CausalLMTask.rows(source, settings)
            for note in file.notes where !remarks.contains(note) { remarks.append(note) }
            let kind = file.examples[0].kind
            if let first = parts.first, first.kind != kind {
                throw InputError(
                    place: source.path,
                    problem:
                        "its rows are \(kind.rawValue), those to train on \(first.kind.rawValue); expected one kind in all parts"
                )
            }
            parts.append((part, file.examples.count, kind))
            remarks += Self.overlaps(of: part, file.examples, with: hashes)
            hashes.append((part, Set(file.examples.map(\.textHash))))
            if part == .train { try look(at: file.examples, source.path, settings) }
            if part == .validation { try Self.checkWriting(kind, source, settings) }
        }
    }

    var whole: DataSummary {
        var summary = DataSummary(
            head: CausalLMHead(), rows: Dictionary(uniqueKeysWithValues: parts.map { ($0.part, $0.rows) }),
            lines: parts.map { .init($0.part.rawValue, "\($0.rows) row\($0.rows == 1 ? "" : "s") of \($0.kind.rawValue)") },
            remarks: remarks, sample: sample)
        summary.needed = needed
        return summary
    }

    private static let sampled = 1000

    /// Conversations are shown as the model's template writes them.
    private mutating func look(at rows: [LanguageRow], _ file: String, _ settings: TrainerSettings) throws(InputError) {
        var whole = settings
        whole.maxLength = .max
        let encoder: LanguageEncoder
        do {
            encoder = try LanguageEncoder(ModelTokenizer(modelFolder: settings.model), whole, for: rows[0].kind)
        } catch let error as InputError { throw error } catch { throw InputError(place: settings.model, problem: "\(error)") }
        for row in WritingSample.rows(rows, count: Self.sampled) {
            sample.append(try encoder.text(row, file: file))
            needed.append(try encoder.encode(row, file: file).labels.first.map { $0.lowerBound + 1 })
        }
    }

    private static func checkWriting(
        _ kind: LanguageRow.Kind, _ source: DataSource, _ settings: TrainerSettings
    ) throws(InputError) {
        guard kind == .text, settings.generationRows > 0 else { return }
        throw InputError(
            place: source.path,
            problem:
                "has texts alone, which ask nothing, so no answer can be scored; give rows with prompt and completion or messages, or "
                + "another metric than \(settings.metricForBestModel)")
    }

    private static func overlaps(
        of part: DataPart, _ rows: [LanguageRow], with others: [(part: DataPart, texts: Set<UInt64>)]
    ) -> [String] {
        others.compactMap { other in
            let count = rows.count { other.texts.contains($0.textHash) }
            guard count > 0 else { return nil }
            let what = rows[0].kind == .text ? "texts" : "prompts"
            return
                "\(count) of \(rows.count) \(what) of \(part.rawValue) are in \(other.part.rawValue) too: what is measured there is"
                + " partly what was learned by heart"
        }
    }
}
