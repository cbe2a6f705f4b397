import Backbones
import Checkpoints
import FoundationEssentials
import Layers
import Methods
import Tasks
import Tensors
package import Tokenizers
package import TrainerSettings

/// A language model, with an adapter or without, that writes texts for people.
package final class WritingModel {
    package let modelFolder: String
    private let model: TunedModel
    private let tokenizer: ModelTokenizer
    private let writer: TextWriter
    private let pass: Pass
    private let ends: Set<Int32>
    /// The template by which the adapter has learned conversations; nil: the model's own.
    private let template: String?

    /// - Parameters:
    ///   - modelFolder: nil: the one that the adapter's file names.
    ///   - adapter: a folder with an adapter of ours or PEFT's; nil: the model as it is.
    /// - Throws: an error in one line that names the file and what is wrong with it.
    package init(model modelFolder: String?, adapter: String?, precision: TrainerSettings.Precision, threads: Int) throws {
        let trained = adapter.map { TrainedAdapter($0) }
        try trained?.verify(isOurs: false)
        // What came of finetuning_type full is a model.
        let isModel = trained?.isModel ?? false
        if isModel, let adapter, modelFolder != nil {
            throw InputError(
                place: "--model",
                problem: "means nothing beside \(adapter), which is a whole model itself; leave one of the two out")
        }
        var base = isModel ? adapter : modelFolder
        let adapter = isModel ? nil : adapter
        var method: any TuningMethod = Untuned()
        if let adapter {
            let folder = AdapterFolder(adapter)
            try Self.checkTask(folder)
            method = try TuningMethods.method(of: folder)
            base = try modelFolder ?? Self.base(of: folder)
        }
        guard let base else {
            throw InputError(place: "--model", problem: "missing; give a model's folder, or an adapter that names one")
        }
        self.modelFolder = base
        try Self.checkClass(of: base)
        if let lack = try CausalLMHead.lack(of: Architectures.configuration(of: base)) {
            throw InputError(place: base, problem: lack)
        }
        tokenizer = try ModelTokenizer(modelFolder: base)
        model = try TunedModel(
            modelFolder: base, method: method, head: CausalLMHead(), seed: 0, initAdapter: adapter,
            storage: WeightStorage(setting: precision), use: .computing)
        model.threads = threads
        writer = try model.writer()
        pass = model.writingPass()
        var ends = Set(model.configuration.endTokens)
        if let end = tokenizer.tokenizer.special.eos { ends.insert(end.id) }
        self.ends = ends
        template = try trained?.settings(model: isModel ? nil : base).chatTemplate
    }

    /// Another task's head stands on other rows than the vocabulary's matrix.
    private static func checkTask(_ adapter: AdapterFolder) throws {
        let configuration = try JSONInput.object(file: adapter.configurationFile)
        guard let type = configuration["task_type"], type != .null, type.text != CausalLMHead.peftTaskType else { return }
        let what =
            type.text == "SEQ_CLS"
            ? "it classifies texts (task_type SEQ_CLS), and writes none" : "its task_type is \(type), expected CAUSAL_LM"
        throw InputError(place: adapter.path, problem: what)
    }

    /// The matrix that a classifier was trained with is none on the vocabulary.
    private static func checkClass(of model: String) throws {
        guard case .folder(let folder) = try ModelPlace(model) else { return }
        let file = folder + "/config.json"
        guard case .array(let names)? = try? JSONInput.object(file: file)["architectures"],
            let name = names.first?.text, name.hasSuffix("ForSequenceClassification")
        else { return }
        throw InputError(place: model, problem: "it classifies texts (\(name) in its config.json), and writes none")
    }

    /// As the file has it, a relative path taken from the current folder.
    private static func base(of adapter: AdapterFolder) throws -> String {
        let configuration = try JSONInput.object(file: adapter.configurationFile)
        guard let base = configuration["base_model_name_or_path"]?.text, !base.isEmpty else {
            throw InputError(place: adapter.configurationFile, problem: "names no base model; give it by --model")
        }
        guard FileManager.default.fileExists(atPath: base) else {
            throw InputError(
                place: adapter.configurationFile,
                problem: "there is no model at \(base), which it names; give its folder by --model")
        }
        return base
    }

    /// - Parameter name: nil: the one that the adapter was trained with, else the model's own.
    /// - Throws: an error that names the file and what in it is not known.
    package func chatTemplate(named name: String?) throws -> ChatTemplate {
        try tokenizer.chatTemplate(named: name ?? template)
    }

    package func tokens(of prompt: String) -> [Int32] { tokenizer.tokenizer.encode(prompt, special: true) }
    package func tokens(of chat: RenderedChat) -> [Int32] { tokenizer.tokenizer.encode(chat).ids }

    /// Writes on from the prompt.
    ///
    /// - Parameters:
    ///   - show: gets the text bit by bit, in whole characters.
    ///   - isInterrupted: asked before each token.
    /// - Throws: `BatchError` for a prompt that the model cannot take.
    package func write(
        after prompt: [Int32], _ options: inout WritingOptions, show: (String) -> Void = { _ in },
        isInterrupted: () -> Bool = { false }
    ) throws -> WrittenText {
        let positions = model.positionCount
        guard prompt.count < positions else {
            throw BatchError(
                problem: "the prompt has \(prompt.count) tokens, the model takes at most \(positions) with its answer")
        }
        guard !prompt.isEmpty else { throw BatchError(problem: "the prompt is empty") }
        let limit = min(options.limit, positions - prompt.count)
        try model.backbone.check(PackedBatch(sequences: [prompt]))
        var decoding = tokenizer.tokenizer.decoding(skippingSpecial: true)
        var stop = StopWords(options.stop)
        var text = ""
        func take(_ piece: String) {
            guard !piece.isEmpty else { return }
            text += piece
            show(piece)
        }
        var wasInterrupted = false
        let tokens = writer.texts(after: [prompt], pass, limit: limit, ends: ends, choice: &options.choice) { _, token in
            take(stop.append(decoding.append(token)))
            wasInterrupted = isInterrupted()
            return !stop.isReached && !wasInterrupted
        }[0]
        take(stop.append(decoding.finish()))
        take(stop.finish())
        let end: WrittenText.End =
            if wasInterrupted { .interrupted } else if stop.isReached { .stop } else if tokens.count < limit { .end } else {
                .length
            }
        return WrittenText(text: text, tokens: tokens, end: end)
    }
}

/// How a text is written.
package struct WritingOptions: Sendable {
    package var choice: TokenChoice
    /// Tokens at most.
    package var limit: Int
    /// Words that end the text, and are no part of it.
    package var stop: [String]

    package init(choice: TokenChoice = TokenChoice(), limit: Int = 256, stop: [String] = []) {
        (self.choice, self.limit, self.stop) = (choice, limit, stop)
    }
}

package struct WrittenText: Sendable, Hashable {
    /// Why it ended.
    package enum End: String, Sendable, Hashable {
        /// The model ended it.
        case end
        /// There was no room for more.
        case length
        /// One of the words came that end it.
        case stop
        case interrupted
    }

    package let text: String
    package let tokens: [Int32]
    package let end: End
}
