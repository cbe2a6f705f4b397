/// What the encoders that are one BERT differ in: what their parts are called, what is looked up, and what makes the pooled row.
///
/// A new one is a value here and its place in ``all``.
struct BertFamily: Sendable, Hashable {
    /// Under which keys config.json has the sizes.
    enum Keys: Sendable, Hashable {
        /// `hidden_size`, `num_hidden_layers`, ...
        case bert
        /// `dim`, `n_layers`, ...; transformers takes the others for them too.
        case distilled
    }

    var modelType: String
    /// How the names of its classes begin.
    var classPrefix: String
    /// Before all names of the encoder, in Hugging Face's classifiers and in their files.
    var prefix: String
    var names = BertLayerNames()
    var keys = Keys.bert
    /// Whether a row of the token's type is added to its embedding.
    var hasTypes = true
    /// Whether positions are counted from the token of padding on, which stands at its own number's row itself.
    var countsFromPadding = false
    /// Whether embeddings may have a width of their own (`embedding_size`), which is refused where it is another.
    var namesEmbeddingSize = false
    /// Whether the pooled row goes through the model's own pooler; without one it is the last layer's, and the head has the layer.
    var hasPooler = false
    /// `layer_norm_eps` is read; else every norm has 1e-12.
    var readsNormEpsilon = true
    /// What its sequence classifier is called.
    var classifier: ClassifierShape
    /// PEFT's; [] where it has none.
    var defaultTargets = ["query", "value"]
    var scalingTargets: [String] = []
}

extension BertFamily: CustomStringConvertible {
    static let all = [bert, roberta, xlmRoberta, distilBert, electra]

    static let bert = BertFamily(
        modelType: "bert", classPrefix: "Bert", prefix: "bert.", hasPooler: true,
        classifier: ClassifierShape("classifier", hasBias: true), scalingTargets: ["key", "value", "output.dense"])

    static let roberta = BertFamily(
        modelType: "roberta", classPrefix: "Roberta", prefix: "roberta.", countsFromPadding: true,
        classifier: ClassifierShape("classifier.out_proj", hasBias: true, inner: .init("classifier.dense", .tanh)),
        scalingTargets: bert.scalingTargets)

    static let xlmRoberta: BertFamily = {
        var family = roberta
        family.modelType = "xlm-roberta"
        family.classPrefix = "XLMRoberta"
        family.scalingTargets = []
        return family
    }()

    static let distilBert = BertFamily(
        modelType: "distilbert", classPrefix: "DistilBert", prefix: "distilbert.", names: .distilled, keys: .distilled,
        hasTypes: false, readsNormEpsilon: false,
        classifier: ClassifierShape("classifier", hasBias: true, inner: .init("pre_classifier", .relu)), defaultTargets: [])

    static let electra = BertFamily(
        modelType: "electra", classPrefix: "Electra", prefix: "electra.", namesEmbeddingSize: true,
        classifier: ClassifierShape("classifier.out_proj", hasBias: true, inner: .init("classifier.dense", .gelu)))

    var description: String { modelType }
}

/// What the parts of a layer are called.
struct BertLayerNames: Sendable, Hashable {
    /// Before the layer's number.
    var path = "encoder.layer."
    var query = "attention.self.query"
    var key = "attention.self.key"
    var value = "attention.self.value"
    var attentionOutput = "attention.output.dense"
    var intermediate = "intermediate.dense"
    var output = "output.dense"
    var attentionNorm = "attention.output.LayerNorm"
    var outputNorm = "output.LayerNorm"

    static let distilled = BertLayerNames(
        path: "transformer.layer.", query: "attention.q_lin", key: "attention.k_lin", value: "attention.v_lin",
        attentionOutput: "attention.out_lin", intermediate: "ffn.lin1", output: "ffn.lin2", attentionNorm: "sa_layer_norm",
        outputNorm: "output_layer_norm")

    /// Of a linear layer; the pooler is in no layer.
    subscript(role: BertRole) -> String {
        switch role {
        case .query: query
        case .key: key
        case .value: value
        case .attentionOutput: attentionOutput
        case .intermediate: intermediate
        case .output: output
        case .pooler: "pooler.dense"
        }
    }
}
