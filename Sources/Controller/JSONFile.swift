import FoundationEssentials
import TrainerSettings

/// JSON as a trial gets it.
enum JSONFile {
    static func line(_ value: SettingValue) -> String { JSONWriter.text(value, indented: false, notFinite: .words) }

    /// Writes a file whole or not at all.
    static func write(_ value: SettingValue, to path: String) throws {
        let text = JSONWriter.text(value, indented: true, notFinite: .words)
        try AtomicFile.write([Data((text + "\n").utf8)], to: path)
    }
}
