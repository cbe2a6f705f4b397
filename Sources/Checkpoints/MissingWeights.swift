import FoundationEssentials
import TrainerSettings

/// A model folder without safetensors: what it has instead, and what to do about that.
struct MissingWeights {
    private let folder: String
    private let names: [String]

    init(in folder: String) {
        self.folder = folder
        names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    var error: CheckpointError {
        CheckpointError(
            path: folder, problem: "has no model.safetensors, nor model.safetensors.index.json with shards" + instead)
    }

    private var instead: String {
        if let name = first([".bin", ".pt", ".pth", ".ckpt"]) {
            return """
                , but \(name); to convert it: python3 -c "import sys; from transformers import AutoModel; \
                AutoModel.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[1])" \(folder.shellWord)
                """
        }
        if let name = first([".safetensors"]) { return ", but \(name); if that is the whole model, name it model.safetensors" }
        if let name = first([".gguf"]) { return ", but \(name); to use that, give the file itself as 'model'" }
        if let name = first([".h5", ".msgpack", ".onnx", ".ot"]) {
            return ", but \(name), which is not read; download the model's model.safetensors"
        }
        return ""
    }

    private func first(_ endings: [String]) -> String? {
        names.first { name in endings.contains(where: name.hasSuffix) && !["training_args.bin", "optimizer.pt"].contains(name) }
    }
}
