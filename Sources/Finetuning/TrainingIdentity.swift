import TrainerSettings

/// What determines a trial's course: a checkpoint of another one is refused.
struct TrainingIdentity: Hashable {
    let settings: [String: SettingValue]
    /// A fingerprint of the tokenized data.
    let data: String
    /// What it was for an earlier version, which numbered labels that are whole numbers as texts; nil: it was no other.
    let earlierData: String?

    /// Paths may change (the data are compared themselves), and so may what has no part in the course of training.
    private static let free = Set(TrainerSettings.namesWithoutEffect)

    init(_ settings: TrainerSettings, data: String, earlier: String? = nil) {
        self.settings = settings.values.filter { !Self.free.contains($0.key) }
        self.data = data
        earlierData = earlier
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

    /// JSON does not tell 2.0 from 2.
    private static func same(_ a: SettingValue?, _ b: SettingValue?) -> Bool {
        if let a = a?.number, let b = b?.number { return a == b }
        return a == b
    }
}
