import Finetuning
import FoundationEssentials
import Methods
import SearchSpaces
import TrainerSettings

/// An adapter of the tiny model as training leaves it.
private struct TrainedAdapter {
    let folder: String
    var adapter: String { folder + "/first/adapter" }

    init(folder: String) throws {
        self.folder = folder
        try Files.addTinyModel(to: folder)
        let settings = try TrainerSettings(values: TinyModel.settings(folder))
        _ = try TrainingRun(TrainingJob(settings: settings, outputFolder: folder + "/first", stopAfter: 1)).run(report: { _ in }
        )
    }

    func use() throws { try TinyModel.use(folder, initAdapter: adapter) }
}

/// adapter_config.json beside tensors that are whole.
struct AdapterConfigurationFormat: Format {
    static let name = "adapter-config"

    private let trained: TrainedAdapter
    private let tree: JSONTree

    init(folder: String) throws {
        trained = try TrainedAdapter(folder: folder)
        tree = try JSONTree(seed: String(decoding: Files.read(trained.adapter + "/adapter_config.json"), as: UTF8.self))
    }

    var file: String? { trained.adapter }

    func input(using random: inout SeededGenerator) -> [UInt8] { tree.mutatedText(words: tree.words, using: &random) }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: trained.adapter + "/adapter_config.json")
        try trained.use()
    }
}

/// adapter_model.safetensors beside a configuration that is whole.
struct AdapterTensorsFormat: Format {
    static let name = "adapter-tensors"

    private let trained: TrainedAdapter
    private let image: SafetensorsImage
    /// As PEFT writes it: with a seal every change of a value is found at once.
    private let unsealed: SafetensorsImage

    init(folder: String) throws {
        trained = try TrainedAdapter(folder: folder)
        image = try SafetensorsImage(Files.read(trained.adapter + "/adapter_model.safetensors"))
        let header = String(decoding: image.header.bytes, as: UTF8.self)
        let seal = #/"autolora_checksum": *"[^"]*",?/#
        unsealed = SafetensorsImage(header: try JSONTree(seed: header.replacing(seal, with: "")), data: image.data)
    }

    var file: String? { trained.adapter + "/adapter_model.safetensors" }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        (random.oneIn(4) ? image : unsealed).mutated(words: image.header.words, using: &random)
    }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: trained.adapter + "/adapter_model.safetensors")
        try trained.use()
    }
}
