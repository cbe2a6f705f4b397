import Schedulers
import SearchSpaces
import Strategies
import Studies
import TestSupport
import Testing
import TrainerSettings

struct HyperbandTests {
    private let space = SearchSpace([Parameter(name: "x", distribution: .uniform(min: 0, max: 1))])

    /// Plays a study whose trials keep the order that they show first.
    private func play(
        _ termination: EarlyTermination, runCap: Int, workers: Int = 1, length: Int, seed: Int = 4
    ) -> [Trial] {
        var study = StudySimulator(
            Suggester(RandomSearch(), space: space, seed: seed), scheduler: makeScheduler(termination, runCap: runCap),
            runCap: runCap, workers: workers, length: length
        ) { assignment, _ in assignment["x"]?.number }
        study.run()
        return study.history.trials
    }

    /// How many of some trials made at least so many reports.
    private func counts(_ trials: some Collection<Trial>, reaching rungs: [Int]) -> [Int] {
        rungs.map { rung in trials.count { $0.reports.count >= rung } }
    }

    /// Table 1 of the paper: n_i by bracket, R = 81, eta = 3.
    @Test(arguments: [1, 4]) func `The paper's table comes out exactly`(workers: Int) {
        let trials = play(.hyperband(.init(eta: 3, minimum: 1, maximum: 81)), runCap: 143, workers: workers, length: 81)
        #expect(counts(trials[0..<81], reaching: [1, 3, 9, 27, 81]) == [81, 27, 9, 3, 1])
        #expect(counts(trials[81..<115], reaching: [3, 9, 27, 81]) == [34, 11, 3, 1])
        #expect(counts(trials[115..<130], reaching: [9, 27, 81]) == [15, 5, 1])
        #expect(counts(trials[130..<138], reaching: [27, 81]) == [8, 2])
        #expect(counts(trials[138..<143], reaching: [81]) == [5])
    }

    @Test func `Bracket sizes are those of a maximum that is no power of eta too`() {
        let scheduler = SuccessiveHalving.hyperband(.init(eta: 3, minimum: 1, maximum: 200), runCap: 1000)
        #expect(scheduler.brackets.map(\.size) == [243, 98, 41, 18, 9, 6])
        #expect(scheduler.brackets.map { $0.milestones.first } == [1, 3, 9, 27, 81, nil])
        #expect(scheduler.firstMilestone(of: Trial.ID(409)) == 200)
        #expect(scheduler.firstMilestone(of: Trial.ID(415)) == 1)
    }

    @Test func `After the last bracket the first comes again, and a study cut short ends all the same`() {
        let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)
        let trials = play(.hyperband(rungs), runCap: 40, length: 9)
        #expect(counts(trials[0..<9], reaching: [1, 3, 9]) == [9, 3, 1])
        #expect(counts(trials[9..<14], reaching: [3, 9]) == [5, 1])
        #expect(counts(trials[14..<17], reaching: [9]) == [3])
        #expect(counts(trials[17..<26], reaching: [1, 3, 9]) == [9, 3, 1])
        #expect(counts(trials[34..<40], reaching: [1, 3, 9]) == [6, 2, 0])
    }

    @Test func `Within a bracket the best go on`() {
        let trials = play(.hyperband(.init(eta: 3, minimum: 1, maximum: 9)), runCap: 9, length: 9)
        let ranked = trials.sorted { ($0.assignment["x"]?.number ?? 1) < ($1.assignment["x"]?.number ?? 1) }
        #expect(ranked.map(\.reports.count) == [9, 3, 3, 1, 1, 1, 1, 1, 1])
    }

    @Test func `Without a maximum there is one bracket, and trials go on until they end by themselves`() {
        let trials = play(.hyperband(.init(eta: 3, minimum: 3, maximum: nil)), runCap: 27, length: 20)
        #expect(trials.allSatisfy { [3, 9, 20].contains($0.reports.count) })
        #expect(trials.count { $0.reports.count >= 9 } >= 9)
        #expect(trials.count { $0.state == .complete } >= 3)
        #expect(trials.allSatisfy { ($0.state == .complete) == ($0.reports.count == 20) })
    }

    @Test func `Several brackets of asha begin at their rungs in Hyperband's proportions, from the first trials on`() {
        let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 81)
        let scheduler = AsynchronousHalving(rungs, brackets: 5)
        for count in [30, 143, 1430] {
            let starts = (0..<count).map { scheduler.firstMilestone(of: Trial.ID($0)) }
            for (milestone, size) in [(1, 81), (3, 34), (9, 15), (27, 8), (81, 5)] {
                let expected = Double(size * count) / 143
                #expect(abs(Double(starts.count { $0 == milestone }) - expected) < 2.5, "\(milestone) of \(count)")
            }
        }
        #expect(AsynchronousHalving(rungs).bracket(of: Trial.ID(77)) == 0)
    }

    @Test func `Trials of different brackets are not compared`() {
        let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)
        let scheduler = AsynchronousHalving(rungs, brackets: 2)
        let numbers = (0..<40).filter { scheduler.bracket(of: Trial.ID($0)) == 1 }
        var history = History(goal: .minimize)
        for number in 0..<40 {
            let isHigh = numbers.contains(number)
            history.trials.append(
                .reporting(
                    Array(repeating: Double(number), count: isHigh ? 3 : 1), number: number,
                    state: isHigh ? .paused : .complete, milestone: isHigh ? 3 : 1))
        }
        #expect(scheduler.promotion(in: history) == Promotion(trial: Trial.ID(numbers[0]), milestone: 9))
        // Too few of the bracket, however many others there are.
        for number in numbers.dropFirst(2) { history.trials[number].state = .failed }
        #expect(scheduler.promotion(in: history) == nil)
    }
}
