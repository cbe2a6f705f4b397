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
    private var opened: TrialModel?

    /// - Parameters:
    ///   - configuration: the trial's config.json.
    ///   - type: what `--type` says; nil: nothing.
    init(configuration: String, adapter: String, type: String?) {
        (self.configuration, self.adapter, self.type) = (configuration, adapter, type)
    }

    private func model() throws -> TrialModel {
        if let opened { return opened }
        let settings = try TrialConfiguration(path: configuration, isOnRecord: true).settings
        useThreads(settings.threads, ProcessInfo.processInfo.environment)
        let model = try TrialModel(settings, adapter: adapter)
        opened = model
        return model
    }

    func write(as form: String, to draft: String) throws {
        try ModelForms.write(model(), as: form, type: type, to: draft)
    }

    func verify(_ draft: String, as form: String) throws -> String {
        let model = try model()
        let words = try ModelForms.verify(draft, of: model, as: form).words
        let line = "on \(model.textsTitle) its logits differ from the trial's by \(words)"
        Console.error("read again: \(line)")
        return line
    }
}
