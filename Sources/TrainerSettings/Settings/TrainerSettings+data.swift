extension TrainerSettings {
    /// Whether settings give test data, a file or a share, for a study's winner.
    package static func namesTest(_ values: [String: SettingValue]) -> Bool {
        if let test = values["test"], test != .null { return true }
        guard case .object(let shares)? = values["split"], let share = shares["test"] else { return false }
        return share != .null
    }
}
