package import Checkpoints
package import Layers
package import TrainerSettings

/// What config.json, or a GGUF file's metadata, tells of a model before a weight is read: its sizes and its sites.
package protocol BackboneConfiguration: Sendable, Hashable {
    associatedtype Weights: BackboneWeights

    /// What config.json's model_type may be: "bert"; of architectures that differ by figures alone, one reads several.
    static var modelTypes: [String] { get }
    /// How the names of its classes begin, one for each of ``modelTypes``, where config.json has no model_type: "Bert".
    static var classPrefixes: [String] { get }

    /// Reads and checks a file that is of this type.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong in it.
    init(file path: String) throws(CheckpointError)

    /// What GGUF files call the architectures that it reads (general.architecture); [] for none.
    static var ggufArchitectures: [String] { get }
    /// What GGUF files call this one, be they read here or not; nil: they have no such model.
    var ggufArchitecture: String? { get }
    /// What a GGUF file says of the model besides its tokenizer.
    ///
    /// - Throws: `CheckpointError` for what such files cannot say.
    func ggufFields() throws(CheckpointError) -> [(key: String, value: GGUFField)]
    /// What config.json says of the model, where its own files have none.
    ///
    /// - Throws: `CheckpointError` for what such a file cannot say.
    func folderValues() throws(CheckpointError) -> [String: SettingValue]
    /// By what the frequencies of positions are divided, as a GGUF file has it: by the tensors' names.
    var ggufFactors: [String: [Float]] { get }
    /// What of the model llama.cpp computes only within limits that the GGUF file states, for people; nil: it computes all.
    var ggufRemark: String? { get }
    /// Heads that the outputs of a module are of, where positions turn them; nil: they do not.
    func turnedHeads(ofModule name: String) -> Int?
    /// Reads and checks the metadata of a GGUF file of one of these architectures.
    ///
    /// - Throws: `CheckpointError` naming the file, the key and what is wrong with it.
    init(_ metadata: GGUFMetadata) throws(CheckpointError)

    /// Which of ``modelTypes`` it is.
    var modelType: String { get }
    /// Floats of a hidden row.
    var hiddenSize: Int { get }
    var layerCount: Int { get }
    /// Attention's, of the queries.
    var headCount: Int { get }
    var vocabularySize: Int { get }
    /// Tokens of the longest sequence that it takes.
    var positionCount: Int { get }
    /// The token of padding, whose row among the embeddings gets no gradient (torch's `padding_idx`); nil: there is none.
    var paddingToken: Int? { get }
    /// What the tokens' embeddings are multiplied by.
    var embeddingScale: Float { get }
    /// Whether a text's pooled row is that of its last token that is no padding.
    var poolsLastToken: Bool { get }
    /// The deviation of weights that start at random.
    var initializerRange: Double { get }
    /// What PEFT tunes when nothing is said.
    var defaultTargets: [String] { get }
    /// What PEFT's IA3 tunes when nothing is said; [] where it has no default.
    var scalingTargets: [String] { get }
    /// Where the two blocks of a layer end, as AdapterHub knows them; nil: it knows no such model.
    var blockEnds: BlockEnds? { get }
    /// What its sequence classifier is called.
    var classifier: ClassifierShape { get }
    /// The frozen layer that takes hidden rows to the vocabulary's logits; nil: it makes no texts.
    var outputSite: Site? { get }
    /// The model's logits are cap * tanh(x / cap) of what the output layer gives; nil: that itself.
    var outputCap: Float? { get }
    /// Tokens that end a text, as config.json names them.
    var endTokens: [Int32] { get }

    /// Tokens that one thread computes at once (``Backbone/partTokens``).
    var partTokens: Int { get }

    /// Every linear layer that has a part in such rows, in the order of computation.
    func sites(for rows: RowSelection) -> [Site]
    /// Every tensor of the model that has a part in such rows and can be trained.
    func tensors(for rows: RowSelection) -> [ModelTensor]
    /// Opens the weights of a model that has this configuration.
    ///
    /// - Parameter model: as the setting `model` names it (``WeightSources/open(_:)``).
    /// - Throws: `CheckpointError` for a folder without safetensors, or for damaged files.
    func weights(in model: String) throws(CheckpointError) -> Weights
}

extension BackboneConfiguration {
    package var partTokens: Int { 1024 }
    package var scalingTargets: [String] { [] }
    package var blockEnds: BlockEnds? { nil }
    package var paddingToken: Int? { nil }
    package var embeddingScale: Float { 1 }
    package var poolsLastToken: Bool { false }
    package var outputSite: Site? { nil }
    package var outputCap: Float? { nil }
    package var endTokens: [Int32] { [] }
    package static var ggufArchitectures: [String] { [] }
    package var ggufArchitecture: String? { nil }
    package func turnedHeads(ofModule name: String) -> Int? { nil }
    package var ggufFactors: [String: [Float]] { [:] }
    package var ggufRemark: String? { nil }
    package func folderValues() throws(CheckpointError) -> [String: SettingValue] {
        throw CheckpointError(path: "--format merged", problem: "a \(modelType) has a config.json of its own")
    }
    package func ggufFields() throws(CheckpointError) -> [(key: String, value: GGUFField)] {
        throw CheckpointError(
            path: "--format gguf", problem: "GGUF files of a \(modelType) are not written yet; take --format merged")
    }

    /// How the names of its classes begin: "Bert".
    package var classPrefix: String? {
        zip(Self.modelTypes, Self.classPrefixes).first { $0.0 == modelType }?.1
    }

    package func tensors(for rows: RowSelection) -> [ModelTensor] { [] }

    /// As torch reads `pad_token_id`: one below 0 counts from the end.
    static func padding(_ token: Int?, vocabulary: Int) -> Int? { token.map { $0 < 0 ? vocabulary + $0 : $0 } }

    package init(_ metadata: GGUFMetadata) throws(CheckpointError) {
        throw metadata.failure("general.architecture", "is not read from GGUF files")
    }
}

/// The linear layers that a layer's two blocks end with, and what AdapterHub calls the places behind them.
package struct BlockEnds: Sendable, Hashable {
    package struct End: Sendable, Hashable {
        /// How the linear layer's name goes on behind its layer's number.
        package let ending: String
        /// How AdapterHub's name goes on there.
        package let adapters: String

        package func isOf(_ site: Site) -> Bool { site.name.hasSuffix(number(of: site) + ending) }

        /// AdapterHub's name for what is behind a site of this end.
        package func adapters(behind site: Site) -> String { site.name.dropLast(ending.count) + adapters }

        private func number(of site: Site) -> String { site.layer.map { ".\($0)." } ?? "." }
    }

    package let attention: End
    package let output: End

    package init(attention: (String, String), output: (String, String)) {
        self.attention = End(ending: attention.0, adapters: attention.1)
        self.output = End(ending: output.0, adapters: output.1)
    }
}

/// What Hugging Face's sequence classifiers put on the pooled rows: a linear layer, and before it perhaps another one of the model's
/// width. Tensors are called by the layers' names, in the model's files as in an adapter's.
package struct ClassifierShape: Sendable, Hashable {
    /// A layer with an activation.
    package struct Inner: Sendable, Hashable {
        package enum Activation: Sendable, Hashable { case tanh, relu, gelu }

        /// "pre_classifier"
        package let name: String
        package let activation: Activation

        package init(_ name: String, _ activation: Activation) { (self.name, self.activation) = (name, activation) }

        package var weightName: String { name + ".weight" }
        package var biasName: String { name + ".bias" }
    }

    /// "classifier" or "score"
    package let name: String
    package let hasBias: Bool
    /// nil: the rows go into the last layer as they are.
    package let inner: Inner?

    package init(_ name: String, hasBias: Bool, inner: Inner? = nil) {
        (self.name, self.hasBias, self.inner) = (name, hasBias, inner)
    }

    package var weightName: String { name + ".weight" }
    package var biasName: String { name + ".bias" }
}

/// A model's weight files, opened but not read.
package protocol BackboneWeights {
    associatedtype Configuration: BackboneConfiguration

    var configuration: Configuration { get }
    /// The file or files, for people.
    var title: String { get }
    /// Which state of which files this is, with the configuration; nil where one changed while it was opened.
    var identity: String? { get }
    /// What people are to know: "its pooler starts at random".
    var remarks: [String] { get }
    /// What people are to know who give it texts of up to so many tokens; nil: nothing.
    func remark(onTextsOf length: Int) -> String?
    /// Whether some of its matrices are quantised, and can stay so (``WeightStorage/keepsBlocks``).
    var isQuantized: Bool { get }

    /// Checks every tensor that a model is made of by the files' headers, without reading its numbers.
    ///
    /// - Returns: how many numbers they are.
    /// - Throws: `CheckpointError` naming the file and the tensor that is missing, has another shape or is of a type that is not read.
    @discardableResult func check() throws(CheckpointError) -> Int
    /// A tensor of a head that the files have; nil: they have none. Another shape is an error.
    func headTensor(_ name: String, shape: [Int]) throws(CheckpointError) -> FloatTensor?
    /// One of the configuration's ``BackboneConfiguration/tensors(for:)``, as the files have it.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong with the tensor.
    func tensor(_ tensor: ModelTensor) throws(CheckpointError) -> FloatTensor
    /// Gives back the memory of what was read of the files; it is read again where it is wanted.
    func releasePages()
    /// The rows of tokens in the embeddings' table, as the model takes them [tokens, hidden].
    func embeddings(of tokens: [Int32]) throws(CheckpointError) -> [Float]
    /// The frozen layer of a site.
    ///
    /// - Throws: `CheckpointError` also for a model whose layers no method reads.
    func layer(_ site: Site) throws(CheckpointError) -> FrozenLayer
    /// Reads the model.
    ///
    /// - Throws: `CheckpointError` naming the file and the tensor that is missing or has another shape.
    func backbone(_ attachments: Attachments, _ storage: WeightStorage) throws(CheckpointError) -> any Backbone
}

extension BackboneWeights {
    package func layer(_ site: Site) throws(CheckpointError) -> FrozenLayer {
        throw CheckpointError(
            path: title, problem: "an adapter that reads the layers of a \(configuration.modelType) is not available yet")
    }

    package func tensor(_ tensor: ModelTensor) throws(CheckpointError) -> FloatTensor {
        throw CheckpointError(path: title, problem: "training '\(tensor.name)' is not available yet")
    }

    package func releasePages() {}
    package func embeddings(of tokens: [Int32]) throws(CheckpointError) -> [Float] {
        throw CheckpointError(
            path: title, problem: "rows that start as tokens of a \(configuration.modelType) are not available yet")
    }

    package var isQuantized: Bool { false }
    package func remark(onTextsOf length: Int) -> String? { nil }

    /// - Throws: `CheckpointError` where the weights are to stay quantized and are not.
    package func require(_ storage: WeightStorage, of model: String) throws(CheckpointError) {
        guard storage.keepsBlocks, !isQuantized else { return }
        throw CheckpointError(
            path: model,
            problem:
                "its weights are not quantized, and they are to stay so (--precision or base_precision: quantized); give a GGUF file whose "
                + "weights are, or bf16"
        )
    }
}
