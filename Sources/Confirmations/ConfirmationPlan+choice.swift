package import SearchSpaces
package import Studies
import TrainerSettings

extension ConfirmationPlan {
    /// Why nothing can be confirmed.
    package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// Chooses who is retrained: the best of the search by its own values, each configuration once.
    ///
    /// - Parameters:
    ///   - history: with each value in its parameter's own form.
    ///   - seed: the study's.
    package init(
        _ settings: ConfirmationSettings, of history: History, in space: SearchSpace, seed: Int
    ) throws(Refusal) {
        let parameter = space.seedParameter?.name
        let finalists = Self.finalists(settings.top, of: history, seedParameter: parameter)
        guard !finalists.isEmpty else {
            throw Refusal(description: "no trial of the search has come to a value that could be confirmed")
        }
        self.init(
            finalists: finalists.map(\.id), baseline: try Self.baseline(settings.baseline, of: history, in: space),
            seeds: Self.seeds(settings.seeds, after: seed, unlike: history.trials, parameter),
            seedParameter: parameter, searched: history.trials.count, top: settings.top)
    }

    private static func finalists(_ count: Int, of history: History, seedParameter: String?) -> [Trial] {
        var found: [Trial] = []
        var known: Set<Assignment> = []
        for trial in ranked(history) where found.count < count {
            guard known.insert(trial.assignment.identity(without: seedParameter)).inserted else { continue }
            found.append(trial)
        }
        return found
    }

    /// The search's trials that may be chosen, the best first; with several metrics those of the front before all others.
    private static func ranked(_ history: History) -> [Trial] {
        let front = history.hasSeveralMetrics ? history.front.map(\.trial) : []
        let onFront = Set(front.map(\.id))
        let others = history.trials.filter { trial in
            let merit = history.merit(of: trial)
            return trial.state != .failed && merit.isNumber && merit.violation == 0 && !onFront.contains(trial.id)
        }
        return front
            + others.sorted { a, b in
                let (x, y) = (history.merit(of: a), history.merit(of: b))
                return x == y ? a.id < b.id : history.goal.prefers(x, to: y)
            }
    }

    private static func baseline(
        _ wanted: ConfirmationSettings.Baseline, of history: History, in space: SearchSpace
    ) throws(Refusal) -> Baseline? {
        switch wanted {
        case .none: return nil
        case .plain: return Baseline(assignment: space.constants)
        case .configuration(let given):
            return Baseline(assignment: Assignment(space.constants.values.merging(given.values) { $1 }))
        case .trial(let number):
            let id = Trial.ID(number)
            guard history.contains(id), !history[id].confirms else {
                let count = history.trials.count
                throw Refusal(description: "the baseline: the search has no trial \(number); it has \(count), from 0")
            }
            return Baseline(trial: id, assignment: history[id].assignment)
        }
    }

    /// Seeds that the search has not used: by those its values were picked.
    private static func seeds(_ count: Int, after seed: Int, unlike trials: [Trial], _ parameter: String?) -> [Int] {
        var used = Set(trials.compactMap { trial in parameter.flatMap { trial.assignment[$0]?.integer } })
        used.insert(seed)
        var seeds: [Int] = []
        var next = seed
        while seeds.count < count {
            // Beyond the greatest number it goes on from 0.
            next = next == .max ? 0 : next + 1
            if !used.contains(next) { seeds.append(next) }
        }
        return seeds
    }
}

extension Assignment {
    /// What makes it the same configuration: without its seed, and with whole numbers as any others.
    func identity(without seedParameter: String?) -> Assignment {
        var identity = Assignment(values.mapValues { $0.number.map(SettingValue.double) ?? $0 })
        if let seedParameter { identity[seedParameter] = nil }
        return identity
    }
}
