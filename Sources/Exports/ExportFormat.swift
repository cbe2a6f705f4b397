import Studies
package import StudyStore
package import StudyViews

/// A form in which a trial goes to other programs, as `autolora export --format NAME` writes it.
///
/// A new format is a file in `Formats/` and a line in ``ExportFormats/all``. It says what it writes, writes it where nothing is yet, and
/// looks whether it is whole. ``TrialExport`` does the rest: whether something may be replaced, and that the old is gone only once the
/// new is there.
package protocol ExportFormat: Sendable {
    /// What `--format` is given.
    var name: String { get }
    /// What is written, for the option's help: "the adapter's folder".
    var summary: String { get }
    var target: ExportTarget { get }
    var content: ExportContent { get }

    /// Writes the trial to a path with nothing there yet.
    ///
    /// - Throws: ``ExportError``, and what the file system throws.
    func write(_ source: ExportSource, to draft: String) throws

    /// Looks at what was written once more before it takes its place: the trial's own files may have changed meanwhile.
    ///
    /// - Throws: ``ExportError`` with what is wrong.
    func verify(_ draft: String, of source: ExportSource) throws
}

/// What a format writes, and by what an earlier export is known: `--force` replaces nothing else.
package enum ExportTarget: Sendable {
    /// A file. `names` reads the names at its top: one that shares none with the new file is somebody else's.
    case file(names: @Sendable (_ path: String) throws -> Set<String>)
    /// A folder, known by the file `mark`; `files` is what exports have put into one, besides what the new one holds.
    case folder(mark: String, files: Set<String>)
}

/// What of a trial a format takes along.
package enum ExportContent: Sendable {
    /// The settings, which are sound even where the adapter is damaged.
    case configuration
    /// The trained adapter: one that is damaged is not exported.
    case adapter
}

/// The trial that is exported, and what is known of its files.
package struct ExportSource {
    package let best: BestTrial
    package let store: StudyStore
    /// Says what is wrong with the trial's adapter, or with a copy of it; nil: nothing.
    package let damage: (_ copy: String?) -> StudyDamage?

    /// What the adapter's card says besides; nil: it gets none.
    package var origin: ModelCard.Origin?
    /// Writes the trial's model in other forms; nil: its trainer's files are not known.
    package var conversion: (any ModelConversion)?
    /// The files that trainers of others are given for the trial's settings, by the name of the format; nil: its own are not known.
    package var configuration: ((_ format: String) throws -> [String: String])?

    package init(_ best: BestTrial, of store: StudyStore, damage: @escaping (_ copy: String?) -> StudyDamage? = { _ in nil }) {
        (self.best, self.store, self.damage) = (best, store, damage)
    }

    /// - Parameter copy: a folder that the adapter was copied to; nil: the trial's own.
    /// - Throws: ``ExportError`` where the adapter is damaged.
    func requireWhole(_ copy: String? = nil) throws(ExportError) {
        guard let damage = damage(copy) else { return }
        throw ExportError("trial \(best.trial.id)'s adapter is damaged and is not exported: \(damage)")
    }
}
