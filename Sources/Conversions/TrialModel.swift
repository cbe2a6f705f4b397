import Backbones
import Checkpoints
import Finetuning
import Layers
import Methods
import Tasks
import Tensors
package import TrainerSettings

/// What a trial left, opened to be written in other programs' forms: its model with the adapter, in fp32, and what it answers to some
/// held-out texts.
package final class TrialModel {
    package let settings: TrainerSettings
    /// The adapter's folder; of a trial that trained the whole model, that model's.
    package let adapter: String
    let model: TunedModel
    /// The model that the adapter is for: a Hugging Face folder or a .gguf file.
    package let source: String
    let weights: any BackboneWeights
    /// Tokens of the texts that exports are compared on.
    let texts: [[Int32]]
    /// Whether these are of the validation data, and not drawn.
    let areHeldOut: Bool
    /// What these are, for people: "32 rows of validation.jsonl".
    package let textsTitle: String
    /// What the trial answers to them, row-major.
    let logits: [Float]
    /// What it was trained with, where that is not its base's.
    let template: TrainedTemplate?
    /// Whether the classes have no names, as PEFT keeps none.
    private let isNumbered: Bool

    /// What to know of its classes, for people; nil: nothing.
    package var remark: String? {
        guard isNumbered else { return nil }
        return
            "\(adapter): names no classes, as it has no labels.json; they are numbered 0 to \(head.outputCount - 1) in what is written"
    }

    /// How many texts exports are compared on.
    private static let textCount = 32
    private static let longestText = 128

    /// - Parameter settings: the trial's.
    /// - Throws: an error in one line that names the file and what is wrong with it.
    package init(_ settings: TrainerSettings, adapter: String) throws {
        try TrainedAdapter(adapter).verify(isOurs: false)
        (self.settings, self.adapter) = (settings, adapter)
        template = TrainedTemplate(settings, adapter: adapter)
        source = TrainedAdapter(adapter).isModel ? adapter : settings.model
        weights = try Architectures.weights(of: source)
        let kind = try TrainingTasks.task(settings.task)
        let task = try TrainedAdapter(adapter).task(kind)
        isNumbered = try kind.saved(in: adapter) == nil
        model = try TunedModel(trained: adapter, settings, head: task.head, storage: WeightStorage(.fp32))
        let room = min(model.configuration.positionCount - model.method.virtualTokenCount, Self.longestText)
        let heldOut = try? Self.heldOut(settings, kind, task)
        areHeldOut = heldOut != nil
        (texts, textsTitle) = heldOut ?? Self.drawn(model.configuration.vocabularySize, room: room)
        logits = try model.logits(of: texts)
    }

    /// Why a base is too large to compare its adapters' answers on a machine; nil: it is not, as far as its files tell.
    ///
    /// - Parameter room: the machine's memory, in bytes; nil: nobody knows.
    package static func lack(of base: String, in room: Int?) -> String? {
        guard let room, let weights = try? WeightSources.open(base) else { return nil }
        // The trial's model and the export's, in 32-bit floats.
        let needed = 8 * weights.names.reduce(0) { $0 + ((try? weights.entry($1))?.elementCount ?? 0) }
        guard needed > room else { return nil }
        return
            "two models on the base '\(base)' take \(ByteCount(bytes: needed).rounded) in 32-bit floats, and this machine has "
            + ByteCount(bytes: room).rounded
    }

    var configuration: any BackboneConfiguration { weights.configuration }
    var head: any TaskHead { model.head }

    /// The first rows of the validation data, cut to what a model takes at once.
    private static func heldOut(
        _ settings: TrainerSettings, _ kind: any TrainingTask.Type, _ task: any TrainingTask
    ) throws -> ([[Int32]], String)? {
        guard let source = settings.source(of: .validation) else { return nil }
        var data = TokenizedData(kind, settings, cache: nil)
        let examples = try data.examples(source, for: task)
        let texts = (0..<min(textCount, examples.count)).map { row in
            Array(examples.tokens[examples.offsets[row]..<examples.offsets[row + 1]].prefix(longestText))
        }
        let file = source.path.split(separator: "/").last ?? ""
        return texts.isEmpty ? nil : (texts, "\(texts.count) rows of \(file)")
    }

    /// Where the data are gone: any tokens tell two models apart.
    private static func drawn(_ vocabulary: Int, room: Int) -> ([[Int32]], String) {
        var random = RandomSource(seed: 0x6c6f_6769_7473)
        let texts = (0..<textCount).map { _ in
            (0..<min(24, room)).map { _ in Int32(random.uniform() * Double(vocabulary)) }
        }
        return (texts, "\(textCount) texts of drawn tokens (the validation data cannot be read)")
    }

    /// - Throws: ``ConversionError`` for a method whose changes no layer can hold.
    func requireMergeable(as form: String) throws(ConversionError) {
        guard let refusal = model.method.mergeRefusal else { return }
        throw ConversionError(
            "--format \(form): finetuning_type \(settings.finetuningType.rawValue) \(refusal); take --format peft")
    }

    /// - Parameter program: that takes adapters on Hugging Face folders alone.
    /// - Throws: ``ConversionError`` for a base that is a GGUF file, or `CheckpointError` for one that is not there.
    func requireFolder(as form: String, of program: String) throws {
        guard case .gguf = try ModelPlace(source) else { return }
        throw ConversionError(
            "--format \(form): the base '\(source)' is a GGUF file, and \(program) takes an adapter on a Hugging Face folder alone; take "
                + "--format merged, which writes one with the adapter in it, or peft, and load it on the folder that the file was made from"
        )
    }

    /// Some of the texts with what the trial answers to them, for other programs.
    ///
    /// - Parameter room: tokens of a text at most, of which the rest is cut off.
    package func reference(count: Int, room: Int) throws -> SettingValue {
        let texts = self.texts.prefix(count).map { Array($0.prefix(room)) }
        let logits = texts.elementsEqual(self.texts.prefix(count)) ? self.logits : try model.logits(of: texts)
        let width = self.logits.count / max(1, self.texts.count)
        let rows = texts.indices.map { row in
            SettingValue.array(logits[row * width..<(row + 1) * width].map { .double(Double($0)) })
        }
        return .object([
            "texts": .array(texts.map { .array($0.map { .int(Int($0)) }) }), "logits": .array(rows),
            "classifies": .bool(head.rows == .pooled),
        ])
    }
}
