import FoundationEssentials
import SearchSpaces
package import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// The study as a folder for `tensorboard --logdir`: a run for each trial with its figures by step, and the HParams page.
struct TensorBoardFolder: StudyFormat {
    let name = "tensorboard"
    let summary = "a folder for tensorboard --logdir"
    let target = ExportTarget.folder(mark: EventFile.name, files: [EventFile.name])

    func write(_ study: WholeStudy, to draft: String) throws {
        let record = study.table.study
        let width = String(max(study.table.trials.count - 1, 0)).count
        var root = EventFile(at: record.createdAt)
        let metrics = [record.metric] + study.table.history.otherMetrics.map(\.name)
        HyperParameters.addExperiment(of: record, study.specification.space, metrics: metrics, to: &root)
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false)
        try AtomicFile.write([Data(root.bytes)], to: draft + "/" + EventFile.name)
        for trial in study.table.trials where trial.record.launches > 0 {
            let number = String(trial.record.number)
            let folder = draft + "/trial-" + String(repeating: "0", count: width - number.count) + number
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try AtomicFile.write([Data(file(of: trial, record).bytes)], to: folder + "/" + EventFile.name)
        }
    }

    private func file(of trial: RecordedTrial, _ study: StudyRecord) -> EventFile {
        var file = EventFile(at: trial.record.startedAt ?? study.createdAt)
        HyperParameters.addStart(of: trial.record, to: &file)
        for (report, time) in zip(trial.reports, trial.reportedAt) { file.add(report, of: study.metric, at: time) }
        HyperParameters.addEnd(of: trial.record, to: &file)
        return file
    }
}

extension EventFile {
    /// The study's metric and every other figure of a report, at the trainer's step or, without one, at the report's number.
    package mutating func add(_ report: Report, of metric: String, at time: Double) {
        let step = report.step ?? report.iter
        add(metric, report.value, step: step, at: time)
        for (name, value) in report.metrics.sorted(by: { $0.key < $1.key }) where name != metric {
            add(name, value, step: step, at: time)
        }
    }
}
