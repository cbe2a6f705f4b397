import Confirmations
import SearchSpaces
import Studies
import TrainerSettings

/// How far a confirmation is, and how long the rest of it takes by its own pace. Work is counted in reports: all are trained in full.
struct ConfirmationPace: Sendable {
    private let plan: ConfirmationPlan
    private let timeCap: Double?
    /// How many reports a trial makes; nil: not known before one has ended.
    private var length: Int?
    /// When it began in this run, and with how many reports.
    private let begin: (time: Duration, reports: Int)
    private var trials: (ended: Int, expected: Int) = (0, 0)

    /// - Parameter time: since the run began.
    init(_ plan: ConfirmationPlan, of specification: StudySpecification, in history: History, at time: Duration) {
        (self.plan, timeCap) = (plan, specification.timeCap)
        length = [TrialCost(specification).reports, specification.earlyTermination.rungs?.maximum].compactMap(\.self).min()
        begin = (time, history.confirmations.reduce(0) { $0 + $1.iter })
        look(at: history)
    }

    /// A trial has ended: who gets further seeds may be another matter now.
    mutating func look(at history: History) {
        let race = ConfirmationRace(plan, in: history)
        trials = (race.endedTrials, race.expectedTrials)
        length = history.confirmations.filter { $0.state == .complete }.map(\.iter).max() ?? length
    }

    /// nil: nothing is left, or nothing tells yet.
    func left(_ history: History, at time: Duration) -> Duration? {
        let made = history.confirmations.reduce(0) { $0 + $1.iter } - begin.reports
        let running = history.confirmations.filter { !$0.state.isFinal }
        guard let length, made > 0, time > begin.time else { return nil }
        let rest = (trials.expected - trials.ended) * length - running.reduce(0) { $0 + min($1.iter, length) }
        guard rest > 0 else { return nil }
        let left = (time - begin.time) * (Double(rest) / Double(made))
        return timeCap.map { min(left, max(.zero, .seconds($0) - time)) } ?? left
    }

    /// "4 of up to 12 trials, about 3m 0s left"
    func text(_ history: History, at time: Duration) -> String {
        "\(trials.ended) of up to \(trials.expected) trials"
            + (left(history, at: time).map { ", about \(TimeSpan.text($0)) left" } ?? "")
    }
}
