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
/// behind gets no further seeds: its chance to be better than the one that leads is under ``leastChance``. All is decided from rounds
/// that are complete, so that a resumed study, and one with more workers, comes to the same.
package struct ConfirmationRace: Sendable {
    package static let leastChance = 0.02
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

    private mutating func run() {
        for round in seeds.indices {
            for candidate in live {
                switch results[candidate][round] {
                case .none: wanted.append((candidate, round))
                case .open(let trial):
                    isWaiting = true
                    if trial.state == .waiting { interrupted.append(trial.id) }
                case .value: break
                case .nothing(let trial, let reason): problems[candidate] = "trial \(trial.id), seed \(seeds[round]): \(reason)"
                }
            }
            live.removeAll { problems[$0] != nil }
            let isComplete = wanted.isEmpty && !isWaiting
            // No seed is given before it is known who gets it; the first ones all do.
            if !isComplete, round + 1 >= Self.firstRounds { break }
            if isComplete, round + 1 >= Self.firstRounds, round + 1 < seeds.count { drop(after: round) }
        }
    }

    private mutating func drop(after round: Int) {
        guard live.count > 1, let standing = RaceStanding(self, through: round), let leader = standing.leader(among: live)
        else { return }
        live.removeAll { $0 != leader && standing.chance($0, against: leader) < Self.leastChance }
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
