import Backbones
import Checkpoints
import Finetuning
import FoundationEssentials
import Layers
import Methods
import Tasks
import Tensors
import TrainerSettings

/// A Hugging Face folder of the whole model, with the adapter as a part of it.
struct MergedFolder: ModelForm {
    let name = "merged"
    /// As the base's files have most of their numbers; of a quantised base float32, which loses nothing.
    let types = ["base", "float32", "bfloat16", "float16"]

    func write(_ trial: TrialModel, type: String?, to draft: String) throws {
        try trial.requireMergeable(as: name)
        let elements = try Self.elements(type ?? types[0], of: trial.source)
        let model = MergedModel(trial)
        var beside = try ModelFolderFiles(of: trial.source, trial.head, on: trial.configuration)
        if model.isUntied { beside.values["tie_word_embeddings"] = .bool(false) }
        let spelled = RotarySpelling.both(beside.values)
        beside.values = spelled
        for key in ["dtype", "torch_dtype"] { beside.values[key] = .string(Self.name(of: elements)) }
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false)
        try ModelFiles(elements).write(model.tensors, to: draft, values: model.values)
        for file in try beside.files + TrainingNotes.files(of: trial.adapter) { try file.write(in: draft) }
        try trial.template?.folderFile.write(in: draft)
        try FolderFile(json: .object(beside.values), as: "config.json", style: .shown).write(in: draft)
    }

    func reload(_ draft: String, _ trial: TrialModel) throws -> (model: TunedModel, tolerance: Tolerance) {
        let weights = try Architectures.weights(of: draft)
        for spec in trial.head.parameters(on: weights.configuration) {
            guard try weights.headTensor(spec.modelName, shape: spec.shape) != nil else {
                throw ConversionError("\(draft): lacks the head's tensor '\(spec.modelName)'")
            }
        }
        try Self.checkType(draft)
        let tolerance = try TensorCheck(MergedModel(trial)).check(draft, as: WeightSources.open(draft))
        let model = try TunedModel(
            modelFolder: draft, method: Untuned(), head: trial.head, seed: 0, storage: WeightStorage(.fp32), use: .computing)
        return (model, tolerance)
    }

    /// Whether the weights are of the type that config.json names: programs load them as it says.
    private static func checkType(_ draft: String) throws {
        let values = try JSONInput.object(file: draft + "/config.json")
        let (told, found) = (values["dtype"]?.text ?? "float32", name(of: try elements("base", of: draft)))
        guard told == found else {
            throw ConversionError("\(draft)/config.json: dtype is \(told), and the weights are \(found)")
        }
    }

    private static func name(of type: SafetensorsFile.ElementType) -> String {
        switch type {
        case .bfloat16: "bfloat16"
        case .float16: "float16"
        default: "float32"
        }
    }

    /// The type of the numbers that the name stands for; of a model's own that of most of its bytes.
    private static func elements(_ name: String, of model: String) throws -> SafetensorsFile.ElementType {
        switch name {
        case "float32": return .float32
        case "bfloat16": return .bfloat16
        case "float16": return .float16
        default: break
        }
        let weights = try WeightSources.open(model)
        var sizes: [String: Int] = [:]
        for name in weights.names {
            guard let entry = try? weights.entry(name) else { continue }
            sizes[entry.isQuantized ? "F32" : entry.typeName, default: 0] += entry.byteCount
        }
        let most = sizes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        return most.flatMap(SafetensorsFile.ElementType.init(rawValue:)).flatMap {
            [.float16, .bfloat16].contains($0) ? $0 : nil
        }
            ?? .float32
    }
}
