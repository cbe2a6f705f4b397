import SearchSpaces
package import TrainerSettings

/// Where a space file says what: for what is found wrong only once the model, or an earlier study, was looked at.
struct SpaceFilePlaces: Sendable {
    private let fixed: [String: Position]
    /// By the setting that a parameter is of, which is what it ends with in a group: several groups may have one.
    private let samples: [String: [(value: SettingValue, position: Position)]]
    private let earlierStudies: [String: Position]
    /// Of the values of the file's own keys.
    private let topLevel: [String: Position]

    init(_ reader: SpaceFileReader) {
        // One that stands by itself is the setting rather than one in a group.
        let parameters = reader.parameters.sorted { $0.path.count > $1.path.count }
        let named = parameters.flatMap { [($0.path.last ?? $0.name, $0.position), ($0.name, $0.position)] }
        fixed = reader.trainer.places.merging(named) { $1 }
        samples = Dictionary(
            parameters.flatMap { [($0.name, $0.samples)] + ($0.path.count > 1 ? [($0.path.last ?? "", $0.samples)] : []) }
        ) { $0 + $1 }
        let names = (reader.root["warm_start"]?.elements ?? []).map { element in
            (element.value.text ?? (try? ForeignSource(element))?.title ?? "", element.position)
        }
        earlierStudies = Dictionary(names) { first, _ in first }
        let runner = RunnerReader(value: reader.root["runner"]).places
        topLevel = Dictionary(reader.root.keys.compactMap { key in reader.root[key].map { (key, $0.position) } } + runner) {
            $1
        }
    }

    /// Of the value itself where the file has it, else of the setting.
    func position(of setting: String, _ value: SettingValue?) -> Position? {
        samples[setting]?.first { $0.value == value }?.position ?? fixed[setting]
    }

    /// Of a trainer's setting.
    func position(of setting: String) -> Position? { fixed[setting] }

    func position(ofEarlierStudy name: String) -> Position? { earlierStudies[name] }

    func position(ofKey key: String) -> Position? { topLevel[key] }
}

extension SpaceFile {
    /// What is wrong with a trainer's setting or a parameter's value, located where the file has it.
    package func refusal(of setting: String, _ value: SettingValue?, _ problem: String) -> SpaceFileError {
        SpaceFileError(at: places.position(of: setting, value), problem).inFile(file)
    }

    /// Where the file has one of the trainer's settings.
    package func position(of setting: String) -> Position? { places.position(of: setting) }

    /// What is wrong with what stands at a place.
    package func refusal(at position: Position?, _ problem: String) -> SpaceFileError {
        SpaceFileError(at: position, problem).inFile(file)
    }

    /// What is wrong with the value of one of the file's own keys.
    package func refusal(ofKey key: String, _ problem: String) -> SpaceFileError {
        SpaceFileError(at: places.position(ofKey: key), "\(key): \(problem)").inFile(file)
    }

    /// Whether the file gives one of its own keys a value.
    package func gives(_ key: String) -> Bool { places.position(ofKey: key) != nil }

    /// What is wrong with one of the studies that `warm_start` names.
    package func refusal(ofEarlierStudy name: String, _ problem: String) -> SpaceFileError {
        SpaceFileError(at: places.position(ofEarlierStudy: name), "warm_start: \(problem)").inFile(file)
    }
}
