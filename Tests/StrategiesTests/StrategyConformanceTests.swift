import SearchSpaces
import Strategies
import Studies
import TestSupport
import Testing
import TrainerSettings

/// What holds of every strategy on every kind of space.
struct StrategyConformanceTests {
    @Test(arguments: Method.allCases, ToySpace.allCases)
    func `Every proposal is a configuration of the space, and the same seed gives the same study`(
        method: Method, toy: ToySpace
    ) throws {
        guard toy.isFinite || method != .grid else { return }
        for workers in [1, 4] {
            var first = try simulator(method, toy, workers: workers)
            first.run()
            #expect(first.history.trials.count == 40)
            #expect(first.history.trials.allSatisfy { toy.space.holds($0.assignment) })
            var second = try simulator(method, toy, workers: workers)
            second.run()
            #expect(first.history == second.history)
        }
    }

    @Test(arguments: Method.allCases, ToySpace.allCases)
    func `A study interrupted again and again proposes what an uninterrupted one does`(
        method: Method, toy: ToySpace
    ) throws {
        guard toy.isFinite || method != .grid else { return }
        for workers in [1, 3] {
            var whole = try simulator(method, toy, workers: workers)
            whole.run()
            var parts = History(goal: .minimize)
            for _ in 0..<9 {
                var part = try simulator(method, toy, workers: workers, history: parts)
                part.run(rounds: 10)
                parts = part.history
            }
            #expect(parts == whole.history)
        }
    }

    @Test(arguments: Method.allCases, Trouble.allCases)
    func `Troubled trials do not end the search`(method: Method, trouble: Trouble) throws {
        var study = StudySimulator(try suggester(method, .mixedFinite), runCap: 40, workers: 2) { assignment, _ in
            trouble.value(toy: ToySpace.mixedFinite.loss(assignment), of: assignment)
        }
        study.run()
        #expect(study.history.trials.count == 40)
        #expect(Set(study.history.trials.map(\.assignment)).count == 40)
        #expect(study.history.trials.allSatisfy { $0.state.isFinal })
    }

    @Test(arguments: Method.allCases, [1, 4])
    func `Sixty trials cover a space of sixty points`(method: Method, workers: Int) throws {
        var study = try simulator(method, .sixty, workers: workers, runCap: 60)
        study.run()
        #expect(Set(study.history.trials.map(\.assignment)).count == 60)
    }

    @Test(arguments: Method.allCases)
    func `A constraint is kept, and what keeps it is all tried before anything comes again`(method: Method) throws {
        let isFeasible: @Sendable (Assignment) -> Bool = { $0["a"] == .int(3) || $0["b"] == .string("x") }
        let suggester = try Suggester(specification: ToySpace.sixty.specification(method), isFeasible: isFeasible)
        let feasible = (0..<60).map { ToySpace.sixty.space.assignment(at: $0) }.filter(isFeasible)
        var study = StudySimulator(suggester, runCap: feasible.count, workers: 3) { assignment, _ in
            ToySpace.sixty.loss(assignment)
        }
        study.run()
        #expect(Set(study.history.trials.map(\.assignment)) == Set(feasible))
        #expect(study.refused > 0)
    }

    @Test(arguments: Method.allCases)
    func `Where nothing keeps the constraints the search ends and says so`(method: Method) throws {
        var suggester = try Suggester(specification: ToySpace.sixty.specification(method), isFeasible: { _ in false })
        let suggestion = suggester.suggest(after: History(goal: .minimize))
        #expect(suggestion == .exhausted("every configuration breaks a constraint or does not fit in memory"))
    }

    private func suggester(_ method: Method, _ toy: ToySpace) throws -> Suggester {
        try Suggester(specification: toy.specification(method))
    }

    private func simulator(
        _ method: Method, _ toy: ToySpace, workers: Int, runCap: Int = 40, history: History = History(goal: .minimize)
    ) throws -> StudySimulator {
        StudySimulator(try suggester(method, toy), history: history, runCap: runCap, workers: workers) { assignment, _ in
            toy.loss(assignment)
        }
    }
}

/// What can go wrong with what trials report.
enum Trouble: CaseIterable {
    case allNaN, someNaN, infinite, allFailed, someFailed, constant

    func value(toy value: Double, of assignment: Assignment) -> Double? {
        let isEven = assignment["n"]?.integer.map { $0 % 2 == 0 } ?? false
        switch self {
        case .allNaN: return .nan
        case .someNaN: return isEven ? .nan : value
        case .infinite: return isEven ? .infinity : -.infinity
        case .allFailed: return nil
        case .someFailed: return isEven ? nil : value
        case .constant: return 1
        }
    }
}
