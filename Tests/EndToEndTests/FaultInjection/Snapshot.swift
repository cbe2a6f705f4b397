import Foundation
import SearchSpaces
import Studies
import StudyStore
import Testing

/// A study's trials as they are in the store at some moment, and what must be true of them.
struct Snapshot {
    let trials: [Trial]
    let best: Double?
    let goal: Goal
    let isFinished: Bool

    /// nil where the study is not there yet.
    init?(_ root: String, _ study: String) throws {
        let folder = try StudyFolder(root: root, name: study)
        guard FileManager.default.fileExists(atPath: folder.database) else { return nil }
        let store = try StudyStore.open(folder, for: .reading)
        let history = try store.history()
        (trials, best, goal) = (history.trials, history.best?.report.value, history.goal)
        isFinished = try store.study().finishedAt != nil
    }

    /// Each report in the store as the journal has it.
    var stored: [String] {
        trials.flatMap { trial in trial.reports.map { "\(trial.id) \($0.step ?? -1) \($0.value)" } }
    }

    /// All that a study is, apart from how often its trials had to be launched.
    var essence: [String] {
        trials.map { trial in
            let reports = trial.reports.map { "\($0.iter):\($0.step ?? -1):\($0.value)" }.joined(separator: " ")
            return "\(trial.id) \(trial.state) \(trial.assignment.values.sorted { $0.key < $1.key }) \(reports)"
        }
    }

    /// Whatever happened meanwhile: nothing is lost, counted twice, made up or taken back.
    ///
    /// - Parameters:
    ///   - earlier: the study at an earlier moment.
    ///   - printed: every report that its trials have printed.
    func check(after earlier: Snapshot?, printed: Set<String>? = nil, cap: Int, _ place: String) {
        #expect(trials.count <= cap, "\(place): more trials than the study may have")
        #expect(trials.map(\.id.number) == Array(0..<trials.count), "\(place): numbers have a gap")
        for trial in trials {
            #expect(
                trial.reports.map(\.iter) == Array(1..<(trial.reports.count + 1)), "\(place): trial \(trial.id) counts wrongly")
            let steps = trial.reports.compactMap(\.step)
            #expect(Set(steps).count == steps.count && steps == steps.sorted(), "\(place): trial \(trial.id) has \(steps)")
            #expect(
                trial.state != .paused || trial.milestone == trial.reports.count, "\(place): trial \(trial.id) paused elsewhere"
            )
        }
        if let printed {
            let invented = Set(stored).subtracting(printed)
            #expect(invented.isEmpty, "\(place): stored and never printed: \(invented.sorted())")
        }
        guard let earlier else { return }
        for (before, now) in zip(earlier.trials, trials) {
            #expect(now.assignment == before.assignment, "\(place): trial \(now.id) has other parameters")
            #expect(now.reports.starts(with: before.reports), "\(place): trial \(now.id) lost a report")
            // What was not promoted is pruned at the end, and that alone can happen to a trial that rests.
            let isKept = !before.state.isFinal || now.state == before.state
            #expect(isKept, "\(place): trial \(now.id) was \(before.state) and is \(now.state)")
            #expect(now.launches >= before.launches, "\(place): trial \(now.id) was launched less often than before")
        }
        #expect(trials.count >= earlier.trials.count, "\(place): trials are gone")
        let isKept = earlier.best.map { before in best.map { !goal.prefers(before, to: $0) } ?? false } ?? true
        #expect(isKept, "\(place): the best was \(earlier.best ?? .nan) and is \(best ?? .nan)")
    }

    /// Of a study that is over.
    func checkEnd(printed: Set<String>? = nil, cap: Int, _ place: String) {
        #expect(isFinished, "\(place): not finished")
        #expect(trials.count == cap, "\(place): \(trials.count) trials")
        #expect(trials.allSatisfy { $0.state.isFinal }, "\(place): a trial is not over")
        if let printed { #expect(printed == Set(stored), "\(place): lost \(printed.subtracting(stored).sorted())") }
    }
}
