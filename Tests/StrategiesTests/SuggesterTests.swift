import SearchSpaces
import Strategies
import Studies
import TestSupport
import Testing
import TrainerSettings

struct SuggesterTests {
    private let small = SearchSpace([
        Parameter(name: "a", distribution: .intUniform(min: 1, max: 3)),
        Parameter(name: "b", distribution: .categorical([.bool(true), .bool(false)], probabilities: nil)),
    ])

    @Test(arguments: [Method.random, .tpe])
    func `Once every configuration has been tried, those that did not fail come again`(method: Method) throws {
        let strategy: any Strategy = method == .random ? RandomSearch() : TreeParzen()
        var study = StudySimulator(Suggester(strategy, space: small, seed: 1), runCap: 30) { assignment, _ in
            assignment["a"] == .int(1) ? nil : assignment["a"]?.number
        }
        study.run()
        #expect(study.history.trials.count == 30)
        #expect(Set(study.history.trials.prefix(6).map(\.assignment)).count == 6)
        #expect(study.history.trials.dropFirst(6).allSatisfy { $0.assignment["a"] != .int(1) })
    }

    @Test func `When all of them have failed the search ends and says so`() {
        var study = StudySimulator(Suggester(RandomSearch(), space: small, seed: 1), runCap: 30) { _, _ in nil }
        study.run()
        #expect(study.history.trials.count == 6)
        #expect(study.exhausted == "every configuration has been tried and has failed")
    }

    @Test func `A grid ends with its last configuration`() throws {
        var study = StudySimulator(Suggester(try GridSearch(small), space: small, seed: 1), runCap: 30) { _, _ in 1 }
        study.run()
        #expect(study.history.trials.map(\.assignment) == (0..<6).map { small.assignment(at: $0) })
        #expect(study.exhausted == "every configuration has been tried")
    }

    @Test func `A grid passes over what breaks a constraint and counts it`() throws {
        var suggester = Suggester(try GridSearch(small), space: small, seed: 1) { $0["a"] == .int(3) }
        var history = History(goal: .minimize)
        #expect(suggester.suggest(after: history) == .assignment(["a": .int(3), "b": .bool(true)], refused: 2))
        history.trials.append(Trial(id: Trial.ID(0), assignment: ["a": .int(3), "b": .bool(true)]))
        #expect(suggester.suggest(after: history) == .assignment(["a": .int(3), "b": .bool(false)], refused: 4))
        history.trials.append(Trial(id: Trial.ID(1), assignment: ["a": .int(3), "b": .bool(false)]))
        #expect(
            suggester.suggest(after: history)
                == .exhausted("every configuration has been tried, breaks a constraint or does not fit in memory"))
    }

    @Test func `The one feasible configuration among a hundred thousand is found`() throws {
        let wide = SearchSpace([Parameter(name: "n", distribution: .intUniform(min: 1, max: 100_000))])
        var suggester = Suggester(RandomSearch(), space: wide, seed: 1) { $0["n"] == .int(4321) }
        guard case .assignment(let found, let refused) = suggester.suggest(after: History(goal: .minimize)) else {
            Issue.record("nothing was found")
            return
        }
        #expect(found == ["n": .int(4321)])
        #expect(refused > 0 && refused < 100_000)
    }

    @Test func `A space without number whose constraint nothing keeps is given up`() {
        let line = SearchSpace([Parameter(name: "x", distribution: .uniform(min: 0, max: 1))])
        var suggester = Suggester(RandomSearch(), space: line, seed: 1) { _ in false }
        let suggestion = suggester.suggest(after: History(goal: .minimize))
        #expect(suggestion == .exhausted("none of 11000 configurations looked at keeps the constraints and fits in memory"))
    }

    @Test func `What it remembers never shows: any history gives what a new suggester gives for it`() throws {
        let toy = ToySpace.mixed
        var old = try Suggester(specification: toy.specification(.tpe))
        var study = StudySimulator(old, runCap: 20) { assignment, _ in toy.loss(assignment) }
        study.run()
        var histories = [study.history]
        histories.append(History(goal: .maximize, trials: study.history.trials))
        histories.append(History(goal: .minimize, trials: Array(study.history.trials.prefix(13))))
        var failed = study.history
        failed.trials[3].state = .failed
        histories.append(failed)
        var other = study.history
        other.trials[2] = Trial(id: Trial.ID(2), assignment: other.trials[5].assignment, state: .complete)
        histories.append(other)
        for history in histories {
            var new = try Suggester(specification: toy.specification(.tpe))
            #expect(old.suggest(after: history) == new.suggest(after: history))
        }
    }

    @Test func `Seeds and numbers of trials give streams of their own`() throws {
        let suggestions = try [1, 2].flatMap { seed in
            var suggester = try Suggester(specification: ToySpace.mixed.specification(.random, seed: seed))
            let trial = Trial(id: Trial.ID(0), assignment: [:], state: .failed)
            return [History(goal: .minimize), History(goal: .minimize, trials: [trial])].map { suggester.suggest(after: $0) }
        }
        #expect(Set(suggestions).count == 4)
    }

    @Test func `A grid over a continuous parameter is refused by its name`() {
        #expect(throws: StrategyError.uncountable(parameters: ["rate"])) {
            try Suggester(specification: ToySpace.mixed.specification(.grid))
        }
        #expect("\(StrategyError.uncountable(parameters: ["rate"]))".contains("rate"))
    }
}
