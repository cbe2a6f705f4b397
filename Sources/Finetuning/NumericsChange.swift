import Backbones
import Layers
import Methods
import Tasks
import Tensors

/// Where an earlier version computed other numbers: what has begun with those does not go on with these. A checkpoint has the names of the
/// changes that concern its trial; one from before has none.
struct NumericsChange: Sendable {
    let name: String
    /// What the earlier version did, for people.
    let earlier: String
    let concerns: @Sendable (TunedModel, TaskData) -> Bool

    /// A new one is a line here.
    static let all = [
        NumericsChange(name: "padding-row", earlier: "gave the embeddings' row of padding a gradient") { model, data in
            guard let padding = model.configuration.paddingToken else { return false }
            return trainsEmbeddings(model) && data.training.tokens.contains(Int32(truncatingIfNeeded: padding))
        },
        NumericsChange(name: "bf16-embeddings", earlier: "did not round the embeddings' scale to bf16") { model, _ in
            let scale = model.configuration.embeddingScale
            return model.backbone.storage.precision.rounded(scale) != scale
        },
        NumericsChange(name: "pooled-row", earlier: "pooled a token of padding that ends a text") { model, data in
            guard model.head.rows == .pooled, model.method.virtualTokenCount == 0, model.configuration.poolsLastToken,
                let padding = model.configuration.paddingToken
            else { return false }
            return [data.training, data.validation].contains { examples in
                zip(examples.offsets, examples.offsets.dropFirst()).contains {
                    $0 < $1 && Int(examples.tokens[$1 - 1]) == padding
                }
            }
        },
    ]

    /// Whether a table of tokens' rows is trained.
    private static func trainsEmbeddings(_ model: TunedModel) -> Bool {
        model.parameters.entries.contains { $0.spec.owner == .base && $0.shape.first == model.configuration.vocabularySize }
    }
}
