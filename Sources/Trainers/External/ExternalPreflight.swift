import FoundationEssentials
import SearchSpaces
import SpaceFiles
import TrainerSettings

/// Looks at what trials of a trainer of others will read, and asks the installed trainer what it knows; nothing is trained.
struct ExternalPreflight {
    private let study: StudySpecification
    private let file: SpaceFile
    private let dialect: Dialect

    init(_ study: StudySpecification, _ file: SpaceFile, _ dialect: Dialect) {
        (self.study, self.file, self.dialect) = (study, file, dialect)
    }

    /// - Throws: `SpaceFileError` with the place of what cannot be run.
    func run(environment: [String: String]) throws -> Preflight {
        try file.requirePaths()
        try checkBase()
        var findings = Preflight()
        findings.read = try models() + [.init(kind: "promotion", text: promotion)]
        findings.data = try data()
        let answer = try TrainerProbe(study, file, dialect).ask(environment: environment)
        findings.read.append(.init(kind: "trainer", text: answer.versions))
        findings.warnings = answer.warnings
        return findings
    }

    private var promotion: String {
        "a promoted trial goes on from its checkpoint: optimizer, schedule and order of the data with it"
    }

    /// What is wrong with a base that was passed over when the file was read.
    private func checkBase() throws {
        guard let name = study.trainer.settings["base"]?.text, study.trainer.base == nil else { return }
        do { _ = try BaseFile(name, in: study.folder).read() } catch {
            throw file.refusal(of: "base", nil, "base: \(error)")
        }
    }

    private func settings(_ assignment: Assignment) throws -> ExternalSettings {
        do throws(TrainerSettingsError) { return try ExternalSettings(assignment, in: study, dialect) } catch {
            throw refusal(error, assignment)
        }
    }

    private func refusal(_ error: TrainerSettingsError, _ assignment: Assignment) -> SpaceFileError {
        file.refusal(
            of: error.setting, assignment[error.setting] ?? study.trainer.settings[error.setting], error.description)
    }

    /// Each model: a folder with a configuration, or a name on the hub.
    private func models() throws -> [Preflight.Finding] {
        var findings: [Preflight.Finding] = []
        for assignment in ConfigurationChoices(study).all(of: ["model"]) {
            guard let model = try settings(assignment).values["model"]?.text else { continue }
            let written = assignment["model"] ?? study.trainer.settings["model"]
            guard model.hasPrefix("/") else {
                findings.append(
                    .init(
                        kind: "model", text: "\(model), from the Hugging Face hub: there is no such folder in \(study.folder)"))
                continue
            }
            guard FileManager.default.fileExists(atPath: model) else {
                let hint = TrainerSettings.hint(forMissing: written?.text ?? model, in: "model")
                throw file.refusal(of: "model", written, "model: there is no \(model)\(hint)")
            }
            guard let folder = ModelFolder(model) else {
                throw file.refusal(of: "model", written, "model: \(model) has no config.json that can be read")
            }
            let layers = folder.layers.map { " of \($0) layers" } ?? ""
            findings.append(.init(kind: "model", text: "\(folder.type ?? "a model")\(layers) in \(model)"))
        }
        return findings
    }

    private func data() throws -> [Preflight.Finding] {
        var findings: [Preflight.Finding] = []
        for assignment in ConfigurationChoices(study).all(of: ["train", "validation"]) {
            let settings = try settings(assignment)
            do throws(TrainerSettingsError) {
                guard let kind = try DataKind.of(settings, for: dialect) else { continue }
                let text = "\(settings.values["train"]?.text ?? "") has \(kind.words)"
                if !findings.contains(where: { $0.text == text }) { findings.append(.init(kind: "data", text: text)) }
            } catch { throw refusal(error, assignment) }
        }
        return findings
    }
}
