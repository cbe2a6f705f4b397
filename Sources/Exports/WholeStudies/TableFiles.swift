import FoundationEssentials
import StudyViews
import TrainerSettings

/// Two tables in a folder, of trials and of reports, for spreadsheets, pandas and scripts.
struct TableFiles: StudyFormat {
    let name: String
    let summary: String
    private let suffix: String
    private let contents: @Sendable (TrialTable) -> (trials: String, reports: String)

    static let csv = TableFiles(name: "csv", summary: "a folder with trials.csv and reports.csv", suffix: "csv") { table in
        (table.csv, table.reportsCSV)
    }

    static let jsonLines = TableFiles(name: "jsonl", summary: "a folder with trials.jsonl and reports.jsonl", suffix: "jsonl") {
        table in
        func lines(_ values: [SettingValue]) -> String {
            values.map { JSONWriter.text($0, .page) + "\n" }.joined()
        }
        return (lines(table.trialObjects), lines(table.reportObjects))
    }

    var target: ExportTarget { .folder(mark: "trials.\(suffix)", files: ["trials.\(suffix)", "reports.\(suffix)"]) }

    func write(_ study: WholeStudy, to draft: String) throws {
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false)
        let (trials, reports) = contents(study.table)
        try AtomicFile.write([Data(trials.utf8)], to: draft + "/trials.\(suffix)")
        try AtomicFile.write([Data(reports.utf8)], to: draft + "/reports.\(suffix)")
    }
}
