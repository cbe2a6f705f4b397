import Checkpoints
import Conversions
import Exports
import Finetuning
import Foundation
import TrainerSettings

/// A trial's model in the forms that serving programs load. It is read when it is first wanted.
final class TrialConversion: ModelConversion {
    private let trial: Trial
    private let adapter: String
    private let type: String?
    /// Whether the program that an export is for has to agree too.
    private let asksPython: Bool
    private var opened: TrialModel?
    /// What was found: how far the answers are from the trial's, and what to know when it is loaded.
    private(set) var agreement: SettingValue = .null
    private(set) var notes: [String] = []
    /// Why nothing was compared.
    private(set) var warnings: [String] = []

    /// Whose trial it is.
    enum Trial {
        /// Of the built-in trainer, with its config.json.
        case ours(String)
        /// Of a program that left an adapter in PEFT's format on a model, with what it was given; nil: the model that the adapter names.
        case foreign(model: String?, [String: SettingValue])

        func settings(_ adapter: String) throws -> TrainerSettings {
            switch self {
            case .ours(let path): try TrialConfiguration(path: path, isOnRecord: true).settings
            case .foreign(let model, let trainer): try TrainedAdapter(adapter).settings(of: model, data: trainer)
            }
        }

        /// Whether whatever it left has to be read.
        var isOurs: Bool { if case .ours = self { true } else { false } }
    }

    /// - Parameter type: what `--type` says; nil: nothing.
    init(_ trial: Trial, adapter: String, type: String?, asksPython: Bool) {
        (self.trial, self.adapter, self.type, self.asksPython) = (trial, adapter, type, asksPython)
    }

    private func model() throws -> TrialModel {
        if let opened { return opened }
        let settings = try settings()
        useThreads(settings.threads, ProcessInfo.processInfo.environment)
        let model = try TrialModel(settings, adapter: adapter)
        opened = model
        return model
    }

    func write(as form: String, to draft: String) throws {
        try ModelForms.write(model(), as: form, type: type, to: draft)
    }

    func verify(_ draft: String, as form: String) throws -> String? {
        if form == "peft", let lack = try lack() {
            guard !asksPython else {
                throw ExportError("--verify-with python: there is nothing to compare with: \(lack); leave --verify-with out")
            }
            warnings.append("not read again: \(lack)")
            return nil
        }
        let model = try model()
        let (agreement, limit, room) = try ModelForms.verify(draft, of: model, as: form)
        var line = "on \(model.textsTitle), in 32-bit floats, its logits differ from the trial's by \(agreement.words)"
        var told: [String: SettingValue] = [
            "difference": .double(agreement.share), "largest": .double(agreement.largest), "texts": .string(model.textsTitle),
        ]
        if asksPython {
            // Sums in another order, and activations that llama.cpp rounds.
            let isRounded = limit > 1e-3
            let answer = try PythonVerification().verify(
                draft, of: model, as: form, limit: isRounded ? 2 * limit : 1e-3, room: room)
            line += "; " + answer
            told["python"] = .string(answer)
        }
        self.agreement = .object(told)
        Console.error("read again: \(line)")
        return line
    }

    /// Why an adapter, which was copied as it is, is not compared; nil: it can be.
    ///
    /// - Throws: an error about a trial of ours, whatever it left being readable where its base is there.
    private func lack() throws -> String? {
        let base: String
        do { base = try settings().model } catch let error where !trial.isOurs { return errorText(error) }
        guard FileManager.default.fileExists(atPath: base) else {
            return "the base '\(base)', by which the adapter's answers are compared, is not there"
        }
        // A trainer with a GPU may have trained what this machine cannot hold.
        if !trial.isOurs, let lack = TrialModel.lack(of: base, in: MachineMemory.total) { return lack }
        do { _ = try model() } catch let error where !trial.isOurs { return errorText(error) }
        return nil
    }

    func complete(_ draft: String) throws {
        guard let settings = try knownSettings() else { return }
        try AdapterTokenizer.write(settings, TrainedTemplate(settings, adapter: adapter), in: draft)
    }

    func usage(_ draft: String, as form: String) throws -> String {
        guard let settings = try knownSettings() else { return "" }
        let usage = try ModelForms.usage(settings, adapter: adapter, of: draft, as: form)
        notes = usage.notes
        for note in notes { Console.error(note) }
        let sentences = usage.notes.map { "\($0.prefix(1).uppercased())\($0.dropFirst()).\n" } + usage.remarks.map { $0 + "\n" }
        let commands =
            usage.commands.isEmpty ? [] : ["In this folder:\n\n```sh\n\(usage.commands.joined(separator: "\n"))\n```\n"]
        guard !sentences.isEmpty || !commands.isEmpty else { return "" }
        return "\n## How it is loaded\n\n" + (sentences + commands).joined(separator: "\n")
    }

    private func settings() throws -> TrainerSettings { try trial.settings(adapter) }

    /// nil: what another trainer's adapter tells of itself cannot be read, which its copy is warned of.
    private func knownSettings() throws -> TrainerSettings? { trial.isOurs ? try settings() : try? settings() }
}
