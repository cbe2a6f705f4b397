import Finetuning
import Foundation
import SearchSpaces
import SpaceFiles
import Tasks
import TrainerSettings

extension TrialConfiguration {
    /// Reads a configuration in JSON or YAML, whatever the file is called: the trainer itself knows values alone.
    ///
    /// - Parameter isOnRecord: whether a trial has begun by it.
    init(path: String, isOnRecord: Bool = false) throws {
        guard (try? JSONInput.object(file: path)) == nil, FileManager.default.fileExists(atPath: path) else {
            try self.init(file: path, isOnRecord: isOnRecord)
            return
        }
        let isNamedYAML = ["yaml", "yml"].contains(URL(filePath: path).pathExtension.lowercased())
        let text = try TextFile.text(path)
        let value: SettingValue
        do {
            value = try YAMLValues.read(text, file: path)
        } catch {
            // What looks like JSON is told what is wrong with it as JSON.
            guard !isNamedYAML, text.first(where: { !$0.isWhitespace }) == "{" else { throw error }
            try self.init(file: path, isOnRecord: isOnRecord)
            return
        }
        guard case .object(let values) = value else {
            let what = isNamedYAML ? "YAML mapping" : "YAML mapping and no JSON object"
            throw InputError(place: path, problem: "is no \(what); expected a trial's configuration or the trainer's settings")
        }
        try self.init(values, file: path, isOnRecord: isOnRecord)
    }
}
