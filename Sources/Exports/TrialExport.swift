import FoundationEssentials
import Glibc
import SearchSpaces
import Studies
package import StudyStore
import TrainerSettings

/// Writes a trial's configuration or adapter where the user wants it.
package enum TrialExport: String, CaseIterable, Sendable {
    case json, yaml, peft

    /// - Parameters:
    ///   - output: a file, or for `peft` a folder; replaced only with `force`, only by its like, and only once the new one
    ///     is whole.
    ///   - verify: looks at a copy of an adapter before it takes its place.
    /// - Throws: `ExportError`, what `verify` throws, and what the file system throws.
    package func write(
        _ best: BestTrial, of store: StudyStore, to output: String, force: Bool,
        verify: (_ copy: String) throws -> Void = { _ in }
    ) throws {
        let place = try ExportPlace(output)
        try place.check(self, force: force, besides: store.folder)
        try store.folder.requireOwnFiles(of: best.trial.id)
        let folder = URL(filePath: place.path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let draft = folder + "/.\(URL(filePath: place.path).lastPathComponent).\(getpid())"
            defer { try? FileManager.default.removeItem(atPath: draft) }
            try write(best, of: store, draft: draft)
            if self == .peft { try verify(draft) }
            try place.checkReplaces(with: draft, self)
            try place.take(draft)
            AtomicFile.syncFolder(of: place.path)
        } catch let error where error is ExportError || error is StudyStoreError {
            throw error
        } catch {
            throw ExportError("\(output): cannot be written: \(systemReason(error))")
        }
    }

    private func write(_ best: BestTrial, of store: StudyStore, draft: String) throws {
        switch self {
        case .peft:
            guard let adapter = best.adapter else {
                throw ExportError(
                    "trial \(best.trial.id) left no adapter in \(store.folder.adapter(of: best.trial.id));"
                        + " a command trainer writes its own to AUTOLORA_TRIAL_DIR/adapter")
            }
            try AdapterCopy(bounds: store.folder.trial(best.trial.id)).copy(adapter, to: draft)
            try RepeatableConfiguration(best, store).nameModel(in: draft)
        case .json:
            try AtomicFile.write(
                [Data((JSONText.render(try RepeatableConfiguration(best, store).value()) + "\n").utf8)], to: draft)
        case .yaml:
            try AtomicFile.write([Data(try YAMLText.render(try RepeatableConfiguration(best, store).value()).utf8)], to: draft)
        }
    }

    /// The names at the top of a configuration.
    func names(in path: String) throws -> Set<String> {
        guard self == .yaml else { return Set(try JSONInput.object(file: path).keys) }
        let text = String(decoding: try RegularFile.read(path), as: UTF8.self)
        guard let names = try YAMLText.names(in: text) else { throw ExportError("\(path): no mapping") }
        return names
    }
}
