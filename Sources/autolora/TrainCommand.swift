import ArgumentParser
import Finetuning
import Foundation
import Glibc
import Tasks
import TrainerSettings

/// The built-in trainer: what a study's trial runs, and what anyone can run by hand.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains one adapter.",
        discussion: """
            The configuration is a trial's config.json or an object of trainer settings, in JSON or YAML, whatever the file is \
            called. Relative paths in it are relative to its folder where they lead to something there, else to the current folder.

            Each evaluation is one JSON line on standard output. The folder gets adapter/, the best one so far in PEFT's \
            format, and checkpoint/, from which --resume goes on exactly where training stopped. Where the configuration names a \
            test split, the adapter is measured on it at the end: test.json has the figures.

            Example: autolora train best.yaml
            """)

    @Argument(help: "A JSON or YAML file.") var config: String
    @Option(
        help:
            "Where the results go. (default: AUTOLORA_TRIAL_DIR, else the setting output_dir, else the file's name with -trained)"
    ) var output: String?
    @Option(help: "A checkpoint's folder to go on from. (default: AUTOLORA_RESUME_FROM)") var resume: String?

    func validate() throws {
        try PathArguments.requireExpanded(output, option: "--output")
        try PathArguments.requireExpanded(resume, option: "--resume")
    }

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let display = environment["AUTOLORA_TRIAL_DIR"] == nil && Console.drawsOnTerminal ? ProgressLine() : nil
        let trainer: TrainingRun
        do {
            let configuration = try TrialConfiguration(path: config, isOnRecord: resumption(environment) != nil)
            useThreads(configuration.settings.threads, environment)
            outliveLargeFiles()
            Interruption.listen()
            guard let job = try prepared(job(configuration, environment), display) else { throw interruption }
            trainer = try TrainingRun(job, warn: { Console.error($0) })
            if Interruption.signal != nil { throw interruption }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw trainingFailure(error, code: 2)
        }
        Console.error(trainer.numerics.line(environment: environment))
        Console.error(trainer.dataLine)
        Console.error(trainer.memoryLine)
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

    private var interruption: ExitCode {
        Console.error("interrupted before the first step; there is nothing to go on from yet")
        return ExitCode(128 + (Interruption.signal ?? SIGTERM))
    }

    /// With the ranks and the start that its data tell; nil when it was interrupted.
    private func prepared(_ job: TrainingJob, _ display: ProgressLine?) throws -> TrainingJob? {
        let preparation = RankPreparation(job, warn: { Console.error($0) })
        guard preparation.isNeeded else { return job }
        defer { display?.clear() }
        return try preparation.prepared(
            progress: { display?.show($0) }, isInterrupted: { Interruption.signal != nil })
    }

    private func job(_ configuration: TrialConfiguration, _ environment: [String: String]) throws -> TrainingJob {
        let folder =
            try output ?? environment["AUTOLORA_TRIAL_DIR"] ?? configuration.settings.outputDirectory
            ?? defaultFolder(environment)
        var stopAfter: Int?
        if let text = environment["AUTOLORA_STOP_AFTER"], !text.isEmpty {
            guard let count = Int(text), count > 0 else {
                throw InputError(place: "AUTOLORA_STOP_AFTER", problem: "found '\(text)', expected a whole number above 0")
            }
            stopAfter = count
        }
        let resumeFrom = resumption(environment)
        return TrainingJob(
            settings: configuration.settings, metric: configuration.metric, outputFolder: folder,
            cacheFolder: cacheFolder(environment), resumeFrom: resumeFrom, stopAfter: stopAfter,
            reportsOnRecord: environment["AUTOLORA_REPORTS"].flatMap { Int($0) })
    }

    private func resumption(_ environment: [String: String]) -> String? {
        resume ?? environment["AUTOLORA_RESUME_FROM"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// In the current folder, named after the configuration; what is there from another time is not replaced unasked.
    private func defaultFolder(_ environment: [String: String]) throws -> String {
        let folder = URL(filePath: config).deletingPathExtension().lastPathComponent + "-trained"
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard entries.isEmpty || resumption(environment) != nil else {
            throw InputError(
                place: folder,
                problem: "is there already, from another training it seems; give --output DIR, or --resume \(folder)/checkpoint"
            )
        }
        return folder
    }

    /// What the adapter reaches on data that neither training nor the choice of the adapter has seen. A study does this for its
    /// winner alone.
    private func measureOnTest(_ trainer: TrainingRun) {
        let environment = ProcessInfo.processInfo.environment
        guard trainer.job.settings.test != nil, environment["AUTOLORA_TRIAL_DIR"] == nil else { return }
        do {
            let evaluation = try AdapterEvaluation(
                trainer.job.settings, adapterFolder: trainer.job.adapterFolder, split: .test,
                cacheFolder: cacheFolder(environment),
                warn: { Console.error($0) })
            let file = trainer.job.outputFolder + "/test.json"
            try AtomicFile.write([Data((evaluation.line + "\n").utf8)], to: file)
            Console.error("on the test split (\(file)): \(evaluation.line)")
        } catch {
            Console.error("the adapter could not be measured on the test split: \(errorText(error).printable)")
        }
    }

    private func conclude(_ outcome: TrainingOutcome, _ trainer: TrainingRun) throws {
        let job = trainer.job
        let again =
            "autolora train \(config.shellWord) --output \(job.outputFolder.shellWord) --resume \(job.checkpointFolder.shellWord)"
        switch outcome {
        case .finished:
            Console.error("trained \(trainer.step) steps; the best adapter is in \(job.adapterFolder)")
            measureOnTest(trainer)
        case .stoppedEarly:
            Console.error(
                "ended at step \(trainer.step) of \(trainer.totalSteps): \(job.metric.name) got no better (early_stopping_patience "
                    + "\(job.settings.earlyStoppingPatience ?? 0)); the best adapter is in \(job.adapterFolder)")
            measureOnTest(trainer)
        case .stopped: Console.error("stopped at step \(trainer.step) as asked; to go on: \(again)")
        case .diverged(let step):
            Console.error("diverged at step \(step): the loss is no number any more; try a lower learning_rate")
        case .interrupted:
            Console.error("interrupted at step \(trainer.step), which is kept; to go on: \(again)")
            throw interruption
        }
    }
}
