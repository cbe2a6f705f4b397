import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// Writes a trial in one format where the user wants it.
package struct TrialExport {
    private let source: ExportSource
    private let format: any ExportFormat

    package init(_ source: ExportSource, as format: any ExportFormat) { (self.source, self.format) = (source, format) }

    /// - Parameters:
    ///   - output: a file or a folder; replaced only with `force`, only by its like, and only once the new one is whole.
    /// - Returns: what to know of an export that was written all the same; nil: nothing.
    /// - Throws: ``ExportError``, `StudyStoreError` for what is no file of the study's own.
    package func write(to output: String, force: Bool) throws -> String? {
        let (trial, folder) = (source.best.trial.id, source.store.folder)
        let damage = source.best.adapter == nil ? nil : source.damage(nil)
        if damage != nil, format.content == .adapter { try source.requireWhole() }
        let place = try ExportPlace(output)
        try place.check(format.target, force: force, besides: folder)
        try folder.requireOwnFiles(of: trial)
        try place.write(as: format.target, named: output) { draft in
            try format.write(source, to: draft)
            try format.verify(draft, of: source)
        }
        return damage.map { "the configuration is written, but trial \(trial)'s adapter is damaged: \($0)" }
    }
}
