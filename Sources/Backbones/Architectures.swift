package import Checkpoints
import TrainerSettings

/// The architectures that there are. A new one is a folder beside Bert, and its line here.
package enum Architectures {
    package static let all: [any BackboneConfiguration.Type] = [
        BertConfiguration.self, DecoderConfiguration.self,
    ]

    /// Reads and checks a model's `config.json`, or the metadata of its GGUF file.
    ///
    /// - Parameter model: a Hugging Face model folder, a .gguf file, or a folder with one such file.
    /// - Throws: `CheckpointError` naming the file and what is wrong in it.
    package static func configuration(of model: String) throws(CheckpointError) -> any BackboneConfiguration {
        switch try ModelPlace(model) {
        case .folder(let folder): try configuration(ofFolder: folder)
        case .gguf(let path): try configuration(GGUFFile(path: path).metadata)
        }
    }

    private static func configuration(_ metadata: GGUFMetadata) throws(CheckpointError) -> any BackboneConfiguration {
        let name = try metadata.architecture()
        guard let architecture = all.first(where: { $0.ggufArchitectures.contains(name) }) else {
            let supported = all.flatMap { $0.ggufArchitectures }.joined(separator: ", ")
            throw metadata.failure(
                "general.architecture",
                "unsupported architecture '\(name)' (supported in GGUF files: \(supported.isEmpty ? "none" : supported))")
        }
        return try architecture.init(metadata)
    }

    private static func configuration(
        ofFolder folder: String
    ) throws(CheckpointError) -> any BackboneConfiguration {
        try ModelFolderCheck.check(folder)
        let path = folder + "/config.json"
        let kind: Kind
        do throws(JSONInputError) {
            kind = try JSONInput.read(Kind.self, file: path)
        } catch {
            let hint = error.isMissing ? "; a Hugging Face model folder has a config.json" : ""
            throw CheckpointError(path: error.place, problem: error.problem + hint)
        }
        guard let architecture = all.first(where: kind.isOf) else {
            let type = kind.model_type ?? kind.architectures?.first ?? "none named"
            let supported = all.flatMap { $0.modelTypes }.joined(separator: ", ")
            let hint =
                type == "gemma3"
                ? "; of a model that also sees, save the text model by itself: transformers' Gemma3ForCausalLM.from_pretrained, save_pretrained"
                : ""
            throw CheckpointError(path: path, problem: "unsupported architecture '\(type)' (supported: \(supported))\(hint)")
        }
        return try architecture.init(file: path)
    }

    /// Opens a model's weights.
    ///
    /// - Parameter model: a Hugging Face model folder, a .gguf file, or a folder with one such file.
    /// - Throws: `CheckpointError` for a folder without config.json or safetensors, or for damaged files.
    package static func weights(of model: String) throws(CheckpointError) -> any BackboneWeights {
        try open(configuration(of: model), model)
    }

    private static func open(_ configuration: some BackboneConfiguration, _ model: String) throws(CheckpointError)
        -> any BackboneWeights
    {
        try configuration.weights(in: model)
    }
}

// Named as the file names them, so that a decoding error names the key.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct Kind: Decodable {
    var model_type: String?
    var architectures: [String]?

    func isOf(_ architecture: any BackboneConfiguration.Type) -> Bool {
        if let model_type { return architecture.modelTypes.contains(model_type) }
        guard let name = architectures?.first else { return false }
        return architecture.classPrefixes.contains { name.hasPrefix($0) }
    }
}
