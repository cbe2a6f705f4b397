import ArgumentParser
import BuiltInTrainer
import Conversions
import Exports
import Finetuning
import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import StudyViews
import Tasks
import TrainerSettings
import Trainers

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the best configuration, its adapter, or the whole study, for other programs.",
        discussion: """
            EXAMPLES
              autolora export movie-reviews --format peft --output adapter
              autolora export movie-reviews --format merged --output movie-model
              autolora export movie-reviews --format optuna --output study.db
            """)

    @OptionGroup var study: StudyArgument
    @Option(help: ArgumentHelp("Of one trial: \(ExportFormats.help) Of the study: \(StudyFormats.help)."))
    var format: FormatName
    @Option(help: "The file, or the folder, to write.") var output: String
    @Option(help: "A trial's number, instead of the best one.") var trial: Int?
    @Option(help: "Of the weights, for formats that have several: \(FormatName.typeHelp).") var type: String?
    @Option(
        help: "python: the program that a model is for has to agree too, where it is installed (PYTHON names the interpreter).")
    var verifyWith: Verifier?
    @Flag(help: "Replace what is there.") var force = false
    @Flag(help: "Print one JSON object with what was written.") var json = false

    func validate() throws {
        try PathArguments.requireExpanded(output, option: "--output")
        if case .study(let format) = format, trial != nil {
            throw ValidationError("--trial: \(format.name) is of the whole study; leave --trial out")
        }
        try checkType()
        if verifyWith != nil, ModelForms.types(of: format.name) == nil {
            throw ValidationError("--verify-with: no program runs \(format.name); leave --verify-with out")
        }
    }

    private func checkType() throws {
        guard let type else { return }
        let types = ModelForms.types(of: format.name) ?? []
        guard !types.isEmpty else { throw ValidationError("--type: \(format.name) has no types of weights; leave --type out") }
        guard types.contains(type) else {
            throw ValidationError("--type: \(format.name) has no type '\(type)' (known: \(types.joined(separator: ", ")))")
        }
    }

    func run() async throws {
        try await failing {
            outliveLargeFiles()
            Interruption.removesUnfinished()
            switch format {
            case .trial(let format): try export(as: format)
            case .study(let format): try exportStudy(as: format)
            }
        }
    }

    private func exportStudy(as format: any StudyFormat) throws {
        let store = try study.store()
        let table = try TrialTable(store)
        let whole = WholeStudy(table, try store.spaceFile(of: table.study).specification)
        let warning = try StudyExport(whole, as: format).write(to: output, force: force, besides: store.folder)
        tell(warning.map { [$0] } ?? [], [:])
    }

    /// What was written, for people and, with `--json`, for programs.
    private func tell(_ warnings: [String], _ values: [String: SettingValue]) {
        for warning in warnings { Console.error("warning: \(warning)") }
        Console.error("wrote \(output)")
        guard json else { return }
        let common: [String: SettingValue] = [
            "study": .string(study.study), "format": .string(format.name), "output": .string(output),
            "warnings": .array(warnings.map(SettingValue.string)),
        ]
        Console.print(json: .object(common.merging(values) { $1 }))
    }

    private func export(as format: any ExportFormat) throws {
        let store = try study.store()
        var best = try BestTrial(store, trial: trial)
        let record = try store.study()
        let specification = try store.spaceFile(of: record).specification
        let trainer = specification.program
        best.modelName = trainer.modelName(for: best.trial.assignment, in: specification).map {
            Self.place(of: $0, from: specification.folder)
        }
        let files = TrialFilesCheck(store.folder, goal: record.goal, trainer: trainer)
        var source = ExportSource(best, of: store) { copy in
            copy.map { files.damage(of: best.trial, copiedTo: $0) } ?? files.damage(of: best.trial)
        }
        var leftOut: [String] = []
        if trainer is LoRATrainer || trainer is ExternalTrainer {
            let assignment = best.trial.assignment
            source.configuration = { form in
                let own = try (trainer as? LoRATrainer)?.configuration(assignment, in: specification, as: form)
                let told = try own ?? ForeignConfiguration(assignment, in: specification, as: form)
                if !told.leftOut.isEmpty {
                    Console.error("left out, as \(form) has no word for it: \(told.leftOut.joined(separator: ", "))")
                }
                leftOut = told.leftOut
                return told.files
            }
        }
        let conversion = conversion(of: best, store.folder, isOurs: trainer is LoRATrainer)
        source.conversion = conversion
        if verifyWith != nil, conversion == nil {
            throw ExportError(
                "--verify-with python: trial \(best.trial.id) left no adapter in PEFT's format: there is nothing to compare with; leave "
                    + "--verify-with out")
        }
        if format.content == .adapter {
            source.origin = ModelCard.Origin(
                version: AutoLoRA.version, date: Date().timeIntervalSince1970, data: StudyData.facts(of: specification),
                settings: TrainingFacts.told(of: store.folder.configuration(of: best.trial.id)))
        }
        var warnings = try TrialExport(source, as: format).write(to: output, force: force).map { [$0] } ?? []
        warnings += conversion?.warnings ?? []
        if format.name == "peft", conversion == nil {
            warnings.append("not read again: it is no adapter in PEFT's format, which alone is compared")
        }
        tell(
            warnings,
            [
                "trial": .int(best.trial.id.number), "left_out": .array(leftOut.map(SettingValue.string)),
                "agreement": conversion?.agreement ?? .null,
                "notes": .array((conversion?.notes ?? []).map(SettingValue.string)),
            ])
        if let line = best.confirmed?.line {
            Console.error("trial \(best.trial.id) is the best seed of the confirmed choice, \(line)")
        }
        if format.name == "peft", let labels = try LabelFile(adapterFolder: output).names() {
            Console.error(
                "\(ClassNumbers.sentence(labels)); \(output)/README.md has the lines that load it with these names")
        }
        guard trial == nil, let front = best.front, front.numbers.count > 1 else { return }
        Console.error(Self.sentence(of: front, best))
    }

    /// nil: the trial left nothing that can be read as an adapter.
    private func conversion(of best: BestTrial, _ folder: StudyFolder, isOurs: Bool) -> TrialConversion? {
        guard let adapter = best.adapter, isOurs || TrainedAdapter(adapter).isOfPEFT else { return nil }
        let configuration = folder.configuration(of: best.trial.id)
        var told: [String: SettingValue] = [:]
        if case .object(let trainer)? = (try? JSONInput.object(file: configuration))?["trainer"] { told = trainer }
        return TrialConversion(
            isOurs ? .ours(configuration) : .foreign(model: best.modelName, told), adapter: adapter, type: type,
            asksPython: verifyWith != nil)
    }

    /// A folder's whole path, which leads there from wherever an export lies; a hub's name stays as it is.
    private static func place(of model: String, from folder: String) -> String {
        let path = URL(filePath: model, relativeTo: URL(filePath: folder, directoryHint: .isDirectory)).standardized.path
        return FileManager.default.fileExists(atPath: path) ? path : model
    }

    /// Which of several metrics the trial was taken by, and what else there is.
    static func sentence(of front: ParetoFront, _ best: BestTrial) -> String {
        let metric = front.metrics[0].name
        let others = front.numbers.filter { $0 != (best.trial.confirmed ?? best.trial.id).number }.map(String.init)
        let more = others.isEmpty ? "" : "; with --trial, the front's others: \(others.joined(separator: ", "))"
        guard best.confirmed != nil else { return "trial \(best.trial.id) is the best by \(metric)\(more)" }
        return "the choice was confirmed by \(metric) alone\(more)"
    }
}
