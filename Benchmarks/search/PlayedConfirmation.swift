import Confirmations
import Glibc
import SearchSpaces
import Studies

/// A study's confirmation on the recorded table.
struct PlayedConfirmation {
    let verdict: Verdict
    private(set) var steps = 0

    init(
        _ searched: History, _ settings: ConfirmationSettings, _ table: NoisyTable, space: SearchSpace, seed: Int
    ) throws {
        let confirmation = try ConfirmationPlan(settings, of: searched, in: space, seed: seed)
        var history = searched
        var race = ConfirmationRace(confirmation, in: history)
        while var trial = race.next(as: history.nextID) {
            // A stream of its own: what the search has seen of a configuration says nothing of it.
            let curve = table.curve(of: trial.assignment, seed, trial.seed ?? 0)
            trial.reports = curve.enumerated().map { Report(iter: $0 + 1, step: $1.step, value: $1.value) }
            (trial.state, trial.launches) = (.complete, 1)
            history.add(trial)
            steps += curve.last?.step ?? 0
            race = ConfirmationRace(confirmation, in: history)
        }
        verdict = Verdict(race)
    }

    var chosen: Assignment? { verdict.chosen.map { verdict.standings[$0].candidate.assignment } }
}

/// How often confirmations were right.
struct ConfirmationTally {
    private var studies = 0
    private var coveredChosen = 0
    private var covered = (held: 0, of: 0)
    private var missed = 0.0
    private var trials = 0
    /// By how far the finalists are apart: said to be tied, of how many.
    private var close = (tied: 0, of: 0)
    private var apart = (tied: 0, of: 0)
    private var tied = 0

    mutating func take(_ played: PlayedConfirmation, _ table: NoisyTable) {
        let verdict = played.verdict
        guard let chosen = verdict.chosen else { return }
        studies += 1
        func holds(_ place: Int) -> Bool {
            let standing = verdict.standings[place]
            return standing.interval?.contains(table.truth(of: standing.candidate.assignment)) ?? false
        }
        if holds(chosen) { coveredChosen += 1 }
        covered = (covered.held + verdict.standings.indices.count(where: holds), covered.of + verdict.standings.count)
        trials += verdict.standings.reduce(0) { $0 + $1.values.count }
        let finalists = verdict.standings.filter(\.candidate.isFinalist)
        let truths = finalists.map { table.truth(of: $0.candidate.assignment) }.sorted(by: >)
        missed += truths[0] - table.truth(of: verdict.standings[chosen].candidate.assignment)
        let isTied = !verdict.tied.isEmpty
        if isTied { tied += 1 }
        guard truths.count > 1 else { return }
        if truths[0] - truths[truths.count - 1] < 0.003 { close = (close.tied + (isTied ? 1 : 0), close.of + 1) }
        if truths[0] - truths[1] > 0.02 { apart = (apart.tied + (isTied ? 1 : 0), apart.of + 1) }
    }

    var text: String {
        func share(_ part: Int, _ whole: Int) -> String {
            whole == 0 ? "none" : "\(Int((100 * Double(part) / Double(whole)).rounded())) % of \(whole)"
        }
        return """
              90 % intervals that hold the true value: of the chosen \(share(coveredChosen, studies)), of all \(share(covered.held, covered.of))
              tied is said in \(share(tied, studies)); where all finalists are within 0.3 points in \(share(close.tied, close.of)), where \
            the best is over 2 ahead in \(share(apart.tied, apart.of))
              the choice is \(Self.points(missed / Double(max(studies, 1)))) points below the best finalist on average; \
            \(String(Double(10 * trials / max(studies, 1)) / 10)) trainings a study
            """
    }

    static func points(_ value: Double) -> String { "\((value * 10_000).rounded() / 100)" }
}
