import FoundationEssentials
import SearchSpaces
import SpaceFiles
import TrainerSettings

/// Reads a section of a trainer of others: settings in our names, `options` in its own, `base`, `python` and `setup`.
struct ExternalSection {
    private let section: TrainerSection
    private let dialect: Dialect

    init(_ section: TrainerSection, _ dialect: Dialect) {
        (self.section, self.dialect) = (section, dialect)
    }

    func trainer() throws(SpaceFileError) -> LocatedTrainer {
        guard let value = section.value else { throw SpaceFileError(at: section.root.position, "the file lacks 'trainer'") }
        let names = ExternalSetting.all.map(\.name)
        let refused = names.filter { dialect[$0] == nil && $0 != "alpha_over_r" }
        let keys = try Section(
            value, named: "the trainer",
            allowed: names.filter { !refused.contains($0) } + ExternalSetting.keys,
            passedOver: refused + ExternalSetting.builtInOnly.keys + ExternalSetting.aliases.keys + Self.elsewhere.keys)
        var (settings, places) = ([String: SettingValue](), [String: Position]())
        for key in keys.keys {
            if let top = Self.elsewhere[key] {
                throw SpaceFileError(
                    at: keys.position(of: key), "the study decides '\(key)'; write '\(top)' at the top level")
            }
            settings[key] = keys[key]?.value
            places[key] = keys[key]?.position
            if let name = ExternalSetting.aliases[key], places[name] == nil { places[name] = keys[key]?.position }
        }
        if let options = keys["options"] { try locate(options, below: "options", &places) }
        if let setup = keys["setup"] {
            var lines: [SettingValue] = []
            for line in try setup.list(of: "shell lines, such as [module load cuda]") { lines.append(.string(try line.text())) }
            settings["setup"] = .array(lines)
        }
        if let python = try keys.text("python") { settings["python"] = .string(python) }
        if dialect.program == .script, keys["base"] != nil {
            throw SpaceFileError(
                at: keys.position(of: "base"),
                "'base' is for trainers that read a file of their own; the script reads these settings")
        }
        if let base = try keys.text("base") {
            settings[TrainerSpecification.baseKeys] = BaseFile(base, in: section.folder).content
        }
        return LocatedTrainer(specification(settings), position: value.position, places: places)
    }

    private static let elsewhere = ["seed": "seed", "metric_for_best_model": "metric", "greater_is_better": "metric"]

    /// Where the trainer's own keys stand, under the names that they have as parameters.
    private func locate(_ value: LocatedValue, below path: String, _ places: inout [String: Position]) throws(SpaceFileError) {
        guard case .mapping(let entries) = value.content else {
            guard path == "options" else { return }
            throw value.expected("\(dialect.name)'s own keys as a mapping, such as {packing: true}")
        }
        for entry in entries {
            places["\(path).\(entry.key)"] = entry.value.position
            try locate(entry.value, below: "\(path).\(entry.key)", &places)
        }
    }

    /// With what a search has to know of it.
    private func specification(_ settings: [String: SettingValue]) -> TrainerSpecification {
        var specification = TrainerSpecification(type: dialect.type, settings: settings)
        // What a base says of the length and the rank counts as if the section said it.
        let known = try? ExternalSettings(
            [:],
            in: StudySpecification(
                name: "", metric: .firstReported, trainer: specification, space: SearchSpace([]), folder: section.folder),
            dialect)
        if specification.base != nil {
            let ofBase = ["max_steps", "num_train_epochs", "eval_steps", "r"].filter {
                settings[$0] == nil && known?.values[$0] != nil
            }
            for name in ofBase + ["batch_size", "gradient_accumulation_steps"] where settings[name] == nil {
                specification.settings[name] = known?.values[name]
            }
            specification.settings[TrainerSpecification.baseNames] = .array(ofBase.map(SettingValue.string))
        }
        var traits = TrainerTraits()
        traits.title =
            "\(dialect.type) on \(known?.values["model"].map { "\($0)" } ?? settings["model"]?.description ?? "a base's model")"
        traits.repeatsReports = true
        traits.loraRank = specification.settings["r"]?.number ?? 8
        traits.length = .init(
            steps: "max_steps", epochs: "num_train_epochs", defaultEpochs: TrainerSettings.defaultEpochs,
            evalSteps: "eval_steps")
        traits.pace = [
            "model", "train", "validation", "batch_size", "gradient_accumulation_steps", "max_length", "eval_steps",
            "base_precision",
        ]
        specification.traits = traits
        return specification
    }
}

/// A user's own working configuration of a trainer, from which trials start.
struct BaseFile {
    let path: String

    init(_ name: String, in folder: String) { path = ExternalSettings.path(name, in: folder) }

    /// nil: it cannot be read, which a run refuses and a look at an old study need not.
    var content: SettingValue? { try? read() }

    /// - Throws: `SpaceFileError` with the base's file and place; `TextFileError`.
    func read() throws -> SettingValue {
        let value = try YAMLValues.read(TextFile.text(path), file: path)
        guard case .object = value else {
            throw SpaceFileError(at: nil, "is no mapping of a trainer's keys").inFile(path)
        }
        return value
    }
}
