import ArgumentParser
import Exports
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import Tasks

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the best configuration, or its adapter, for other programs.")

    @OptionGroup var study: StudyArgument
    @Option(help: "json, yaml (the trainer's whole configuration) or peft (the adapter's folder).") var format: TrialExport
    @Option(help: "The file, or the folder, to write.") var output: String
    @Option(help: "A trial's number, instead of the best one.") var trial: Int?
    @Flag(help: "Replace what is there.") var force = false

    func validate() throws { try PathArguments.requireExpanded(output, option: "--output") }

    func run() async throws {
        try await failing {
            let store = try study.store()
            var best = try BestTrial(store, trial: trial)
            let record = try store.study()
            let trainer = try store.spaceFile(of: record).specification.trainer
            let isBuiltIn = trainer.isBuiltIn
            best.modelName = trainer.modelName(for: best.trial.assignment)
            let files = TrialFilesCheck(store.folder, goal: record.goal, isBuiltIn: isBuiltIn)
            func requireWhole(_ damage: StudyDamage?) throws {
                guard let damage else { return }
                throw ExportError("trial \(best.trial.id)'s adapter is damaged and is not exported: \(damage)")
            }
            let damage = best.adapter == nil ? nil : files.damage(of: best.trial)
            if format == .peft { try requireWhole(damage) }
            // Once more, of what was copied: the adapter may be another by then.
            try format.write(best, of: store, to: output, force: force) {
                try requireWhole(files.damage(of: best.trial, copiedTo: $0))
            }
            if let damage {
                Console.error(
                    "warning: the configuration is written, but trial \(best.trial.id)'s adapter is damaged: \(damage)")
            }
            Console.error("wrote \(output)")
            if format == .peft, let labels = try LabelFile(adapterFolder: output).names() {
                Console.error(
                    "\(ClassNumbers.sentence(labels)); \(output)/README.md has the lines that load it with these names")
            }
            guard trial == nil, let front = best.front, front.numbers.count > 1 else { return }
            let others = front.numbers.filter { $0 != best.trial.id.number }.map(String.init).joined(separator: ", ")
            Console.error(
                "trial \(best.trial.id) is the best by \(front.metrics[0].name); with --trial, the front's others: \(others)")
        }
    }
}

extension TrialExport: ExpressibleByArgument {}
