import Studies
package import StudyStore
import StudyViews

/// Writes a study in one format where the user wants it.
package struct StudyExport {
    private let study: WholeStudy
    private let format: any StudyFormat

    package init(_ study: WholeStudy, as format: any StudyFormat) { (self.study, self.format) = (study, format) }

    /// - Parameters:
    ///   - output: a file or a folder; replaced only with `force`, only by its like, and only once the new one is whole.
    ///   - folder: the study's own: nothing in it is replaced.
    /// - Returns: what to know of an export that was written all the same; nil: nothing.
    /// - Throws: ``ExportError``.
    package func write(to output: String, force: Bool, besides folder: StudyFolder) throws -> String? {
        let place = try ExportPlace(output)
        try place.check(format.target, force: force, besides: folder)
        try place.write(as: format.target, named: output) { try format.write(study, to: $0) }
        return format.warning(study)
    }
}
