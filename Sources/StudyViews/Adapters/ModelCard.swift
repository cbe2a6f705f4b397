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
        /// What its trainer was given (``TrainingFacts/told(of:)``).
        package var settings: [String: SettingValue]

        package init(version: String, date: Double, data: [DataFact], settings: [String: SettingValue] = [:]) {
            (self.version, self.date, self.data, self.settings) = (version, date, data, settings)
        }
    }

    static let file = "README.md"
    private static let key = "autolora: "
    private static let modelKey = "base_model: "
    private static let largest = 1 << 20

    /// By name, as in the file.
    package let values: [String: SettingValue]
    let baseModel: String?

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
        if !origin.settings.isEmpty { values["settings"] = .object(origin.settings) }
        (self.values, baseModel) = (values, best.modelName)
    }

    /// The card of an exported folder; nil: it has none.
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
        values = try JSONInput.decode([String: SettingValue].self, from: text, of: "\(path): autolora")
        let model = head.first { $0.hasPrefix(Self.modelKey) }.map { Data($0.dropFirst(Self.modelKey.count).utf8) }
        baseModel = model.flatMap { try? JSONInput.decode(SettingValue.self, from: $0, of: path) }?.text
    }

    /// A README with the card in its head; a head that is there already stays, as far as it says other things.
    ///
    /// - Parameters:
    ///   - readme: what the trainer has written; nil: nothing.
    ///   - library: what loads the folder, as the hub names it.
    package func added(to readme: String?, library: String = "peft") -> String {
        var own = [Self.key + JSONWriter.text(.object(values), .page)]
        guard let readme, readme.hasPrefix("---\n"), let end = readme.dropFirst(4).firstRange(of: "\n---\n") else {
            own = ["library_name: \(library)", "tags: [autolora]"] + own
            if let baseModel { own.insert(Self.modelKey + JSONWriter.text(.string(baseModel), .page), at: 0) }
            return "---\n" + own.joined(separator: "\n") + "\n---\n" + (readme ?? "An adapter, trained by `autolora`.\n")
        }
        let head = readme[readme.index(readme.startIndex, offsetBy: 4)..<end.lowerBound].split(separator: "\n")
        let kept = head.filter { !$0.hasPrefix(Self.key) }.map(String.init)
        if let baseModel, !kept.contains(where: { $0.hasPrefix("base_model:") }) {
            own.insert(Self.modelKey + JSONWriter.text(.string(baseModel), .page), at: 0)
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
