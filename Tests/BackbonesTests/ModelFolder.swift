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

extension ModelFolder {
    /// The same tensors in another type: F16 and BF16 cut off, F64 exact.
    static func write(_ file: SafetensorsFile, as type: String, to path: String) throws {
        var (header, body): ([String: Any], Data) = ([:], Data())
        for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) {
            let (tensor, start) = (try file.tensor(name), body.count)
            withExtendedLifetime(tensor) {
                for value in tensor.values {
                    switch type {
                    case "F64": withUnsafeBytes(of: Double(value).bitPattern.littleEndian) { body.append(contentsOf: $0) }
                    case "BF16":
                        withUnsafeBytes(of: UInt16(value.bitPattern >> 16).littleEndian) { body.append(contentsOf: $0) }
                    default: withUnsafeBytes(of: Self.half(value).littleEndian) { body.append(contentsOf: $0) }
                    }
                }
            }
            header[name] = ["dtype": type, "shape": entry.shape, "data_offsets": [start, body.count]]
        }
        var json = try JSONSerialization.data(withJSONObject: header)
        json.append(contentsOf: [UInt8](repeating: 32, count: (8 - json.count % 8) % 8))
        try (withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json + body).write(to: URL(filePath: path))
    }

    /// Of a number that a half holds without its exponent's ends; what is too small is zero.
    private static func half(_ value: Float) -> UInt16 {
        let (bits, exponent) = (value.bitPattern, Int(value.bitPattern >> 23 & 0xff) - 112)
        guard exponent > 0 else { return UInt16(bits >> 16 & 0x8000) }
        return UInt16(bits >> 16 & 0x8000) | UInt16(exponent << 10) | UInt16(bits >> 13 & 0x3ff)
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
