package import SearchSpaces
package import Studies
import TrainerSettings

/// One of the configurations that are compared.
package struct Candidate: Sendable, Hashable {
    /// The trial of the search that has the configuration; nil: none has.
    package let trial: Trial.ID?
    package let assignment: Assignment
    package let isFinalist: Bool
    package let isBaseline: Bool
}

/// The finalists of a study against one another and a baseline, seed by seed.
///
/// Each round gives one seed to all who are still in the race. After the second round, and after each that follows, whoever is clearly
/// behind gets no further seeds: its chance to be better than the one that leads is under ``leastChance``. Who is out comes back, and
/// gets the seeds that it lacks, once it cannot be told from the one that leads any more (``returnChance``): those that were ahead have
/// failed, or have fallen behind. So nobody who is out at the end is tied with the one that is chosen. All is decided from rounds that
/// are complete, so that a resumed study, and one with more workers, comes to the same.
package struct ConfirmationRace: Sendable {
    package static let leastChance = 0.02
    /// From here on two are tied.
    package static let returnChance = 1 - Verdict.clear
    /// Rounds before anyone can be out.
    private static let firstRounds = ConfirmationSettings.fewestSeeds

    /// The finalists, the best of the search first, then the baseline where it is none of them.
    package let candidates: [Candidate]
    package let seeds: [Int]
    package let goal: Goal
    /// What came of each candidate's seeds, by the seeds' order.
    package private(set) var results: [[Outcome]]
    /// The candidates that are still in the race.
    package private(set) var live: [Int]
    /// Why a candidate cannot be chosen, by its place.
    package private(set) var problems: [Int: String] = [:]
    /// How many of the seeds each candidate is to have, as far as it is decided.
    private var given: [Int]
    private var wanted: [(candidate: Int, seed: Int)] = []
    private var isWaiting = false
    /// Those of its trials that were interrupted, by number.
    package private(set) var interrupted: [Trial.ID] = []
    private let seedParameter: String?

    package enum Outcome: Sendable, Hashable {
        /// It has not been launched.
        case none
        case open(Trial)
        case value(Trial, Report)
        /// It came to nothing that could be compared, and why.
        case nothing(Trial, String)

        package var trial: Trial? {
            switch self {
            case .none: nil
            case .open(let trial), .value(let trial, _), .nothing(let trial, _): trial
            }
        }

        package var value: Double? { if case .value(_, let report) = self { report.value } else { nil } }
    }

    /// - Parameter disregarded: trials that failed and are to be made again.
    package init(_ confirmation: ConfirmationPlan, in history: History, disregarding disregarded: Set<Trial.ID> = []) {
        (seeds, goal, seedParameter) = (confirmation.seeds, history.goal, confirmation.seedParameter)
        candidates = Self.candidates(confirmation, history)
        struct Cell: Hashable {
            let assignment: Assignment
            let seed: Int?
        }
        var trials: [Cell: Trial] = [:]
        for trial in history.confirmations where !disregarded.contains(trial.id) {
            trials[Cell(assignment: trial.assignment.identity(without: confirmation.seedParameter), seed: trial.seed)] = trial
        }
        results = candidates.map { candidate in
            let identity = candidate.assignment.identity(without: confirmation.seedParameter)
            return confirmation.seeds.map { seed in
                trials[Cell(assignment: identity, seed: seed)].map { Outcome($0, in: history) } ?? .none
            }
        }
        live = Array(candidates.indices)
        given = candidates.map { _ in min(Self.firstRounds, confirmation.seeds.count) }
        run()
        interrupted.sort()
    }

    private static func candidates(_ confirmation: ConfirmationPlan, _ history: History) -> [Candidate] {
        let parameter = confirmation.seedParameter
        let baseline = confirmation.baseline?.assignment.identity(without: parameter)
        var candidates = confirmation.finalists.filter { history.contains($0) }.map { id in
            let assignment = history[id].assignment
            return Candidate(
                trial: id, assignment: assignment, isFinalist: true,
                isBaseline: assignment.identity(without: parameter) == baseline)
        }
        if let given = confirmation.baseline, !candidates.contains(where: \.isBaseline) {
            candidates.append(
                Candidate(trial: given.trial, assignment: given.assignment, isFinalist: false, isBaseline: true))
        }
        return candidates
    }

    /// Goes through the race from its begin, as far as there are results. Each turn gives a candidate a seed more, or is the last.
    private mutating func run() {
        while true {
            look()
            // No seed is given before it is known who gets it; the first ones all do.
            guard wanted.isEmpty, !isWaiting else { return }
            guard let leader else {
                live = []
                return
            }
            weigh(against: leader)
            let short = live.filter { given[$0] < seeds.count }
            for candidate in short { given[candidate] += 1 }
            if short.isEmpty, !takeFurtherResults() { return }
        }
    }

    /// What has come of the seeds that were given, in the order in which they were.
    private mutating func look() {
        for round in 0..<(given.max() ?? 0) {
            for candidate in candidates.indices where round < given[candidate] && problems[candidate] == nil {
                switch results[candidate][round] {
                case .none: wanted.append((candidate, round))
                case .open(let trial):
                    isWaiting = true
                    if trial.state == .waiting { interrupted.append(trial.id) }
                case .value: break
                case .nothing(let trial, let reason): problems[candidate] = "trial \(trial.id), seed \(seeds[round]): \(reason)"
                }
            }
        }
        wanted.removeAll { problems[$0.candidate] != nil }
        live.removeAll { problems[$0] != nil }
    }

    /// The finalist with the best mean over its seeds, among those that have the most; nil: no finalist is left.
    private var leader: Int? {
        let left = candidates.indices.filter { candidates[$0].isFinalist && problems[$0] == nil }
        let most = left.map { given[$0] }.max()
        return Self.best(left.filter { given[$0] == most }.map { ($0, counted($0).compactMap(\.value)) }, goal)
    }

    /// What has come of the seeds that it was given: what more there may be counts once it is given them.
    func counted(_ candidate: Int) -> ArraySlice<Outcome> { results[candidate].prefix(given[candidate]) }

    /// The first of those with the best mean; nil: none has a value.
    static func best(_ rows: [(candidate: Int, values: [Double])], _ goal: Goal) -> Int? {
        rows.reduce(nil as (candidate: Int, mean: Double)?) { best, row in
            guard !row.values.isEmpty else { return best }
            let mean = row.values.reduce(0) { $0 + $1 / Double(row.values.count) }
            return best.map { goal.prefers(mean, to: $0.mean) } ?? true ? (row.candidate, mean) : best
        }?.candidate
    }

    /// Who stays, who is out, and who comes back.
    private mutating func weigh(against leader: Int) {
        let standing = RaceStanding(self)
        let before = Set(live)
        live = candidates.indices.filter { candidate in
            guard problems[candidate] == nil else { return false }
            // Who has all seeds costs nothing more.
            if candidate == leader || given[candidate] == seeds.count { return true }
            guard let chance = standing?.chance(candidate, against: leader) else { return before.contains(candidate) }
            return chance >= (before.contains(candidate) ? Self.leastChance : Self.returnChance)
        }
    }

    /// Who is out may have seeds that were made when it was asked for otherwise; false: there are none.
    private mutating func takeFurtherResults() -> Bool {
        let before = given
        for candidate in candidates.indices where problems[candidate] == nil {
            while given[candidate] < seeds.count, results[candidate][given[candidate]].value != nil { given[candidate] += 1 }
        }
        return given != before
    }

    /// What is launched next: its configuration with a seed that it has not had; nil: nothing now.
    package func next(as id: Trial.ID) -> Trial? {
        guard let (place, round) = wanted.first else { return nil }
        var assignment = candidates[place].assignment
        if let seedParameter { assignment[seedParameter] = .int(seeds[round]) }
        var trial = Trial(id: id, assignment: assignment)
        trial.purpose = .confirm(of: candidates[place].trial, seed: seeds[round])
        return trial
    }

    /// Whether there is something to launch now.
    package var mayLaunch: Bool { !wanted.isEmpty || !interrupted.isEmpty }

    /// Whether there is nothing to launch and nothing to wait for.
    package var isOver: Bool { wanted.isEmpty && !isWaiting }

    /// Its trials that have come to an end.
    package var endedTrials: Int {
        results.reduce(0) { sum, row in sum + row.count { $0.trial?.state.isFinal == true } }
    }

    /// Its trials, launched or not, as far as it is known now that they will be needed; those that are out get no more.
    package var expectedTrials: Int {
        candidates.indices.reduce(0) { sum, candidate in
            let made = results[candidate].count { $0 != .none }
            return sum + (live.contains(candidate) ? seeds.count : made)
        }
    }
}

extension ConfirmationRace.Outcome {
    fileprivate init(_ trial: Trial, in history: History) {
        guard trial.state.isFinal else {
            self = .open(trial)
            return
        }
        if let words = trial.outOfMemory {
            self = .nothing(trial, "it ran out of memory: \(words)")
        } else if trial.state != .complete {
            self = .nothing(trial, trial.state == .failed ? "it failed" : "it was ended before its end")
        } else if let report = trial.best(history.goal), let last = trial.reports.last, last.value.isFinite {
            self = history.violation(of: report) > 0 ? .nothing(trial, "it breaks a constraint") : .value(trial, report)
        } else {
            self = .nothing(trial, "its latest value is no number: it diverged")
        }
    }
}
