import Finetuning
import Foundation
import SearchSpaces
import TrainerSettings

extension TrialConfiguration {
    /// Reads a configuration in JSON, or in YAML where the name ends so: the trainer itself knows values alone.
    init(path: String) throws {
        guard ["yaml", "yml"].contains(URL(filePath: path).pathExtension.lowercased()),
            let data = FileManager.default.contents(atPath: path)
        else {
            try self.init(file: path)
            return
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw InputError(place: path, problem: "found bytes that are not UTF-8, expected text")
        }
        guard case .object(let values) = try YAMLValues.read(text, file: path) else {
            throw InputError(
                place: path, problem: "is no YAML mapping; expected a trial's configuration or the trainer's settings")
        }
        try self.init(values, file: path)
    }
}
