import Backbones
import Checkpoints
import SearchSpaces
import Tensors

/// Any GGUF file: every value of its metadata is read, and every tensor to its last number.
struct GGUFFormat: Format {
    static let name = "gguf"

    private let path: String
    private let image: GGUFImage

    init(folder: String) throws {
        path = folder + "/x.gguf"
        image = try GGUFImage(Files.read(Files.tests + "/CheckpointsTests/Fixtures/tiny-llama.gguf"))
    }

    var file: String? { path }

    func input(using random: inout SeededGenerator) -> [UInt8] { image.mutated(using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: path)
        let metadata = try GGUFFile(path: path).metadata
        for key in metadata.keys {
            _ = (try? metadata.string(key), try? metadata.integer(key), try? metadata.number(key), try? metadata.flag(key))
            _ = (try? metadata.texts(key), try? metadata.integers(key), try? metadata.numbers(key))
        }
        let weights = try GGUFWeights(path: path)
        for name in weights.names {
            let tensor = try weights.tensor(name, shape: weights.entry(name).shape)
            withExtendedLifetime(tensor) { _ = tensor.values.reduce(0, +) }
        }
    }
}

/// A model in a GGUF file, with an adapter and two texts, expanded and as it is.
struct GGUFModelFormat: Format {
    static let name = "gguf-model"

    private let path: String
    private let image: GGUFImage

    init(folder: String) throws {
        path = folder + "/model.gguf"
        image = try GGUFImage(Files.read(Files.tests + "/BackbonesTests/Fixtures/tiny-llama.gguf"))
    }

    var file: String? { path }

    func input(using random: inout SeededGenerator) -> [UInt8] { image.mutated(using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: path)
        let weights = try Architectures.weights(of: path)
        try weights.check()
        let configuration: any BackboneConfiguration = weights.configuration
        guard configuration.positionCount >= TinyModel.longest else { return }
        for keepsBlocks in [false, true] where !keepsBlocks || weights.isQuantized {
            try TinyModel.use(path, initAdapter: nil, storage: WeightStorage(keepsBlocks: keepsBlocks))
        }
    }
}
