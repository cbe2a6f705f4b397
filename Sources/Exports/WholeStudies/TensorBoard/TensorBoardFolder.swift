import FoundationEssentials
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// The study as a folder for `tensorboard --logdir`: a run for each trial with its figures by step, and the HParams page.
struct TensorBoardFolder: StudyFormat {
    let name = "tensorboard"
    let summary = "a folder for tensorboard --logdir"
    let target = ExportTarget.folder(mark: EventFile.name, files: [EventFile.name])

    func write(_ study: WholeStudy, to draft: String) throws {
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false)
        let root = EventFile(of: study.table.study, study.specification)
        try AtomicFile.write([Data(root.bytes)], to: draft + "/" + EventFile.name)
        for trial in study.table.trials where trial.record.launches > 0 {
            let folder = draft + "/" + Self.run(of: trial.record)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            var file = EventFile(of: trial.record, in: study.table.study)
            file.add(trial, after: 0, of: study.table.study.metric)
            HyperParameters.addEnd(of: trial.record, to: &file)
            try AtomicFile.write([Data(file.bytes)], to: folder + "/" + EventFile.name)
        }
    }

    /// The name of a trial's run; TensorBoard sorts numbers by value.
    static func run(of trial: TrialRecord) -> String { "trial-\(trial.number)" }
}

extension EventFile {
    /// The beginning of the root's file: what is searched.
    init(of study: StudyRecord, _ specification: StudySpecification) {
        self.init(at: study.createdAt)
        let metrics = [study.metric] + (study.otherMetrics ?? []).map(\.name)
        HyperParameters.addExperiment(of: study, specification.space, metrics: metrics, to: &self)
    }

    /// The beginning of a trial's file.
    init(of trial: TrialRecord, in study: StudyRecord) {
        self.init(at: trial.startedAt ?? study.createdAt)
        HyperParameters.addStart(of: trial, to: &self)
    }

    /// A trial's reports but the first `count`.
    mutating func add(_ trial: RecordedTrial, after count: Int, of metric: String) {
        for (report, time) in zip(trial.reports, trial.reportedAt).dropFirst(count) { add(report, of: metric, at: time) }
    }

    /// The study's metric and every other figure, at the trainer's step or, without one, at the report's number.
    private mutating func add(_ report: Report, of metric: String, at time: Double) {
        let step = report.step ?? report.iter
        add(metric, report.value, step: step, at: time)
        for (name, value) in report.metrics.sorted(by: { $0.key < $1.key }) where name != metric {
            add(name, value, step: step, at: time)
        }
    }
}
