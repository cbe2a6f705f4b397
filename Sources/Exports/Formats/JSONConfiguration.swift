import FoundationEssentials
import TrainerSettings

/// A trial's configuration as JSON.
struct JSONConfiguration: ExportFormat {
    let name = "json"
    let summary = "the trainer's whole configuration"
    let content = ExportContent.configuration
    let target = ExportTarget.file { Set(try JSONInput.object(file: $0).keys) }

    func write(_ source: ExportSource, to draft: String) throws {
        let value = try RepeatableConfiguration(source.best, source.store).value()
        try AtomicFile.write([Data((JSONWriter.text(value, .shown) + "\n").utf8)], to: draft)
    }

    func verify(_ draft: String, of source: ExportSource) throws { _ = try JSONInput.object(file: draft) }
}
