import Checkpoints
import Foundation

@testable import Backbones

/// The tiny random BERT of Fixtures, and changed copies of it.
enum ModelFolder {
    static let tiny = URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/tiny-bert"

    /// A copy with some of config.json's values replaced or taken out and its tensors changed.
    @discardableResult static func withChanged<Result>(
        config changes: [String: any Sendable] = [:], without removed: [String] = [],
        tensors change: ([SafetensorsWriter.Tensor]) -> [SafetensorsWriter.Tensor] = { $0 },
        _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "models-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let data = try Data(contentsOf: URL(filePath: tiny + "/config.json"))
        var config = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        for (key, value) in changes { config[key] = value }
        for key in removed { config[key] = nil }
        try JSONSerialization.data(withJSONObject: config).write(to: URL(filePath: folder + "/config.json"))
        let file = try SafetensorsFile(path: tiny + "/model.safetensors")
        let tensors = try file.entries.map { name, entry in
            let tensor = try file.tensor(name)
            return SafetensorsWriter.Tensor(
                name: name, shape: entry.shape, values: withExtendedLifetime(tensor) { Array(tensor.values) })
        }
        try SafetensorsWriter.write(change(tensors), to: folder + "/model.safetensors")
        return try body(folder)
    }
}

extension BertConfiguration {
    init(modelFolder: String) throws(CheckpointError) {
        let found = try Architectures.configuration(of: modelFolder)
        guard let bert = found as? BertConfiguration else {
            throw CheckpointError(path: modelFolder, problem: "is no BERT")
        }
        self = bert
    }
}

extension BertWeights {
    init(modelFolder: String) throws(CheckpointError) {
        try self.init(BertConfiguration(modelFolder: modelFolder), in: modelFolder)
    }
}
