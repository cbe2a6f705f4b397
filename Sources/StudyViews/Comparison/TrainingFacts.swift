import FoundationEssentials
package import TrainerSettings

/// What a contender was trained with and on, as far as that is known.
package struct TrainingFacts: Sendable {
    /// The trainer's settings with the configuration's values among them, without the model and the data.
    let settings: [String: SettingValue]
    /// Whether a setting that is not among them was not given; else nothing is known of it.
    let isWhole: Bool
    let model: String?
    /// By part.
    let data: [String: DataFact]

    /// What a setting names that stands for itself: where a model or data lie says little of what they are.
    private static let places: Set = ["model", "train", "validation", "test", "output_dir", "init_adapter"]
    /// What programs are started with, which may hold what is nobody else's business.
    private static let own: Set = ["command", "program", "python", "setup"]

    /// - Parameters:
    ///   - path: a trial's config.json.
    ///   - data: what is known of the files.
    init(configuration path: String, _ data: [DataFact]) {
        var trainer: [String: SettingValue] = [:]
        if let file = try? JSONInput.object(file: path, links: .refused), case .object(let own)? = file["trainer"] {
            trainer = own
        }
        isWhole = !trainer.isEmpty
        model = trainer["model"]?.text.map(Self.standard)
        settings = trainer.filter { !Self.places.contains($0.key) }
        let named = ["train", "validation", "test"].compactMap { part in
            trainer[part]?.text.map { DataFact(part: part, path: Self.standard($0)) }
        }
        self.data = Dictionary((data + named).map { ($0.part, $0) }) { known, _ in known }
    }

    init(_ adapter: ExportedAdapter) {
        settings = adapter.card?.object("settings") ?? [:]
        isWhole = !settings.isEmpty
        model = adapter.baseModel
        data = (adapter.card?.object("data") ?? [:]).reduce(into: [:]) { facts, part in
            guard case .object(let values) = part.value else { return }
            var fact = DataFact(part: part.key, path: values["path"]?.text ?? "")
            fact.digest = values["sha256"]?.text
            facts[part.key] = fact
        }
    }

    /// What a card tells of a trial's settings.
    ///
    /// - Parameter path: the trial's config.json.
    package static func told(of path: String) -> [String: SettingValue] {
        TrainingFacts(configuration: path, []).settings.filter {
            !own.contains($0.key) && $0.value.text?.hasPrefix("/") != true
        }
    }

    private static func standard(_ path: String) -> String {
        path.hasPrefix("/") ? URL(filePath: path).standardizedFileURL.path : path
    }
}
