import FoundationEssentials
import SearchSpaces
import Studies
package import StudyStore
package import TrainerSettings

/// What an exported adapter says of itself at the head of its README.md, as the Hugging Face hub has it: which study and trial it is of,
/// what it reached, on which data, and when it was exported. A folder of such adapters is a registry (``AdapterRegistry``).
package struct ModelCard: Sendable, Hashable {
    /// What the study does not know of itself.
    package struct Origin: Sendable, Hashable {
        /// Of the program that exports.
        package var version: String
        /// In seconds since 1970.
        package var date: Double
        package var data: [DataFact]

        package init(version: String, date: Double, data: [DataFact]) {
            (self.version, self.date, self.data) = (version, date, data)
        }
    }

    static let file = "README.md"
    private static let key = "autolora: "
    private static let largest = 1 << 20

    /// By name, as in the file.
    package let values: [String: SettingValue]
    private let baseModel: String?

    package init(_ best: BestTrial, _ study: StudyRecord, _ origin: Origin) {
        let test = best.test.map { SettingValue.object($0.mapValues(SettingValue.double)) }
        var values: [String: SettingValue] = [
            "version": .string(origin.version), "study": .string(study.name), "trial": .int(best.trial.id.number),
            "seed": .int(best.trial.seed ?? study.seed), "exported": .time(origin.date),
            "metric": .object(["name": .string(study.metric), "goal": .string(study.goal.rawValue)]),
            "value": .double(best.report.value), "step": .integer(best.report.step),
            "metrics": .object(best.report.metrics.mapValues(SettingValue.double)),
            "parameters": .object(best.trial.assignment.values),
            "data": .object(Dictionary(origin.data.map { ($0.part, $0.json) }) { first, _ in first }),
        ]
        if let error = best.standardError { values["standard_error"] = .double(error) }
        if let test { values["test"] = test }
        (self.values, baseModel) = (values, best.modelName)
    }

    private init(values: [String: SettingValue]) { (self.values, baseModel) = (values, nil) }

    /// The card of an adapter's folder; nil: it has none.
    ///
    /// - Throws: `JSONInputError` for one that is damaged.
    package init?(folder: String) throws(JSONInputError) {
        let path = folder + "/" + Self.file
        guard let bytes = try? RegularFile.read(path, atMost: Self.largest) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == "---" else { return nil }
        let head = lines.dropFirst().prefix { $0 != "---" }
        guard let line = head.first(where: { $0.hasPrefix(Self.key) }) else { return nil }
        let text = Data(line.dropFirst(Self.key.count).utf8)
        self.init(values: try JSONInput.decode([String: SettingValue].self, from: text, of: "\(path): autolora"))
    }

    /// A README with the card in its head; a head that is there already stays, as far as it says other things.
    ///
    /// - Parameter readme: what the trainer has written; nil: nothing.
    package func added(to readme: String?) -> String {
        var own = [Self.key + JSONWriter.text(.object(values), .page)]
        guard let readme, readme.hasPrefix("---\n"), let end = readme.dropFirst(4).firstRange(of: "\n---\n") else {
            own = ["library_name: peft", "tags: [autolora]"] + own
            if let baseModel { own.insert("base_model: " + JSONWriter.text(.string(baseModel), .page), at: 0) }
            return "---\n" + own.joined(separator: "\n") + "\n---\n" + (readme ?? "An adapter, trained by `autolora`.\n")
        }
        let head = readme[readme.index(readme.startIndex, offsetBy: 4)..<end.lowerBound].split(separator: "\n")
        let kept = head.filter { !$0.hasPrefix(Self.key) }.map(String.init)
        if let baseModel, !kept.contains(where: { $0.hasPrefix("base_model:") }) {
            own.insert("base_model: " + JSONWriter.text(.string(baseModel), .page), at: 0)
        }
        return "---\n" + (kept + own).joined(separator: "\n") + readme[end.lowerBound...]
    }
}

extension ModelCard {
    package func text(_ name: String) -> String? { values[name]?.text }

    package var study: String? { text("study") }
    package var trial: Int? { values["trial"]?.integer }
    package var value: Double? { values["value"]?.number }
    package var metric: (name: String, goal: String)? {
        guard case .object(let metric)? = values["metric"], let name = metric["name"]?.text else { return nil }
        return (name, metric["goal"]?.text ?? "")
    }

    /// Numbers by name.
    func numbers(_ name: String) -> [String: Double] {
        guard case .object(let object)? = values[name] else { return [:] }
        return object.compactMapValues(\.number)
    }

    func object(_ name: String) -> [String: SettingValue] {
        if case .object(let object)? = values[name] { object } else { [:] }
    }
}
