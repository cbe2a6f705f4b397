import Checkpoints
import FoundationEssentials
import Glibc
import TrainerSettings

/// A folder in PEFT's format: adapter_config.json, adapter_model.safetensors, labels.json with the labels' names, and a README.md
/// that tells how it is loaded with them.
package struct AdapterFolder: Sendable, Hashable {
    package let path: String

    package init(_ path: String) { self.path = path }

    package var configurationFile: String { path + "/adapter_config.json" }
    package var tensorFile: String { path + "/adapter_model.safetensors" }
    /// Beside PEFT's files, since PEFT warns of keys that it does not know.
    package var labelFile: String { path + "/labels.json" }

    package var readmeFile: String { path + "/README.md" }

    /// Of the tensors' file, as PEFT writes it; ours bears its seal besides.
    static let metadata = ["format": "pt"]

    /// Writes all files, each atomically, and a folder that is not there yet with all of them at once.
    func write(_ parameters: TrainableParameters, configuration: [String: SettingValue], labels: [String]) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            return try writeFiles(parameters, configuration: configuration, labels: labels)
        }
        let draft = AdapterFolder(path + ".draft")
        do {
            try? FileManager.default.removeItem(atPath: draft.path)
            try FileManager.default.createDirectory(atPath: draft.path, withIntermediateDirectories: true)
        } catch {
            throw CheckpointError(path: path, problem: "the folder cannot be made")
        }
        do {
            try draft.writeFiles(parameters, configuration: configuration, labels: labels)
        } catch {
            try? FileManager.default.removeItem(atPath: draft.path)
            throw error
        }
        guard rename(draft.path, path) == 0 else {
            throw CheckpointError(path: path, problem: "cannot be made: \(String(cString: strerror(errno)))")
        }
        AtomicFile.syncFolder(of: path)
    }

    private func writeFiles(_ parameters: TrainableParameters, configuration: [String: SettingValue], labels: [String]) throws {
        AtomicFile.removeAbandoned(in: path)
        let tensors = parameters.entries.map {
            SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, values: Array(parameters.values[$0.range]))
        }
        try SafetensorsWriter.write(tensors, metadata: TensorSeal.seal(Self.metadata, of: tensors), to: tensorFile)
        try writeJSON(.object(configuration), to: configurationFile)
        try writeJSON(Self.labelTable(labels), to: labelFile)
        try AtomicFile.write([Data(Self.readme(labels).utf8)], to: readmeFile, durable: false)
    }

    private func writeJSON(_ value: SettingValue, to file: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write([try encoder.encode(value), Data("\n".utf8)], to: file)
    }
}

extension AdapterFolder {
    /// Fills the parameters from the folder's tensors; the head's rows by the labels' names, where the folder has them.
    ///
    /// - Parameter labels: in the order that their classes shall have.
    /// - Throws: `CheckpointError` naming the file and what does not fit the configuration: nothing is ever left at random.
    func read(into parameters: TrainableParameters, lora: LoRAConfiguration, labels: [String]) throws {
        let classes = try self.classes(of: labels)
        let file = try file(with: parameters.entries.map { ($0.name, $0.shape) }, lora)
        for entry in parameters.entries {
            let tensor = try file.tensor(entry.name, shape: entry.shape)
            guard let classes, AdapterLayout.isHead(entry.name) else {
                for (target, value) in zip(entry.range, tensor.values) { parameters.values[target] = value }
                continue
            }
            let width = entry.range.count / labels.count
            for (row, own) in classes.enumerated() {
                for column in 0..<width {
                    parameters.values[entry.range.lowerBound + row * width + column] = tensor.values[own * width + column]
                }
            }
        }
    }

    /// The tensors' file of an adapter whose files are whole, which has each of these tensors and no other module's.
    ///
    /// - Throws: `CheckpointError` naming the file and what does not fit the configuration.
    func file(with shapes: [(name: String, shape: [Int])], _ lora: LoRAConfiguration) throws -> SafetensorsFile {
        try check(lora)
        let file = try SafetensorsFile(path: tensorFile)
        for (name, shape) in shapes { try file.floats(name, shape: shape) }
        let known = Set(shapes.map(\.name))
        if let name = file.entries.keys.filter({ $0.contains(".lora_") && !known.contains($0) }).min() {
            throw CheckpointError(path: tensorFile, problem: "'\(name)' is of a module that the configuration does not adapt")
        }
        try verifyFiles(isOurs: false)
        return file
    }

    private func check(_ lora: LoRAConfiguration) throws {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: configurationFile, problem: problem) }
        let values: [String: SettingValue]
        do throws(JSONInputError) {
            values = try JSONInput.object(file: configurationFile)
        } catch {
            let hint = error.isMissing ? "; an adapter's folder has an adapter_config.json" : ""
            throw CheckpointError(path: error.place, problem: error.problem + hint)
        }
        guard values["peft_type"]?.text == "LORA" else { throw fail("peft_type is not LORA") }
        guard values["r"]?.integer == lora.rank else {
            throw fail("r is \(values["r"] ?? .null), the configuration says \(lora.rank)")
        }
        guard values["lora_alpha"]?.number == lora.alpha else {
            throw fail(
                "lora_alpha is \(values["lora_alpha"] ?? .null), the configuration says \(SettingValue.double(lora.alpha))")
        }
        for name in ["use_rslora", "use_dora", "fan_in_fan_out"] where values[name] ?? .bool(false) != .bool(false) {
            throw fail("\(name) is not available yet")
        }
        for name in ["rank_pattern", "alpha_pattern"] where ![.object([:]), .null].contains(values[name] ?? .null) {
            throw fail("\(name) is not available yet")
        }
    }
}
