import Backbones
import Finetuning
import FoundationEssentials
import Methods
import SearchSpaces
import Tasks
import TrainerSettings

/// A trial's config.json, or the bare settings, as `autolora train` takes it.
struct TrialConfigurationFormat: Format {
    static let name = "trial-config"

    private let folder: String
    private let path: String
    private let trees: [JSONTree]
    private let words: [[UInt8]]

    init(folder: String) throws {
        self.folder = folder
        path = folder + "/trial.json"
        try Files.addTinyModel(to: folder)
        let settings = """
            {"type": "lora", "task": "sequence-classification", "model": "\(folder)", "train": "train.jsonl",
            "validation": "train.jsonl", "test": "train.jsonl", "max_steps": 2, "eval_steps": 1, "batch_size": 8,
            "max_length": 12, "learning_rate": 1e-3, "r": 4, "lora_alpha": 8.0, "lora_dropout": 0.1,
            "target_modules": "bert\\\\.encoder\\\\.layer\\\\.[0-2]\\\\..*(query|value)", "layers_to_transform": [0, 2],
            "warmup_ratio": 0.1, "lr_scheduler_type": "cosine", "threads": 1, "precision": "fp32", "prefix_cache": "off",
            "num_train_epochs": null, "seed": 3, "shuffle": true, "drop_last": false, "weight_decay": 0.01}
            """
        let whole = """
            {"study": "s", "trial": 1, "seed": 7, "metric": {"name": "eval_loss", "goal": "minimize"},
            "parameters": {"r": 4}, "trainer": \(settings)}
            """
        trees = try [settings, whole].map { try JSONTree(seed: $0) }
        words =
            trees.flatMap(\.words)
            + TrainerSettings.knownNames.map { JSONTree.quoted($0) }
            + [
                "all-linear", "last-2", "last-99", "(a+)+b", "(?<=x)", "[[:alpha:]&&", "\\\\p{", "*", "(?i", "a{2,1}", "bf16",
                "512MiB",
            ]
            .map { JSONTree.quoted($0) }
    }

    var file: String? { path }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        random.pick(trees).mutatedText(words: words, using: &random)
    }

    /// Reads it, and finds out where the adapters would go.
    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: path)
        let settings = try TrialConfiguration(file: path).settings
        let again = try TrainerSettings(values: settings.values)
        precondition(again == settings, "settings change when they are written and read")
        let model = try Architectures.configuration(of: folder)
        _ = try? AdapterSize(
            of: TuningMethods.method(settings), ClassificationHead(labels: TinyModel.labels), on: model)
    }
}

/// A checkpoint's file, from which a training run goes on.
struct CheckpointFormat: Format {
    static let name = "checkpoint"

    private let folder: String
    private let settings: TrainerSettings
    private let sealed: SafetensorsImage
    /// As the first version wrote it: without a checksum, so that what comes after the look at that is read too.
    private let image: SafetensorsImage
    private let state: JSONTree

    init(folder: String) throws {
        self.folder = folder
        try Files.addTinyModel(to: folder)
        settings = try TrainerSettings(values: TinyModel.settings(folder))
        let job = TrainingJob(settings: settings, outputFolder: folder + "/first", stopAfter: 1)
        _ = try TrainingRun(job).run(report: { _ in })
        sealed = try SafetensorsImage(Files.read(job.checkpointFolder + "/state.safetensors"))
        guard case .object(var fields) = sealed.header,
            let place = fields.firstIndex(where: { $0.key == JSONTree.quoted("__metadata__") }),
            case .object(var metadata) = fields[place].value,
            case .scalar(let text)? = metadata.first(where: { $0.key == JSONTree.quoted("state") })?.value
        else { throw CocoaError(.fileReadCorruptFile) }
        metadata.removeAll { [JSONTree.quoted("checksum"), JSONTree.quoted("format")].contains($0.key) }
        metadata.append(
            .init(key: JSONTree.quoted("format"), value: .scalar(JSONTree.quoted("autolora-training-state-1"))))
        fields[place].value = .object(metadata)
        image = SafetensorsImage(header: .object(fields), data: sealed.data)
        let json = try JSONDecoder().decode(String.self, from: Data(text))
        state = try JSONTree(seed: json)
    }

    var file: String? { folder + "/again/state.safetensors" }

    /// Mostly changes of the state, which is JSON inside a text of the header's JSON.
    func input(using random: inout SeededGenerator) -> [UInt8] {
        if random.oneIn(10) { return sealed.mutated(words: sealed.header.words, using: &random) }
        guard random.below(4) > 0, case .object(var fields) = image.header else {
            return image.mutated(words: image.header.words, using: &random)
        }
        let text = String(decoding: state.mutatedText(words: state.words, using: &random), as: UTF8.self)
        for index in fields.indices {
            guard case .object(var metadata) = fields[index].value else { continue }
            for inner in metadata.indices where metadata[inner].key == JSONTree.quoted("state") {
                metadata[inner].value = .scalar(JSONTree.quoted(text))
                fields[index].value = .object(metadata)
            }
        }
        let bytes = JSONTree.object(fields).bytes
        var file = [UInt8](repeating: 0, count: 8) + bytes + image.data
        file.setWord(UInt64(bytes.count), at: 0)
        return file
    }

    /// Goes on from it for a few steps, reports and a checkpoint included.
    func read(_ input: [UInt8]) throws {
        let again = folder + "/again"
        try FileManager.default.createDirectory(atPath: again, withIntermediateDirectories: true)
        try Files.write(input, to: again + "/state.safetensors")
        let job = TrainingJob(settings: settings, outputFolder: folder + "/out", resumeFrom: again, reportsOnRecord: 0)
        var steps = 0
        _ = try TrainingRun(job).run(report: { _ in }, progress: { _ in steps += 1 }, isInterrupted: { steps > 2 })
    }
}
