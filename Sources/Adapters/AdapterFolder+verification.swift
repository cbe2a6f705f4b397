package import Checkpoints
import TrainerSettings

extension AdapterFolder {
    /// Whether PEFT's files are there, can be read, bear numbers and those that they were written with; of what the adapter is
    /// for nothing is asked.
    ///
    /// - Parameter isOurs: whether the built-in trainer wrote it, with the labels beside it.
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    package func verify(isOurs: Bool) throws(CheckpointError) {
        guard case .string? = try Self.object(configurationFile)["peft_type"] else {
            throw CheckpointError(path: configurationFile, problem: "is damaged: it names no peft_type")
        }
        let file = try SafetensorsFile(path: tensorFile)
        guard !file.entries.isEmpty else { throw CheckpointError(path: tensorFile, problem: "holds no tensors") }
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
