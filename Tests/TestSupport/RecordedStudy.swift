package import SearchSpaces
package import Studies
package import StudyStore
package import TrainerSettings

/// A study in a folder of its own whose trials are put into the store, as a controller would, without being run.
package struct RecordedStudy {
    package let temporary: TemporaryFolder
    package let store: StudyStore

    package init(
        _ name: String, metric: String = "eval_accuracy", goal: Goal = .maximize, otherMetrics: [Metric] = [],
        constraints: [String: Limits] = [:]
    ) throws {
        temporary = try TemporaryFolder()
        let folder = try StudyFolder(root: temporary.path, name: name)
        store = try StudyStore.create(
            StudyRecord(
                name: name, metric: metric, goal: goal, spaceFile: "", spaceFileName: "s.yaml", folder: "/", seed: 7,
                runCap: 3, workers: 1, createdAt: 100, constraints: constraints, otherMetrics: otherMetrics), in: folder)
        try store.beginRun(at: 100)
    }

    /// A trial that was launched at 110 and settled at 120.
    package func add(
        _ number: Int, _ state: Trial.State = .complete, _ values: [String: SettingValue] = ["r": .int(8)],
        reports: [Report], error: String? = nil
    ) throws {
        var trial = Trial(id: Trial.ID(number), assignment: Assignment(values))
        try store.add(trial, at: 110)
        (trial.state, trial.launches) = (.running, 1)
        try store.launched(trial, at: 110)
        for report in reports { try store.record(report, of: trial.id, at: 115) }
        trial.state = state
        try store.settle(trial, error: error, logTail: nil, at: 120)
    }

    package func add(_ number: Int, value: Double, _ metrics: [String: Double]) throws {
        try add(number, reports: [Report(iter: 1, value: value, metrics: metrics)])
    }
}
