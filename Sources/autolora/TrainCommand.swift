import ArgumentParser
import Finetuning
import Foundation
import Glibc
import TrainerSettings

/// The built-in trainer: what a study's trial runs, and what anyone can run by hand.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains one LoRA adapter.",
        discussion: """
            The configuration is a trial's config.json or an object of trainer settings, in JSON or YAML. Relative paths in it are \
            relative to its folder where they lead to something there, else to the current folder.

            Each evaluation is one JSON line on standard output. The folder gets adapter/, the best one so far in PEFT's \
            format, and checkpoint/, from which --resume goes on exactly where training stopped.
            """)

    @Argument(help: "A JSON or YAML file.") var config: String
    @Option(help: "Where the results go. (default: AUTOLORA_TRIAL_DIR, else the setting output_dir)") var output: String?
    @Option(help: "A checkpoint's folder to go on from. (default: AUTOLORA_RESUME_FROM)") var resume: String?

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let trainer: Trainer
        do {
            let configuration = try TrialConfiguration(path: config)
            useThreads(configuration.settings.threads, environment)
            trainer = try Trainer(job(configuration, environment), warn: { Console.error($0) })
        } catch {
            throw trainingFailure(error, code: 2)
        }
        Console.error(trainer.numerics.line(environment: environment))
        outliveLargeFiles()
        Interruption.listen()
        let display = environment["AUTOLORA_TRIAL_DIR"] == nil && Console.drawsOnTerminal ? ProgressLine() : nil
        let outcome: TrainingOutcome
        do {
            outcome = try trainer.run(
                report: { report in
                    display?.clear()
                    try FileHandle.standardOutput.write(contentsOf: Data((report.line + "\n").utf8))
                },
                progress: { display?.show($0) },
                isInterrupted: { Interruption.signal != nil })
        } catch {
            display?.clear()
            throw trainingFailure(error, code: 1)
        }
        display?.clear()
        try conclude(outcome, trainer)
    }

    private func job(_ configuration: TrialConfiguration, _ environment: [String: String]) throws -> TrainingJob {
        guard let folder = output ?? environment["AUTOLORA_TRIAL_DIR"] ?? configuration.settings.outputDirectory else {
            throw InputError(place: config, problem: "names no output_dir; give --output DIR")
        }
        var stopAfter: Int?
        if let text = environment["AUTOLORA_STOP_AFTER"], !text.isEmpty {
            guard let count = Int(text), count > 0 else {
                throw InputError(place: "AUTOLORA_STOP_AFTER", problem: "found '\(text)', expected a whole number above 0")
            }
            stopAfter = count
        }
        let resumeFrom = resume ?? environment["AUTOLORA_RESUME_FROM"].flatMap { $0.isEmpty ? nil : $0 }
        return TrainingJob(
            settings: configuration.settings, metric: configuration.metric, outputFolder: folder,
            cacheFolder: cacheFolder(environment), resumeFrom: resumeFrom, stopAfter: stopAfter,
            reportsOnRecord: environment["AUTOLORA_REPORTS"].flatMap { Int($0) })
    }

    private func conclude(_ outcome: TrainingOutcome, _ trainer: Trainer) throws {
        let job = trainer.job
        let again =
            "autolora train \(config.shellWord) --output \(job.outputFolder.shellWord) --resume \(job.checkpointFolder.shellWord)"
        switch outcome {
        case .finished: Console.error("trained \(trainer.step) steps; the best adapter is in \(job.adapterFolder)")
        case .stopped: Console.error("stopped at step \(trainer.step) as asked; to go on: \(again)")
        case .diverged(let step):
            Console.error("diverged at step \(step): the loss is no number any more; try a lower learning_rate")
        case .interrupted:
            Console.error("interrupted at step \(trainer.step), which is kept; to go on: \(again)")
            throw ExitCode(128 + (Interruption.signal ?? SIGTERM))
        }
    }
}
