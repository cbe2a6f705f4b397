package import Checkpoints
import FoundationEssentials
import TrainerSettings

extension AdapterFolder {
    /// Whether both of PEFT's files are there, can be read and bear numbers; of what the adapter is for nothing is asked.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    package func verify() throws(CheckpointError) {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: configurationFile, problem: problem) }
        guard let data = try? Data(contentsOf: URL(filePath: configurationFile)) else {
            throw fail("is missing or cannot be read")
        }
        guard case .object(let values)? = try? JSONDecoder().decode(SettingValue.self, from: data),
            case .string? = values["peft_type"]
        else { throw fail("is damaged: no JSON object with a peft_type") }
        let file = try SafetensorsFile(path: tensorFile)
        guard !file.entries.isEmpty else { throw CheckpointError(path: tensorFile, problem: "holds no tensors") }
        let floats: [SafetensorsFile.ElementType] = [.float32, .float16, .bfloat16, .float64]
        for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) where floats.contains(entry.type) {
            let tensor = try file.tensor(name)
            guard withExtendedLifetime(tensor, { tensor.values.allSatisfy(\.isFinite) }) else {
                throw CheckpointError(path: tensorFile, problem: "is damaged: tensor '\(name)' has values that are no numbers")
            }
        }
    }
}
