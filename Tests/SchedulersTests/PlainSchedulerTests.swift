import SearchSpaces
import Studies
import Testing

@testable import Schedulers

/// What a scheduler keeps from one question to the next changes none of its answers.
struct PlainSchedulerTests {
    /// A study in which anything happens to any trial: what a scheduler would not do as well.
    private struct Wild {
        var history: History
        private var generator: SeededGenerator

        init(_ goal: Goal, limited: Bool, seed: Int) {
            history = History(goal: goal, constraints: limited ? ["memory": Limits(max: 5)] : [:])
            generator = SeededGenerator(seed)
        }

        private mutating func pick(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

        private mutating func value() -> Double {
            switch pick(20) {
            case 0: .nan
            case 1: .infinity
            // Some are equal.
            case 2..<12: Double(pick(6)) / 4
            default: generator.unit()
            }
        }

        mutating func step() {
            guard !history.trials.isEmpty, pick(3) > 0 else {
                // Confirmations take numbers between those of the search.
                let id = history.nextID
                var trial = Trial(id: id, assignment: [:], state: .running, milestone: 1)
                if pick(12) == 0 { trial.purpose = .confirm(of: nil, seed: 1) }
                history.add(trial)
                return
            }
            let id = history.trials[pick(history.trials.count)].id
            switch pick(12) {
            case 0: history[id].state = .failed
            case 1: history[id].outOfMemory = history[id].outOfMemory == nil ? "out of memory" : nil
            case 2: history[id].state = [.waiting, .running, .paused, .complete, .pruned][pick(5)]
            case 3: history[id].milestone = [nil, 1, 2, 4, 9][pick(5)]
            case 4 where !history[id].reports.isEmpty:
                let last = history[id].reports.count - 1
                history[id].reports[last] = report(iter: last + 1)
            default:
                for _ in 0...pick(3) {
                    let iter = history[id].reports.count + 1
                    history[id].reports.append(report(iter: iter))
                }
                history[id].state = .paused
                history[id].milestone = [1, 2, 4].last { $0 <= history[id].iter }
            }
        }

        private mutating func report(iter: Int) -> Report {
            Report(iter: iter, value: value(), metrics: ["memory": Double(pick(12))])
        }

        mutating func promote(_ promotion: Promotion) {
            (history[promotion.trial].state, history[promotion.trial].milestone) = (.running, promotion.milestone)
        }
    }

    private static let rungs = EarlyTermination.Rungs(eta: 2, minimum: 1, maximum: 9)

    /// Plays some such studies, each with a copy that goes on apart from it for a while, as one scheduler is asked about both.
    private func play(_ goal: Goal, limited: Bool, steps: Int = 400, _ check: (inout Wild) throws -> Void) rethrows {
        for seed in 0..<3 {
            var wild = Wild(goal, limited: limited, seed: seed)
            for step in 0..<steps {
                if step % 100 == 50 {
                    var other = wild
                    for _ in 0..<10 {
                        other.step()
                        try check(&other)
                        wild.step()
                        wild.step()
                        try check(&wild)
                    }
                }
                wild.step()
                // At times more than one thing has happened.
                if step % 3 > 0 { try check(&wild) }
            }
        }
    }

    @Test(arguments: [Goal.minimize, .maximize], [false, true])
    func `asynchronous halving promotes and eliminates as if it looked at every trial`(goal: Goal, limited: Bool) {
        for brackets in [1, 3] {
            let scheduler = AsynchronousHalving(Self.rungs, brackets: brackets)
            var promotions = 0
            play(goal, limited: limited) { wild in
                let promotion = scheduler.promotion(in: wild.history)
                #expect(promotion == PlainSchedulers.promotion(scheduler, in: wild.history))
                #expect(
                    scheduler.eliminated(in: wild.history, runCap: 60)
                        == PlainSchedulers.eliminated(scheduler, in: wild.history, runCap: 60))
                guard let promotion, promotions % 2 == 0 || wild.history.trials.count % 5 == 0 else { return }
                promotions += 1
                wild.promote(promotion)
            }
            #expect(promotions > 50)
        }
    }

    @Test(arguments: [Goal.minimize, .maximize], [false, true])
    func `synchronous halving promotes as if it looked at every bracket`(goal: Goal, limited: Bool) {
        let rungs = EarlyTermination.Rungs(eta: 2, minimum: 1, maximum: 4)
        for scheduler in [SuccessiveHalving(rungs, runCap: 90), .hyperband(rungs, runCap: 90)] {
            var promotions = 0
            play(goal, limited: limited) { wild in
                let promotion = scheduler.promotion(in: wild.history)
                #expect(promotion == PlainSchedulers.promotion(scheduler, in: wild.history))
                guard let promotion else { return }
                promotions += 1
                wild.promote(promotion)
            }
            #expect(promotions > 20)
        }
    }

    @Test(arguments: [Goal.minimize, .maximize], [false, true])
    func `the median rule stops whom the plain median stops`(goal: Goal, limited: Bool) {
        let rule = MedianRule(warmUp: 1, startUpTrials: 3)
        var (stopped, asked) = (0, 0)
        play(goal, limited: limited, steps: 200) { wild in
            for trial in wild.history.trials.suffix(6) {
                let decision = rule.decide(trial.id, in: wild.history)
                #expect(decision == PlainSchedulers.decision(rule, on: trial.id, in: wild.history))
                asked += 1
                if decision == .stop { stopped += 1 }
            }
        }
        #expect(stopped > 50 && stopped < asked)
    }
}
