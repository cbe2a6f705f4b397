import Confirmations
import SearchSpaces
import Studies
import TrainerSettings

/// A study whose search is over, and whose confirmation is played from a function.
struct PlayedStudy {
    var history: History
    let confirmation: ConfirmationPlan
    /// What a configuration comes to with a seed; nil: it fails.
    let value: (Assignment, Int) -> Double?

    /// - Parameter found: what the search found of each configuration `x: 0`, `x: 1`, ...
    init(
        _ found: [Double], _ settings: ConfirmationSettings = ConfirmationSettings(), goal: Goal = .maximize,
        value: @escaping (Assignment, Int) -> Double?
    ) throws {
        history = History(
            goal: goal,
            trials: found.enumerated().map { number, value in
                Trial(
                    id: Trial.ID(number), assignment: ["x": .int(number)], state: .complete,
                    reports: [Report(iter: 1, value: value)], launches: 1)
            })
        confirmation = try ConfirmationPlan(settings, of: history, in: Self.space(found.count), seed: 7)
        self.value = value
    }

    static func space(_ count: Int) -> SearchSpace {
        SearchSpace([Parameter(name: "x", distribution: .intUniform(min: 0, max: max(1, count - 1)))])
    }

    var race: ConfirmationRace { ConfirmationRace(confirmation, in: history) }

    /// Launches what is wanted, so many at the same time, and ends those in an order of its own; false: there is nothing more.
    mutating func step(workers: Int = 1) -> Bool {
        var running: [Trial.ID] = []
        while running.count < workers, var trial = race.next(as: history.nextID) {
            (trial.state, trial.launches) = (.running, 1)
            history.add(trial)
            running.append(trial.id)
        }
        for id in running.reversed() { end(id) }
        return !running.isEmpty
    }

    mutating func end(_ id: Trial.ID) {
        let trial = history[id]
        let value = value(trial.assignment, trial.seed ?? 0)
        if let value {
            history[id].reports.append(Report(iter: 1, value: value, metrics: ["trainable_parameters": cost(trial)]))
        }
        history[id].state = value == nil ? .failed : .complete
    }

    private func cost(_ trial: Trial) -> Double { 1000 - 10 * (trial.assignment["x"]?.number ?? 0) }

    mutating func play(workers: Int = 1) { while step(workers: workers) {} }
}
