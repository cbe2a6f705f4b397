import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import TrainerSettings

/// Asks the installed trainer, by the program that runs trials, which version it is and what it does not know of a trial's configuration.
struct TrainerProbe {
    private let study: StudySpecification
    private let file: SpaceFile
    private let dialect: Dialect

    /// Seconds. The packages of a trainer take up to a minute to load on a slow disk.
    private static let limit = 120.0

    init(_ study: StudySpecification, _ file: SpaceFile, _ dialect: Dialect) {
        (self.study, self.file, self.dialect) = (study, file, dialect)
    }

    struct Answer: Sendable, Hashable {
        let versions: String
        var warnings: [String] = []
    }

    /// - Throws: `SpaceFileError` with what has to be installed or mended, and where the file says it.
    func ask(environment: [String: String]) throws -> Answer {
        let folder = NSTemporaryDirectory() + "autolora-probe-" + UUID().uuidString
        try makeFolders(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let program: TrialProgram
        do throws(TrainerSettingsError) { program = try self.program(in: folder, environment) } catch {
            throw file.refusal(of: error.setting, nil, error.description)
        }
        for (name, text) in program.files { try Data(text.utf8).write(to: URL(filePath: folder + "/" + name)) }
        let changed = environment.merging(program.environment.compactMapValues(\.self)) { $1 }
        let process = ProbeProcess(command: program.command, environment: changed, folder: study.folder)
        switch try process.run(in: folder, limit: Self.limit) {
        case .cannotStart(let reason):
            throw refusal("\(python.program) cannot be started: \(reason); install Python, or name another with trainer.python")
        case .tooLate:
            return Answer(
                versions: "did not answer in \(Int(Self.limit)) s",
                warnings: ["\(dialect.name) did not answer in \(Int(Self.limit)) s; whether it runs only a trial tells"])
        case .ended(let code, let output, let errors):
            guard code == 0, let answer = Self.object(output) else {
                let tail = errors.split(separator: "\n").suffix(8).joined(separator: "\n  ")
                if !errors.contains("Traceback"), errors.contains("bash: line ") {
                    throw refusal("trainer.setup failed (exit code \(code)):\n  \(tail)", of: "setup")
                }
                throw refusal("\(python.program) could not be asked about \(dialect.name) (exit code \(code)):\n  \(tail)")
            }
            return try read(answer)
        }
    }

    private var python: PythonCommand {
        PythonCommand(study.trainer.settings, in: study.folder, home: ProcessInfo.processInfo.environment["HOME"])
    }

    /// A launch as a trial's, that only asks: of configurations with every option that is searched, and with each of its values.
    private func program(in folder: String, _ environment: [String: String]) throws(TrainerSettingsError) -> TrialProgram {
        let options = study.space.parameters.map(\.name).filter { ExternalSettings.option($0) != nil }
        var program = TrialProgram(command: [])
        var asked: [String] = []
        for assignment in ConfigurationChoices(study).covering(options) {
            let one = try self.program(for: assignment, in: folder, environment)
            program.environment.merge(one.environment) { $1 }
            let name = dialect.configuration
            let text = one.files[name] ?? ""
            program.files.merge(one.files.filter { $0.key != name }) { old, _ in old }
            guard !asked.contains(where: { program.files[$0] == text }) else { continue }
            asked.append(asked.isEmpty ? name : "\(asked.count)-\(name)")
            program.files[asked[asked.count - 1]] = text
        }
        program.command = python.words(dialect.arguments(in: folder, asked.map { folder + "/" + $0 }, probes: true))
        return program
    }

    private func program(
        for assignment: Assignment, in folder: String, _ environment: [String: String]
    ) throws(TrainerSettingsError) -> TrialProgram {
        let place = TrialFolder(
            path: folder, configuration: folder + "/config.json", checkpoint: folder + "/checkpoint",
            adapter: folder + "/adapter", cache: folder + "/cache")
        let variables: [String: String?] = [
            "AUTOLORA_TRIAL_DIR": folder, "AUTOLORA_CONFIG": place.configuration, "AUTOLORA_SEED": String(study.seed),
        ]
        let launch = LaunchRequest(
            Trial(id: Trial.ID(0), assignment: assignment), of: study, in: place, worker: 0,
            machine: .init(autolora: "autolora", threads: 1, environment: environment), variables: variables)
        var program = try ExternalLaunch(launch, dialect).program()
        program.environment.merge(variables) { $1 }
        let settings = try ExternalTrainer(dialect).settings(for: assignment, in: study)
        program.files["config.json"] = TrialJSON.file(
            .object([
                "study": .string(study.name), "trial": .int(0), "seed": .int(study.seed), "trainer": .object(settings),
                "metric": .object(["name": .string(study.metric.name), "goal": .string(study.metric.goal.rawValue)]),
                "parameters": .object(assignment.values),
            ]))
        return program
    }

    private static func object(_ output: String) -> [String: SettingValue]? {
        guard let line = output.split(separator: "\n").last,
            case .object(let values)? = try? JSONInput.decode(SettingValue.self, from: Data(line.utf8), of: "the probe")
        else { return nil }
        return values
    }

    private func refusal(_ words: String, of setting: String = "python") -> SpaceFileError {
        let place = file.position(of: setting) ?? file.position(of: "python") ?? file.position(of: "type")
        return file.refusal(at: place, words)
    }

    private func read(_ answer: [String: SettingValue]) throws -> Answer {
        guard case .object(let versions)? = answer["versions"] else {
            throw refusal("\(python.program) gave no versions; is another file in the place of \(dialect.name)'s?")
        }
        guard versions[dialect.package]?.text != nil else {
            throw refusal(
                "\(python.program) has no package \(dialect.package); install it there: \(python.program.shellWord) -m pip install "
                    + "\(dialect.package), or name another Python with trainer.python")
        }
        if case .array(let unknown)? = answer["unknown"], let first = unknown.first { throw refusal(of: first) }
        var warnings: [String] = []
        if case .array(let told)? = answer["warnings"] { warnings = told.compactMap(\.text).map { "\(dialect.name): \($0)" } }
        if case .array(let problems)? = answer["problems"] {
            for problem in problems.compactMap(\.text) {
                // Another version may well do.
                guard problem.contains("tested with") else { throw refusal("\(dialect.name): \(problem)") }
                warnings.append(problem)
            }
        }
        let listed = versions.compactMap { name, version in version.text.map { "\(name) \($0)" } }.sorted()
        let first = "\(dialect.package) \(versions[dialect.package]?.text ?? "")"
        return Answer(
            versions: ([first] + listed.filter { $0 != first }).joined(separator: ", ") + " (\(python.program))",
            warnings: warnings)
    }

    /// A key that the installed version does not have: of `options`, of the base, or of ours.
    private func refusal(of unknown: SettingValue) -> SpaceFileError {
        guard case .object(let fields) = unknown, var key = fields["key"]?.text else {
            return refusal("\(dialect.name): \(unknown)")
        }
        if key.hasPrefix("options.") { key = String(key.dropFirst("options.".count)) }
        let hint = fields["near"]?.text.map { "; did you mean '\($0)'?" } ?? ""
        let option = "options." + key
        for name in [option] + study.space.parameters.map(\.name).filter({ $0.hasPrefix(option + ".") }) {
            if let place = file.position(of: name) {
                return file.refusal(at: place, "\(dialect.name) knows no '\(key)'\(hint)")
            }
        }
        if study.trainer.base?[key] != nil {
            return file.refusal(of: "base", nil, "base: \(dialect.name) knows no '\(key)'\(hint)")
        }
        let owner = dialect.spellings.first { $0.keys.contains(key) }
        return refusal(
            "this version of \(dialect.name) knows no '\(key)'\(owner.map { ", as which '\($0.setting)' is written" } ?? "")\(hint);"
                + " docs/trainers.md lists the versions that were tried")
    }
}
