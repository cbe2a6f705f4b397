package import Checkpoints
import TrainerSettings

/// The architectures that there are. A new one is a folder beside Bert, and its line here.
package enum Architectures {
    package static let all: [any BackboneConfiguration.Type] = [
        BertConfiguration.self
    ]

    /// Reads and checks `config.json` in the folder.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong in it.
    package static func configuration(of folder: String) throws(CheckpointError) -> any BackboneConfiguration {
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
            throw CheckpointError(path: path, problem: "unsupported architecture '\(type)' (supported: \(supported))")
        }
        return try architecture.init(file: path)
    }

    /// Opens the weights of the model in the folder.
    ///
    /// - Throws: `CheckpointError` for a folder without config.json or safetensors, or with damaged ones.
    package static func weights(of folder: String) throws(CheckpointError) -> any BackboneWeights {
        try open(configuration(of: folder), folder)
    }

    private static func open(_ configuration: some BackboneConfiguration, _ folder: String) throws(CheckpointError)
        -> any BackboneWeights
    {
        try configuration.weights(in: folder)
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
