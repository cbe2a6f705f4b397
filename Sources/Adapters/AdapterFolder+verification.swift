package import Checkpoints
import FoundationEssentials
import TrainerSettings

extension AdapterFolder {
    /// Whether PEFT's files are there, can be read, bear numbers and those that they were written with; of what the adapter is
    /// for nothing is asked.
    ///
    /// - Parameter isOurs: whether the built-in trainer wrote it, with the labels beside it.
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    package func verify(isOurs: Bool) throws(CheckpointError) {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: configurationFile, problem: problem) }
        guard let data = try? Data(contentsOf: URL(filePath: configurationFile)) else {
            throw fail("is missing or cannot be read")
        }
        guard case .object(let values)? = try? JSONDecoder().decode(SettingValue.self, from: data),
            case .string? = values["peft_type"]
        else { throw fail("is damaged: no JSON object with a peft_type") }
        let file = try SafetensorsFile(path: tensorFile)
        guard !file.entries.isEmpty else { throw CheckpointError(path: tensorFile, problem: "holds no tensors") }
        guard file.isAsSealed else { throw CheckpointError(path: tensorFile, problem: "is damaged: its checksum is another") }
        let floats: [SafetensorsFile.ElementType] = [.float32, .float16, .bfloat16, .float64]
        for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) where floats.contains(entry.type) {
            let tensor = try file.tensor(name)
            guard withExtendedLifetime(tensor, { tensor.values.allSatisfy(\.isFinite) }) else {
                throw CheckpointError(path: tensorFile, problem: "is damaged: tensor '\(name)' has values that are no numbers")
            }
        }
        if isOurs { try verifyLabels(file.entries[AdapterLayout.prefix + "classifier.bias"]?.elementCount) }
    }

    /// - Parameter count: rows of the head; nil: it has none.
    private func verifyLabels(_ count: Int?) throws(CheckpointError) {
        guard let data = try? Data(contentsOf: URL(filePath: labelFile)) else {
            throw CheckpointError(path: labelFile, problem: "is missing or cannot be read")
        }
        guard case .object(let values)? = try? JSONDecoder().decode(SettingValue.self, from: data),
            case .object(let names)? = values["id2label"],
            (0..<names.count).allSatisfy({ names[String($0)]?.text != nil }), count == nil || names.count == count
        else {
            throw CheckpointError(path: labelFile, problem: "is damaged: no JSON object with the head's labels in id2label")
        }
    }
}
