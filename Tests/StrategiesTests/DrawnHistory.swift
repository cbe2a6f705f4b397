import SearchSpaces
import Studies
import TrainerSettings

@testable import Strategies

extension History {
    /// Trials drawn at random with two reports each, the second the loss; where some pause, two of three wait after the first.
    static func drawn(
        from space: SearchSpace, count: Int, pausing: Bool = false, loss: (Assignment) -> Double
    ) -> History {
        var generator = SeededGenerator(seed: 11)
        let coding = PointCoding(space)
        let trials = (0..<count).map { number in
            let assignment = coding.assignment(of: coding.sample(using: &generator))
            let value = loss(assignment)
            let isWhole = !pausing || number.isMultiple(of: 3)
            let reports = [Report(iter: 1, value: value + 1)] + (isWhole ? [Report(iter: 2, value: value)] : [])
            return Trial(
                id: Trial.ID(number), assignment: assignment, state: isWhole ? .complete : .paused, reports: reports)
        }
        return History(goal: .minimize, trials: trials)
    }
}
