import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import TrainerSettings

/// How fast the trials of an earlier study went, all its workers together.
struct Pace {
    let study: String
    let trials: Int
    let workers: Int
    /// nil where the reports have no steps.
    let secondsPerStep: Double?
    let secondsPerReport: Double

    /// - Returns: nil where there is no such study, where it trained something else, or where no trial has reported.
    init?(of name: String, in studies: StudiesOption, comparableTo specification: StudySpecification) {
        guard let folder = try? StudyFolder(root: studies.root, name: name),
            let store = try? StudyStore.open(folder, for: .reading),
            let record = try? store.study(), let rows = try? store.trials(),
            let earlier = try? store.spaceFile(of: record),
            Self.work(earlier.specification) == Self.work(specification)
        else { return nil }
        let told = rows.filter { $0.record.seconds > 0 && !$0.reports.isEmpty && $0.record.state.isFinal }
        let seconds = told.reduce(0) { $0 + $1.record.seconds }
        let steps = told.map { Double($0.reports.last?.step ?? 0) }
        guard seconds > 0 else { return nil }
        let workers = Double(max(record.workers, 1))
        study = name
        trials = told.count
        self.workers = record.workers
        secondsPerStep = steps.contains(0) ? nil : seconds / steps.reduce(0, +) / workers
        secondsPerReport = seconds / Double(told.reduce(0) { $0 + $1.reports.count }) / workers
    }

    /// What a step's time hangs on, apart from what is searched.
    private static func work(_ specification: StudySpecification) -> [String: SettingValue] {
        specification.trainer.settings.filter { specification.trainer.traits.pace.contains($0.key) }
    }
}
