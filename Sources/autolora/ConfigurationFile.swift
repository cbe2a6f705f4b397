import Finetuning
import Foundation
import SearchSpaces
import TrainerSettings

extension TrialConfiguration {
    /// Reads a configuration in JSON or YAML, whatever the file is called: the trainer itself knows values alone.
    init(path: String) throws {
        guard (try? JSONInput.object(file: path)) == nil, let data = Self.text(path) else {
            try self.init(file: path)
            return
        }
        let isNamedYAML = ["yaml", "yml"].contains(URL(filePath: path).pathExtension.lowercased())
        guard let text = String(validating: data, as: UTF8.self) else {
            throw InputError(place: path, problem: "found bytes that are not UTF-8, expected text")
        }
        let value: SettingValue
        do {
            value = try YAMLValues.read(text, file: path)
        } catch {
            // What looks like JSON is told what is wrong with it as JSON.
            guard !isNamedYAML, text.first(where: { !$0.isWhitespace }) == "{" else { throw error }
            try self.init(file: path)
            return
        }
        guard case .object(let values) = value else {
            let what = isNamedYAML ? "YAML mapping" : "YAML mapping and no JSON object"
            throw InputError(place: path, problem: "is no \(what); expected a trial's configuration or the trainer's settings")
        }
        try self.init(values, file: path)
    }

    /// nil where there is no regular file, or none of a size to be read.
    private static func text(_ path: String) -> Data? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= JSONInput.largest else {
            return nil
        }
        return FileManager.default.contents(atPath: path)
    }
}
