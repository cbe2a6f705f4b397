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
        if asksPython {
            // Sums in another order, and activations that llama.cpp rounds.
            let isRounded = limit > 1e-3
            line += "; " + (try PythonVerification().verify(draft, of: model, as: form, limit: isRounded ? 2 * limit : 1e-3))
        }
        Console.error("read again: \(line)")
        return line
    }

    private func settings() throws -> TrainerSettings { try TrialConfiguration(path: configuration, isOnRecord: true).settings }
}
