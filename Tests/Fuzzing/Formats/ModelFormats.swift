import Backbones
import Checkpoints
import Finetuning
import FoundationEssentials
import Methods
import SearchSpaces
import Tasks
import TrainerSettings

/// config.json of a model folder whose other files are whole.
struct ModelConfigurationFormat: Format {
    static let name = "config"

    private let folder: String
    private let tree: JSONTree

    init(folder: String) throws {
        self.folder = folder
        try Files.addTinyModel(to: folder)
        tree = try JSONTree(seed: String(decoding: Files.read(folder + "/config.json"), as: UTF8.self))
    }

    var file: String? { folder }

    func input(using random: inout SeededGenerator) -> [UInt8] { tree.mutatedText(words: tree.words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/config.json")
        let configuration = try Architectures.configuration(of: folder)
        _ = try AdapterSize(
            of: LoRAConfiguration(targets: .allLinear), ClassificationHead(labels: TinyModel.labels), on: configuration)
        try TinyModel.use(folder, initAdapter: nil)
    }
}

/// config.json of a RoBERTa's folder, whose weights are whole, with the keys of all encoders.
struct EncoderConfigurationFormat: Format {
    static let name = "encoder-config"

    private let folder: String
    private let tree: JSONTree

    init(folder: String) throws {
        self.folder = folder
        let source = Files.tests + "/BackbonesTests/Fixtures/tiny-encoders/roberta/"
        try Files.write(Files.read(source + "model.safetensors"), to: folder + "/model.safetensors")
        tree = try JSONTree(
            seed: """
                {"architectures":["RobertaForMaskedLM"],"model_type":"roberta","hidden_size":16,"num_hidden_layers":3,
                "num_attention_heads":4,"intermediate_size":24,"vocab_size":40,"max_position_embeddings":18,"pad_token_id":1,
                "type_vocab_size":1,"layer_norm_eps":1e-05,"hidden_act":"gelu","initializer_range":0.02,"dim":16,"n_layers":3,
                "n_heads":4,"hidden_dim":24,"activation":"gelu","embedding_size":16,"is_decoder":false,
                "position_embedding_type":"absolute","dtype":"float32"}
                """)
    }

    var file: String? { folder }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        let words = ["bert", "xlm-roberta", "distilbert", "electra", "gelu_new"]
        return tree.mutatedText(words: tree.words + words.map { Array("\"\($0)\"".utf8) }, using: &random)
    }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/config.json")
        let configuration = try Architectures.configuration(of: folder)
        _ = try AdapterSize(
            of: LoRAConfiguration(targets: .allLinear), ClassificationHead(labels: TinyModel.labels), on: configuration)
        guard configuration.positionCount >= TinyModel.longest else { return }
        try TinyModel.use(folder, initAdapter: nil)
    }
}

/// config.json of a decoder's folder, with all that rotary positions can be, whose weights are whole.
struct DecoderConfigurationFormat: Format {
    static let name = "decoder-config"

    private let folder: String
    private let tree: JSONTree

    init(folder: String) throws {
        self.folder = folder
        let source = Files.tests + "/BackbonesTests/Fixtures/tiny-decoders/llama/"
        try Files.write(Files.read(source + "model.safetensors"), to: folder + "/model.safetensors")
        tree = try JSONTree(
            seed: """
                {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":32,"intermediate_size":40,"head_dim":8,
                "num_attention_heads":4,"num_key_value_heads":2,"num_hidden_layers":3,"max_position_embeddings":64,"vocab_size":48,
                "rms_norm_eps":1e-05,"hidden_act":"silu","attention_bias":false,"mlp_bias":false,"tie_word_embeddings":false,
                "eos_token_id":[2,5],"initializer_range":0.02,"sliding_window":null,"layer_types":["full_attention","full_attention",
                "full_attention"],"no_rope_layers":[1,1,1],"rope_theta":10000.0,"rope_parameters":{"rope_theta":10000.0,
                "rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":32}}
                """)
    }

    var file: String? { folder }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        let words = [
            "yarn", "linear", "dynamic", "longrope", "default", "mistral", "qwen2", "qwen3", "smollm3", "sliding_attention",
            "gemma2", "gemma3_text",
            "phi3",
        ]
        return tree.mutatedText(words: tree.words + words.map { Array("\"\($0)\"".utf8) }, using: &random)
    }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/config.json")
        let configuration = try Architectures.configuration(of: folder)
        _ = try AdapterSize(of: LoRAConfiguration(), ClassificationHead(labels: TinyModel.labels), on: configuration)
        guard configuration.positionCount >= TinyModel.longest else { return }
        try TinyModel.use(folder, initAdapter: nil)
    }
}

/// model.safetensors of a model folder whose other files are whole.
struct ModelWeightsFormat: Format {
    static let name = "weights"

    private let folder: String
    private let image: SafetensorsImage

    init(folder: String) throws {
        self.folder = folder
        try Files.addTinyModel(to: folder)
        image = try SafetensorsImage(Files.read(folder + "/model.safetensors"))
    }

    var file: String? { folder + "/model.safetensors" }

    func input(using random: inout SeededGenerator) -> [UInt8] { image.mutated(words: image.header.words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/model.safetensors")
        try TinyModel.use(folder, initAdapter: nil)
    }
}

/// model.safetensors.index.json beside the shards that it names.
struct ShardsFormat: Format {
    static let name = "shards"

    private let folder: String
    private let tree: JSONTree

    init(folder: String) throws {
        self.folder = folder
        try Files.addTinyModel(to: folder)
        let whole = try Files.read(folder + "/model.safetensors")
        let names = try SafetensorsFile(path: folder + "/model.safetensors").entries.keys.sorted()
        for shard in ["1.safetensors", "2.safetensors"] { try Files.write(whole, to: folder + "/" + shard) }
        try FileManager.default.removeItem(atPath: folder + "/model.safetensors")
        let map = names.enumerated().map { #""\#($0.element)":"\#($0.offset % 2 + 1).safetensors""# }.joined(separator: ",")
        tree = try JSONTree(seed: #"{"metadata":{"total_size":1},"weight_map":{\#(map)}}"#)
    }

    var file: String? { folder }

    func input(using random: inout SeededGenerator) -> [UInt8] { tree.mutatedText(words: tree.words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: folder + "/model.safetensors.index.json")
        try TinyModel.use(folder, initAdapter: nil)
    }
}

extension JSONTree {
    /// The tree's text after some changes of it and, more seldom, of the text.
    func mutatedText(words: [[UInt8]], using random: inout SeededGenerator) -> [UInt8] {
        var tree = self
        for _ in 0..<(1 + random.below(1 + random.below(4))) { tree.mutate(words: words, using: &random) }
        var text = tree.bytes
        if random.oneIn(6) { text.mutateBytes(using: &random) }
        return text
    }
}
