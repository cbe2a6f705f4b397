package import SearchSpaces
import Studies
package import StudyViews

/// A form in which a whole study goes to other programs, as `autolora export --format NAME` writes it: the twin of ``ExportFormat``.
///
/// A new format is a file or folder beside this one and a line in ``StudyFormats/all``.
package protocol StudyFormat: Sendable {
    /// What `--format` is given.
    var name: String { get }
    /// What is written, for the option's help: "all trials and reports as tables".
    var summary: String { get }
    var target: ExportTarget { get }

    /// Writes the study to a path with nothing there yet.
    ///
    /// - Throws: ``ExportError``, and what the file system throws.
    func write(_ study: WholeStudy, to draft: String) throws

    /// What to know of the export; nil: nothing.
    func warning(_ study: WholeStudy) -> String?
}

extension StudyFormat {
    package func warning(_ study: WholeStudy) -> String? { nil }
}

/// A study as it is exported.
package struct WholeStudy {
    package let table: TrialTable
    package let specification: StudySpecification

    package init(_ table: TrialTable, _ specification: StudySpecification) {
        (self.table, self.specification) = (table, specification)
    }
}

/// The formats of whole studies.
package enum StudyFormats {
    package static let all: [any StudyFormat] = [TableFiles.csv, TableFiles.jsonLines, OptunaStorage(), TensorBoardFolder()]

    package static func named(_ name: String) -> (any StudyFormat)? { all.first { $0.name == name } }

    /// For the option's help.
    package static var help: String { all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ") }
}
