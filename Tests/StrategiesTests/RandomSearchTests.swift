import SearchSpaces
import Strategies
import Studies
import Testing
import TrainerSettings

struct RandomSearchTests {
    private let space = SearchSpace([
        Parameter(name: "r", distribution: .categorical([.int(2), .int(4)], probabilities: nil)),
        Parameter(name: "rate", distribution: .logUniform(min: 1e-5, max: 1e-2)),
    ])

    @Test func `The same seed and history give the same configuration, another number another one`() {
        var (a, b) = (Suggester(RandomSearch(), space: space, seed: 7), Suggester(RandomSearch(), space: space, seed: 7))
        var history = History(goal: .minimize)
        let first = a.suggest(after: history)
        #expect(first == b.suggest(after: history))
        guard case .assignment(let assignment, refused: 0) = first else { return #expect(Bool(false), "\(first)") }
        history.trials.append(Trial(id: Trial.ID(0), assignment: assignment))
        #expect(a.suggest(after: history) != first)
        #expect(a.suggest(after: history) == b.suggest(after: history))
    }
}
