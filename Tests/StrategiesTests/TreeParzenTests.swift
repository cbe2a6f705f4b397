import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import Strategies

struct TreeParzenTests {
    private let line = SearchSpace([
        Parameter(name: "x", distribution: .uniform(min: 0, max: 1)),
        Parameter(name: "y", distribution: .uniform(min: 0, max: 1)),
    ])

    @Test(arguments: [ToySpace.mixed, .conditional, .everyDistribution])
    func `It comes much nearer to the best than random search`(toy: ToySpace) throws {
        let random = try toy.best(of: 60, by: .random, seeds: 0..<10)
        #expect(try toy.best(of: 60, by: .tpe, seeds: 0..<10) < 0.5 * random)
    }

    @Test func `A goal turned round with its values gives the same study`() {
        func play(_ goal: Goal, sign: Double) -> [Assignment] {
            var study = StudySimulator(
                Suggester(TreeParzen(), space: line, seed: 3), history: History(goal: goal), runCap: 30
            ) { assignment, _ in sign * (assignment["x"]?.number ?? .nan) }
            study.run()
            return study.history.trials.map(\.assignment)
        }
        #expect(play(.minimize, sign: 1) == play(.maximize, sign: -1))
    }

    @Test func `The start-up trials are random search's`() {
        var (model, random) = (
            Suggester(TreeParzen(startUpTrials: 4), space: line, seed: 5), Suggester(RandomSearch(), space: line, seed: 5)
        )
        let trials = (0..<5).map { number in
            let state = number == 3 ? Trial.State.failed : .complete
            return Trial(
                id: Trial.ID(number), assignment: ["x": .double(0.1), "y": .double(Double(number) / 10)], state: state,
                reports: [Report(iter: 1, value: Double(number))])
        }
        for count in 0...4 {
            let history = History(goal: .minimize, trials: Array(trials.prefix(count)))
            #expect(model.suggest(after: history) == random.suggest(after: history))
        }
        let history = History(goal: .minimize, trials: trials)
        #expect(model.suggest(after: history) != random.suggest(after: history))
    }

    @Test(arguments: [false, true])
    func `Half as many candidates are compared where the space has choices`(hasChoices: Bool) {
        let kind = Parameter(name: "kind", distribution: .categorical([.string("a"), .string("b")], probabilities: nil))
        let space = SearchSpace(line.parameters + (hasChoices ? [kind] : []))
        let coding = PointCoding(space)
        var generator = SeededGenerator(seed: 2)
        let trials = (0..<20).map { number in
            Trial(
                id: Trial.ID(number), assignment: coding.assignment(of: coding.sample(using: &generator)), state: .complete,
                reports: [Report(iter: 1, value: Double(number))])
        }
        var asked = 0
        _ = TreeParzen().suggest(
            after: Observations(coding, history: History(goal: .minimize, trials: trials)),
            accepting: { _ in
                asked += 1
                return true
            }, using: &generator)
        #expect(asked == (hasChoices ? 12 : 24))
    }

    @Test func `It keeps away from what is running`() {
        // Good ones at 0.2 and 0.8 alike; four workers are busy near 0.2.
        var trials = (0..<20).map { number in
            let x = number % 10 == 0 ? 0.2 : number % 10 == 1 ? 0.8 : Double(number) / 20
            return trial(number, x: x, y: 0.5, value: number % 10 < 2 ? 0 : 1)
        }
        func near(_ x: Double) -> Int {
            (0..<60).filter { seed in
                var suggester = Suggester(TreeParzen(), space: line, seed: seed)
                let suggestion = suggester.suggest(after: History(goal: .minimize, trials: trials))
                guard case .assignment(let assignment, refused: _) = suggestion else { return false }
                return abs((assignment["x"]?.number ?? .nan) - x) < 0.1
            }.count
        }
        let before = near(0.2)
        for number in 20..<28 { trials.append(trial(number, x: 0.2, y: 0.5, value: nil, state: .running)) }
        #expect(near(0.2) < before)
        #expect(near(0.8) > near(0.2))
    }

    @Test(arguments: [
        (0, 0), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3), (100, 10), (249, 25), (251, 25), (700, 25),
    ])
    func `A tenth of the weighed trials are good ones, 25 at most`(count: Int, good: Int) {
        let split = split((0..<count).map { trial($0, x: 0, y: 0, value: Double($0)) })
        #expect(split.weighed == count)
        #expect(split.good == Array(0..<good))
        #expect(split.others == Array(good..<count))
    }

    @Test func `Trials stand by their loss, then what breaks a constraint, then what showed no number`() {
        var trials = [
            trial(0, x: 0, y: 0, value: 9), trial(1, x: 0, y: 0, value: .nan), trial(2, x: 0, y: 0, value: .infinity),
            trial(3, x: 0, y: 0, value: 1, state: .paused), trial(4, x: 0, y: 0, value: 2, reports: 3, state: .pruned),
            trial(5, x: 0, y: 0, value: 0, reports: 3, state: .paused), trial(6, x: 0, y: 0, value: nil, state: .pruned),
            trial(7, x: 0, y: 0, value: -5, state: .running), trial(8, x: 0, y: 0, value: -5, state: .failed),
            trial(9, x: 0, y: 0, value: nil, state: .waiting),
        ]
        let order = trials.map { Standing($0, goal: .minimize) }.enumerated()
            .sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map(\.offset)
        #expect(order == [7, 5, 3, 4, 0, 1, 2, 6, 9, 8])
        #expect(split(trials).good == [7])
        #expect(split(trials).others == [0, 1, 2, 3, 4, 5, 6, 9])
        trials[7].state = .failed
        #expect(split(trials).good == [5])
    }

    @Test func `Equal trials are taken in the order of their numbers`() {
        let split = split((0..<30).map { trial($0, x: 0, y: 0, value: 1) })
        #expect(split.good == [0, 1, 2])
    }

    @Test func `Of trials that ended early now one, now another counts among the best`() {
        let whole = (0..<12).map { number in
            let last = Double(number % 2 == 0 ? number : number + 6)
            let reports = [Report(iter: 1, value: 10 + Double(number)), Report(iter: 2, value: last)]
            return Trial(
                id: Trial.ID(number), assignment: ["x": .double(0), "y": .double(0)], state: .complete, reports: reports)
        }
        let early = (12..<30).map { trial($0, x: 0, y: 0, value: 12 + Double($0) / 100, state: .pruned) }
        let drawn = (0..<20).map { split(whole + early, seed: $0) }
        #expect(drawn.allSatisfy { $0.isForecast && $0.good.count == 3 })
        #expect(Set(drawn.map(\.good)).count > 5)
        let known = (0..<5).map { split(whole, seed: $0) }
        #expect(known.allSatisfy { !$0.isForecast })
        #expect(Set(known.map(\.good)) == [[0, 2]])
    }

    private func split(_ trials: [Trial], seed: Int = 1) -> Observations.Split {
        var generator = SeededGenerator(seed)
        return Observations(PointCoding(line), history: History(goal: .minimize, trials: trials)).split(using: &generator)
    }

    private func trial(
        _ number: Int, x: Double, y: Double, value: Double?, reports: Int = 1, state: Trial.State = .complete
    ) -> Trial {
        let reports = value.map { value in (1...reports).map { Report(iter: $0, value: value) } } ?? []
        return Trial(
            id: Trial.ID(number), assignment: ["x": .double(x), "y": .double(y)], state: state, reports: reports)
    }
}
