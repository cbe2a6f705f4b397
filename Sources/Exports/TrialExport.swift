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
    /// - Throws: `ExportError`, and what the file system throws.
    package func write(_ best: BestTrial, of store: StudyStore, to output: String, force: Bool) throws {
        let place = ExportPlace(output)
        try place.check(self, force: force, besides: store.folder)
        let folder = URL(filePath: output).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let draft = folder + "/.\(URL(filePath: output).lastPathComponent).\(getpid())"
            defer { try? FileManager.default.removeItem(atPath: draft) }
            try write(best, of: store, draft: draft)
            try place.take(draft)
            AtomicFile.syncFolder(of: output)
        } catch let error as ExportError {
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
            try FileManager.default.copyItem(atPath: adapter, toPath: draft)
            try RepeatableConfiguration(best, store).nameModel(in: draft)
        case .json:
            try AtomicFile.write(
                [Data((JSONText.render(try RepeatableConfiguration(best, store).value()) + "\n").utf8)], to: draft)
        case .yaml:
            try AtomicFile.write([Data(try YAMLText.render(try RepeatableConfiguration(best, store).value()).utf8)], to: draft)
        }
    }
}
