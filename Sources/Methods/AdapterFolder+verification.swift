package import Checkpoints
import FoundationEssentials
package import TrainerSettings

extension AdapterFolder {
    /// Whether the adapter is whole: nothing but files and folders is in it, PEFT's files can be read, fit together, hold numbers
    /// and those that they were written with. Of what the adapter is for nothing is asked.
    ///
    /// - Parameters:
    ///   - isOurs: whether the built-in trainer wrote it. Another program may have a format of its own,
    ///     which is let be where it says that it is not PEFT's.
    ///   - bounds: what links in it may lead to lies in this folder; nil: a user named the adapter, and they may lead anywhere.
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    /// - Returns: what the adapter is, as far as PEFT's files tell; nil: it has a format of its own.
    @discardableResult package func verify(isOurs: Bool, bounds: String? = nil) throws(CheckpointError) -> Contents? {
        do throws(RegularFileError) { _ = try FolderContents(of: path, bounds: bounds) } catch {
            // Of a folder that is not there the file is told that it should have.
            guard error.path == path, error.isMissing else { throw CheckpointError(path: error.path, problem: error.problem) }
        }
        return try verifyFiles(isOurs: isOurs)
    }

    /// adapter_config.json and the tensors of an adapter that is whole.
    package struct Contents {
        package let configuration: [String: SettingValue]
        /// Those that the head is among.
        package let tensors: SafetensorsFile
    }

    /// The same of PEFT's files alone: a folder that a user names may hold whatever it likes besides.
    @discardableResult func verifyFiles(isOurs: Bool) throws(CheckpointError) -> Contents? {
        let configuration = try Self.object(configurationFile)
        let hasTensors = FileManager.default.fileExists(atPath: tensorFile)
        let type = Self.kind(in: configuration).text
        if !isOurs, !hasTensors, type == nil || isThere("adapter_model.bin") { return nil }
        guard let type else { throw CheckpointError(path: configurationFile, problem: "is damaged: it names no peft_type") }
        try verifyNames(configuration)
        let file = try SafetensorsFile(path: tensorFile)
        guard !file.entries.isEmpty else { throw CheckpointError(path: tensorFile, problem: "holds no tensors") }
        if let problem = TuningMethods.named(type)?.damage(in: configuration, file) { throw damaged(problem) }
        let head = try headFile.map { path throws(CheckpointError) in try SafetensorsFile(path: path) }
        for file in [file, head].compactMap(\.self) { try verifyValues(of: file) }
        return Contents(configuration: configuration, tensors: head ?? file)
    }

    private func verifyValues(of file: SafetensorsFile) throws(CheckpointError) {
        guard file.isAsSealed else { throw CheckpointError(path: file.path, problem: "is damaged: its checksum is another") }
        let floats: [SafetensorsFile.ElementType] = [.float32, .float16, .bfloat16, .float64]
        for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) where entry.type.map(floats.contains) ?? false {
            let tensor = try file.tensor(name)
            guard withExtendedLifetime(tensor, { tensor.values.allSatisfy(\.isFinite) }) else {
                throw CheckpointError(path: file.path, problem: "is damaged: tensor '\(name)' has values that are no numbers")
            }
        }
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

    /// What kind of adapter it is: AdapterHub does not say it under PEFT's name.
    static func kind(in configuration: [String: SettingValue]) -> SettingValue {
        let isHub = configuration["version"]?.text?.hasPrefix("adapters.") ?? false
        return configuration["peft_type"] ?? (isHub ? .string(BottleneckConfiguration.peftType) : .null)
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
