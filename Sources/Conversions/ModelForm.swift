import Backbones
import Finetuning
package import TrainerSettings

/// A form in which a trial's model goes to programs that serve it. A new one is a file in `Forms/` and a line in ``ModelForms/all``.
protocol ModelForm: Sendable {
    /// What `autolora export --format` is given.
    var name: String { get }
    /// What `--type` may be, the first being what is taken where nothing is said; none: the form has no types.
    var types: [String] { get }

    /// - Parameters:
    ///   - type: one of ``types``; nil: the first.
    ///   - draft: a path with nothing there yet.
    /// - Throws: ``ConversionError`` for what the form cannot express, with the form that can.
    func write(_ trial: TrialModel, type: String?, to draft: String) throws

    /// What was written, read from its files as the program that takes it would, with how far its answers may be from the trial's.
    ///
    /// - Throws: an error that names the file and what is missing or damaged.
    func reload(_ draft: String, _ trial: TrialModel) throws -> (model: TunedModel, tolerance: Tolerance)

    /// How a program loads what was written.
    ///
    /// - Parameters:
    ///   - settings: the trial's.
    ///   - template: that it was trained with; nil: its base's.
    ///   - export: what was written.
    func usage(_ settings: TrainerSettings, _ template: TrainedTemplate?, of export: String) throws -> ModelUsage

    /// Whether a tokenizer that a trainer has left beside its adapter goes along, and not the base's.
    var keepsTokenizer: Bool { get }
}

extension ModelForm {
    var types: [String] { [] }

    var keepsTokenizer: Bool { false }

    func usage(_ settings: TrainerSettings, _ template: TrainedTemplate?, of export: String) throws -> ModelUsage {
        ModelUsage()
    }
}

package enum ModelForms {
    static let all: [any ModelForm] = [
        MergedFolder(), GGUFAdapter(), MergedGGUF(), MLXAdapter(), PortableAdapter(), KeptAdapter(),
    ]

    /// What `--type` may be for a form; nil: there is no such form.
    package static func types(of form: String) -> [String]? { all.first { $0.name == form }?.types }

    /// - Throws: ``ConversionError`` for what the form cannot express.
    package static func write(_ trial: TrialModel, as form: String, type: String?, to draft: String) throws {
        try named(form).write(trial, type: type, to: draft)
    }

    /// Reads what was written and holds its answers against the trial's.
    ///
    /// - Returns: how far they are apart, and may be, and of how many tokens a text may be there.
    /// - Throws: ``ConversionError`` where they differ by more than the form's numbers explain.
    package static func verify(
        _ draft: String, of trial: TrialModel, as form: String
    ) throws -> (agreement: Agreement, limit: Double, room: Int) {
        let (model, tolerance) = try named(form).reload(draft, trial)
        // A file may say that texts are shorter than the trial's.
        let room = model.configuration.positionCount
        let texts = trial.texts.map { Array($0.prefix(room)) }
        let expected = texts == trial.texts ? trial.logits : try trial.model.logits(of: texts)
        let agreement = Agreement(try model.logits(of: texts), with: expected)
        guard agreement.share <= tolerance.share else {
            throw ConversionError(
                "the export answers otherwise than the trial: on \(trial.textsTitle) its logits are off by \(agreement.words), expected"
                    + " \(Agreement.percent(tolerance.share)) at most (\(tolerance.reason)). Nothing is left of it;"
                    + " report this as a fault of autolora")
        }
        return (agreement, tolerance.share, room)
    }

    /// How a program loads what was written.
    package static func usage(
        _ settings: TrainerSettings, adapter: String, of export: String, as form: String
    ) throws -> ModelUsage {
        let form = try named(form)
        var usage = try form.usage(settings, TrainedTemplate(settings, adapter: adapter), of: export)
        if let difference = AdapterTokenizer.difference(of: adapter, to: settings.model) {
            usage.notes.append(
                "its trainer left another tokenizer beside the adapter than its base's (\(difference)); what is written goes by "
                    + (form.keepsTokenizer ? "the trainer's" : "the base's"))
        }
        return usage
    }

    private static func named(_ form: String) throws(ConversionError) -> any ModelForm {
        guard let found = all.first(where: { $0.name == form }) else {
            throw ConversionError("there is no form '\(form)' (known: \(all.map(\.name).joined(separator: ", ")))")
        }
        return found
    }
}
