import FoundationEssentials
import StudyStore
import StudyViews
import TrainerSettings

/// A trial's configuration as YAML.
struct YAMLConfiguration: ExportFormat {
    let name = "yaml"
    let summary = "the trainer's whole configuration"
    let content = ExportContent.configuration
    let target = ExportTarget.file { try Self.names(in: $0) }

    func write(_ source: ExportSource, to draft: String) throws {
        let value = try RepeatableConfiguration(source.best, source.store).value()
        let text = try TrialWorth(source.best, source.store.study()).comment + YAMLText.render(value)
        try AtomicFile.write([Data(text.utf8)], to: draft)
    }

    func verify(_ draft: String, of source: ExportSource) throws { _ = try Self.names(in: draft) }

    private static func names(in path: String) throws -> Set<String> {
        let text = String(decoding: try RegularFile.read(path), as: UTF8.self)
        guard let names = try YAMLText.names(in: text) else { throw ExportError("\(path): no mapping") }
        return names
    }
}
