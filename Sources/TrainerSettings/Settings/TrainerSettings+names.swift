extension TrainerSettings {
    /// The names that may stand in the trainer's section or among the parameters.
    package static let names = table.map(\.name)

    /// Those too that are refused as not yet available, unless their values ask for nothing.
    package static let knownNames = names + planned.map(\.name)

    /// A row by its name, also of what is planned; nil: there is none.
    package static func setting(_ name: String) -> TrainerSetting? { rows[name] }

    private static let rows = Dictionary(uniqueKeysWithValues: (table + planned).map { ($0.name, $0) })

    /// The settings whose values are paths.
    package static let paths = names { $0.path != nil }

    /// Those of them that must exist before a run.
    package static let inputPaths = names { $0.path != nil && $0.path != .output }

    /// The settings that say what the rows are: configurations that differ in them could not be compared.
    package static let dataShape = names(where: \.shapesData)

    /// What a study sets itself, or needs to be the same in all trials.
    package static let unsearchedNames = names { !$0.isSearchable }

    /// What has no part in the course of training, paths included: data and models are compared themselves.
    package static let namesWithoutEffect = names { !$0.changesTraining }

    /// What says how a training is computed and not what comes of it.
    package static let meansOnly = names { !$0.changesTraining && $0.path == nil && $0.isSearchable }

    private static func names(where isMeant: (TrainerSetting) -> Bool) -> [String] { table.filter(isMeant).map(\.name) }

    /// "; ..." for a path in a setting with nothing there: what may have been meant; empty where nothing is known.
    package static func hint(forMissing path: String, in setting: String) -> String {
        let isModel = table.first { $0.name == setting }?.path == .modelFolder
        return HomeFolder.hint(for: path) ?? (isModel ? HubName.hint(for: path) : "")
    }
}
