import Foundation
import TrainerSettings

enum AdapterFiles {
    static func json(_ path: String) throws -> [String: SettingValue] {
        try JSONDecoder().decode([String: SettingValue].self, from: Data(contentsOf: URL(filePath: path)))
    }

    static func write(_ values: [String: SettingValue], to path: String) throws {
        try JSONEncoder().encode(values).write(to: URL(filePath: path))
    }

    static func copy(_ source: String, to target: String) throws {
        try FileManager.default.copyItem(atPath: source, toPath: target)
    }
}
