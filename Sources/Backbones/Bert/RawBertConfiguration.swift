/// An encoder's config.json.
// Named as the file names them, so that a decoding error names the key.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct RawBertConfiguration: Decodable {
    var model_type: String?
    var architectures: [String]?
    var hidden_size: Int?
    var num_hidden_layers: Int?
    var num_attention_heads: Int?
    var intermediate_size: Int?
    var dim: Int?
    var n_layers: Int?
    var n_heads: Int?
    var hidden_dim: Int?
    var activation: String?
    var vocab_size: Int?
    var type_vocab_size: Int?
    var embedding_size: Int?
    var max_position_embeddings: Int?
    var pad_token_id: Int?
    var layer_norm_eps: Float?
    var initializer_range: Double?
    var position_embedding_type: String?
    var hidden_act: String?
    var is_decoder: Bool?

    var family: BertFamily? {
        if let model_type { return BertFamily.all.first { $0.modelType == model_type } }
        return BertFamily.all.first { architectures?.first?.hasPrefix($0.classPrefix) ?? false }
    }

    typealias Entry = (name: String, value: Int?)

    /// The sizes, each with the key that it is missed under.
    func sizes(
        _ keys: BertFamily.Keys
    ) -> (hidden: Entry, layers: Entry, heads: Entry, intermediate: Entry, activation: (name: String, value: String?)) {
        switch keys {
        case .bert:
            (
                ("hidden_size", hidden_size), ("num_hidden_layers", num_hidden_layers),
                ("num_attention_heads", num_attention_heads), ("intermediate_size", intermediate_size),
                ("hidden_act", hidden_act)
            )
        case .distilled:
            (
                ("dim", dim ?? hidden_size), ("n_layers", n_layers ?? num_hidden_layers),
                ("n_heads", n_heads ?? num_attention_heads), ("hidden_dim", hidden_dim), ("activation", activation)
            )
        }
    }
}
