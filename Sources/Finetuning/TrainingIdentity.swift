import TrainerSettings

/// What determines a trial's course: a checkpoint of another one is refused.
struct TrainingIdentity {
    let settings: [String: SettingValue]
    /// A fingerprint of the tokenized data.
    let data: String
    /// What it was for an earlier version, which numbered labels that are whole numbers as texts; nil: it was no other.
    let earlierData: String?
    /// The changes of what is computed that concern the trial (``NumericsChange``).
    let numerics: [NumericsChange]

    /// Paths may change (the data are compared themselves), and so may what has no part in the course of training.
    private static let free = Set(TrainerSettings.namesWithoutEffect)

    init(_ settings: TrainerSettings, data: String, earlier: String? = nil, numerics: [NumericsChange] = []) {
        self.settings = settings.values.filter { !Self.free.contains($0.key) }
        self.data = data
        earlierData = earlier
        self.numerics = numerics
    }

    /// The first setting that another trial has otherwise, in words; nil when there is none.
    func difference(from other: [String: SettingValue]) -> String? {
        for name in Set(settings.keys).union(other.keys).sorted() where !Self.same(settings[name], other[name]) {
            return "was made with \(name) \(other[name] ?? .null), the configuration says \(settings[name] ?? .null)"
        }
        return nil
    }

    /// Why a checkpoint of other data is refused; nil: it is of these.
    func difference(fromData other: String?) -> String? {
        guard other != data else { return nil }
        return other != nil && other == earlierData
            ? "was made when labels that are whole numbers were numbered as texts (0, 1, 10, 2); start without it"
            : "was made with other training or validation data, or another vocabulary"
    }

    /// As a checkpoint has them.
    var numericsText: String { numerics.map(\.name).joined(separator: " ") }

    /// Why a checkpoint that computed other numbers is refused; nil: it computed the same.
    func difference(fromNumerics other: String?) -> String? {
        let names = (other ?? "").split(separator: " ").map(String.init)
        if let change = numerics.first(where: { !names.contains($0.name) }) {
            return "was made by an earlier version, which \(change.earlier); start without it"
        }
        guard names.count == numerics.count else {
            return "was made by another version, which computed otherwise (\(other ?? "")); start without it"
        }
        return nil
    }

    /// JSON does not tell 2.0 from 2.
    private static func same(_ a: SettingValue?, _ b: SettingValue?) -> Bool {
        if let a = a?.number, let b = b?.number { return a == b }
        return a == b
    }
}
