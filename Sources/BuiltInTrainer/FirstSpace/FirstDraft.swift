import Finetuning
import Foundation
import SearchSpaces
import SpaceFiles
import Tasks
import TrainerSettings
import Trainers

/// A space file in the making.
struct FirstDraft {
    private let facts: SpaceFacts
    private let request: SpaceRequest
    private let settings: FirstSettings
    private let parameters: FirstParameters
    private let pace: TrainingPace

    init(_ facts: SpaceFacts, _ request: SpaceRequest, split: DataSplit) throws {
        (self.facts, self.request) = (facts, request)
        settings = FirstSettings(facts, split: split)
        parameters = FirstParameters(facts: facts)
        pace = try Self.measured(settings, request)
    }

    /// How fast a trial of a middling configuration goes on this machine.
    private static func measured(_ first: FirstSettings, _ request: SpaceRequest) throws -> TrainingPace {
        var values = first.trainerValues(of: request) { URL(filePath: $0).standardizedFileURL.path }
        values["target_modules"] = .string("all-linear")
        values["prefix_cache"] = .string("off")
        let settings: TrainerSettings
        do { settings = try TrainerSettings(values: values) } catch {
            throw InputError(place: request.output, problem: "\(error)")
        }
        let folder = FileManager.default.temporaryDirectory.path + "/autolora-init-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let start = ContinuousClock.now
        let run = try TrainingRun(TrainingJob(settings: settings, outputFolder: folder))
        return try run.measuredPace(loadedIn: (ContinuousClock.now - start) / .seconds(1))
    }

    /// The text, checked as `check` does it, and what to tell of it.
    ///
    /// - Throws: what `check` throws.
    func finished(reports: (Int) -> Int) throws -> (text: String, advice: [String]) {
        let trials = Self.trialCounts.first { seconds(reports($0), trials: $0) <= Self.wanted } ?? Self.trialCounts.last ?? 12
        let time = "about \(TimeSpan.text(seconds: max(1, seconds(reports(trials), trials: trials)).rounded()))"
        let body = self.body(trials: trials)
        let (memory, warnings) = try checked(body.text)
        var advice = [
            "method: LoRA, whose rate, rank, scale, dropout and modules are searched: with a tuned rate its variants lie within 1 to 2 % of it",
            "time: \(time) on this machine for \(trials) configurations, of which the weaker ones end early",
        ]
        if let memory { advice.append("memory: \(memory)") }
        var head = SpaceText()
        head.remark("Written by `autolora init`. Above each line is its reason; change what you know better.")
        for line in advice + warnings.map({ "warning: \($0)" }) { head.remark(line) }
        advice += [
            "max_length \(settings.maxLength): \(settings.lengthReason)",
            "batch_size \(settings.batchSize): \(settings.batchReason)",
            "max_steps \(settings.steps): \(settings.stepsReason)",
        ]
        return (head.text + body.text, advice + warnings.map { "warning: \($0)" })
    }

    /// Seconds that a first study should take at most, and the numbers of trials that may do.
    private static let wanted = 3600.0
    private static let trialCounts = [40, 27, 18, 12]

    private func seconds(_ reports: Int, trials: Int) -> Double {
        let mean = facts.tokens.mean(upTo: settings.maxLength)
        let step = Double(settings.batchSize) * mean / pace.training
        let evaluation = Double(facts.validationRows(settings.split)) * mean / pace.evaluation
        // Nearly each trial is launched once, and some of them again at a rung.
        return Double(reports) * (Double(settings.evalSteps) * step + evaluation) + 1.4 * Double(trials) * pace.secondsToLoad
    }

    private func body(trials: Int) -> SpaceText {
        var text = SpaceText()
        text.add("name", .string(name))
        text.add("metric", metric.value, metric.reason)
        text.add("method: auto", "A Gaussian process: with as few trials it comes nearest to the best.")
        text.add("run_cap", .int(trials), "Configurations in all; raise it where there is time.")
        text.add("workers", .int(workers), "Trials at the same time; they share the processors.")
        text.add("seed: 7")
        text.add(
            "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: \(FirstSettings.reports)}",
            "Compared after 1 and 3 of \(FirstSettings.reports) reports; the better third goes on.")
        text.remark("confirm: {top: 3, seeds: 3} would train the best again with further seeds, and say what is luck.")
        text.add("trainer:")
        settings.add(to: &text, request)
        parameters.add(to: &text)
        return text
    }

    /// By the file to train on, or by its folder where files are called after their parts.
    private var name: String {
        let file = URL(filePath: facts.parts[0].file).standardizedFileURL
        let stem = file.deletingPathExtension().lastPathComponent
        let isPart = ["train", "training", "data"].contains(stem.lowercased())
        let name = StudyName.made(from: isPart ? file.deletingLastPathComponent().lastPathComponent : stem)
        return name.isEmpty ? "study" : name
    }

    private var metric: (value: SettingValue, reason: String) {
        func named(_ name: String, _ goal: String) -> SettingValue { .object(["goal": .string(goal), "name": .string(name)]) }
        if facts.isLanguageModel {
            return (
                named("eval_loss", "minimize"),
                "The loss of the tokens to predict; eval_exact_match, eval_f1 and others score written answers."
            )
        }
        return parameters.isUneven
            ? (
                named("eval_f1", "maximize"),
                "The mean of the labels' F1: labels are uneven, and accuracy would hide the rare ones."
            )
            : (named("eval_accuracy", "maximize"), "Labels are even enough that accuracy tells what counts.")
    }

    private var workers: Int {
        ProcessInfo.processInfo.activeProcessorCount > 1 && facts.parameters < 500_000_000 ? 2 : 1
    }

    private func checked(_ text: String) throws -> (memory: String?, warnings: [String]) {
        let place = SpaceFilePlace(file: request.output, folder: request.folder)
        let file = try SpaceFile(text: text, place, trainers: TrainerList.standard.types)
        let preflight = try LoRAPreflight(file.specification, file: file).run()
        let memory = preflight.memory()
        return (memory?.text, (memory?.warnings ?? []) + file.warnings.map(\.text))
    }
}
