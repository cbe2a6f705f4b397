import Checkpoints
import Conversions
import Exports
import Finetuning
import Foundation
import TrainerSettings

/// A trial's model in the forms that serving programs load. It is read when it is first wanted.
final class TrialConversion: ModelConversion {
    private let configuration: String
    private let adapter: String
    private let type: String?
    /// Whether the program that an export is for has to agree too.
    private let asksPython: Bool
    private var opened: TrialModel?
    /// What was found: how far the answers are from the trial's, and what to know when it is loaded.
    private(set) var agreement: SettingValue = .null
    private(set) var notes: [String] = []

    /// - Parameters:
    ///   - configuration: the trial's config.json.
    ///   - type: what `--type` says; nil: nothing.
    init(configuration: String, adapter: String, type: String?, asksPython: Bool) {
        (self.configuration, self.adapter, self.type, self.asksPython) = (configuration, adapter, type, asksPython)
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
        let base = try settings().model
        guard form != "peft" || FileManager.default.fileExists(atPath: base) else {
            guard !asksPython else {
                throw ExportError(
                    "--verify-with python: the base '\(base)' is not there; put it there, or leave --verify-with out")
            }
            Console.error(
                "warning: not read again: the base '\(base)', by which the adapter's answers are compared, is not there")
            return nil
        }
        let model = try model()
        let (agreement, limit) = try ModelForms.verify(draft, of: model, as: form)
        var line = "on \(model.textsTitle), in 32-bit floats, its logits differ from the trial's by \(agreement.words)"
        var told: [String: SettingValue] = [
            "difference": .double(agreement.share), "largest": .double(agreement.largest), "texts": .string(model.textsTitle),
        ]
        if asksPython {
            // Sums in another order, and activations that llama.cpp rounds.
            let isRounded = limit > 1e-3
            let answer = try PythonVerification().verify(draft, of: model, as: form, limit: isRounded ? 2 * limit : 1e-3)
            line += "; " + answer
            told["python"] = .string(answer)
        }
        self.agreement = .object(told)
        Console.error("read again: \(line)")
        return line
    }

    func complete(_ draft: String) throws {
        for file in try settings().templateFiles { try file.write(in: draft) }
    }

    func usage(_ draft: String, as form: String) throws -> String {
        let usage = try ModelForms.usage(settings(), of: draft, as: form)
        notes = usage.notes
        for note in notes { Console.error(note) }
        guard !usage.notes.isEmpty || !usage.commands.isEmpty else { return "" }
        let sentences = usage.notes.map { "\($0.prefix(1).uppercased())\($0.dropFirst()).\n" }
        let commands =
            usage.commands.isEmpty ? [] : ["In this folder:\n\n```sh\n\(usage.commands.joined(separator: "\n"))\n```\n"]
        return "\n## How it is loaded\n\n" + (sentences + commands).joined(separator: "\n")
    }

    private func settings() throws -> TrainerSettings { try TrialConfiguration(path: configuration, isOnRecord: true).settings }
}
