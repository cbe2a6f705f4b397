package import Checkpoints
import FoundationEssentials
import TrainerSettings

extension AdapterFolder {
    /// Whether the adapter is whole: nothing but files and folders is in it, PEFT's files can be read, fit together, hold numbers
    /// and those that they were written with. Of what the adapter is for nothing is asked. `verify`, every export and whatever
    /// loads an adapter go by it.
    ///
    /// - Parameters:
    ///   - isOurs: whether the built-in trainer wrote it, with the labels beside it. Another program may have a format of its own,
    ///     which is let be where it says that it is not PEFT's.
    ///   - bounds: what links in it may lead to lies in this folder; nil: a user named the adapter, and they may lead anywhere.
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    package func verify(isOurs: Bool, bounds: String? = nil) throws(CheckpointError) {
        do throws(RegularFileError) { _ = try FolderContents(of: path, bounds: bounds) } catch {
            // Of a folder that is not there the file is told that it should have.
            guard error.path == path, error.isMissing else { throw CheckpointError(path: error.path, problem: error.problem) }
        }
        try verifyFiles(isOurs: isOurs)
    }

    /// The same of PEFT's files alone: a folder that a user names may hold whatever it likes besides.
    func verifyFiles(isOurs: Bool) throws(CheckpointError) {
        let configuration = try Self.object(configurationFile)
        let hasTensors = FileManager.default.fileExists(atPath: tensorFile)
        let type = configuration["peft_type"]?.text
        if !isOurs, !hasTensors, type == nil || isThere("adapter_model.bin") { return }
        guard let type else { throw CheckpointError(path: configurationFile, problem: "is damaged: it names no peft_type") }
        try verifyNames(configuration)
        let file = try SafetensorsFile(path: tensorFile)
        guard !file.entries.isEmpty else { throw CheckpointError(path: tensorFile, problem: "holds no tensors") }
        if type == "LORA" { try verifyRank(configuration, file) }
        guard file.isAsSealed else { throw CheckpointError(path: tensorFile, problem: "is damaged: its checksum is another") }
        let floats: [SafetensorsFile.ElementType] = [.float32, .float16, .bfloat16, .float64]
        for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) where entry.type.map(floats.contains) ?? false {
            let tensor = try file.tensor(name)
            guard withExtendedLifetime(tensor, { tensor.values.allSatisfy(\.isFinite) }) else {
                throw CheckpointError(path: tensorFile, problem: "is damaged: tensor '\(name)' has values that are no numbers")
            }
        }
        if isOurs { try verifyLabels(file.entries[AdapterLayout.prefix + "classifier.bias"]?.elementCount) }
    }

    private func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

    private func damaged(_ problem: String) -> CheckpointError {
        CheckpointError(path: configurationFile, problem: "is damaged: \(problem)")
    }

    /// What other programs show and look for: a name that a terminal would obey is nobody's.
    private func verifyNames(_ configuration: [String: SettingValue]) throws(CheckpointError) {
        for key in ["base_model_name_or_path", "target_modules", "modules_to_save", "task_type", "revision"] {
            let names: [SettingValue]
            switch configuration[key] ?? .null {
            case .null: continue
            case .array(let list): names = list
            case let value: names = [value]
            }
            for name in names {
                guard let text = name.text else { throw damaged("\(key) is no text") }
                if text.unicodeScalars.contains(where: \.commandsTerminals) {
                    throw damaged("\(key) has a name with control characters")
                }
            }
        }
    }

    /// Whether LoRA's rank and strength are numbers, and the rank that of the tensors.
    private func verifyRank(_ configuration: [String: SettingValue], _ file: SafetensorsFile) throws(CheckpointError) {
        guard let rank = configuration["r"]?.integer, rank > 0 else {
            throw damaged("r is \(configuration["r"] ?? .null), and has to be a whole number above 0")
        }
        guard let alpha = configuration["lora_alpha"]?.number, alpha.isFinite else {
            throw damaged("lora_alpha is \(configuration["lora_alpha"] ?? .null), and has to be a number")
        }
        // Ranks by module: then not all tensors have the one.
        guard [.object([:]), .null].contains(configuration["rank_pattern"] ?? .null) else { return }
        for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) {
            let dimension: Int? =
                if name.hasSuffix(".lora_A.weight") { entry.shape.first } else if name.hasSuffix(".lora_B.weight") {
                    entry.shape.dropFirst().first
                } else { rank }
            guard dimension == rank else {
                throw damaged("r is \(rank), and tensor '\(name)' has the shape \(entry.shape)")
            }
        }
    }

    /// - Parameter count: rows of the head; nil: it has none.
    private func verifyLabels(_ count: Int?) throws(CheckpointError) {
        guard let labels = try labels() else { throw CheckpointError(path: labelFile, problem: "is missing") }
        guard count == nil || labels.count == count else { throw damagedLabels }
    }

    static func object(_ file: String) throws(CheckpointError) -> [String: SettingValue] {
        do throws(JSONInputError) {
            return try JSONInput.object(file: file)
        } catch {
            throw CheckpointError(
                path: error.place, problem: error.isMissing ? "is missing" : "is damaged: \(error.problem)")
        }
    }
}
