import Schedulers
import SearchSpaces
import Studies
import Testing

struct MedianRuleTests {
    private func decide(
        _ values: [Double], others: [[Double]], goal: Goal = .maximize, rule: MedianRule = MedianRule(),
        state: Trial.State = .complete
    ) -> Decision {
        let trials =
            others.enumerated().map { Trial.reporting($0.element, number: $0.offset, state: state) }
            + [.reporting(values, number: others.count, state: .running)]
        return rule.decide(Trial.ID(others.count), in: History(goal: goal, trials: trials))
    }

    private let five: [[Double]] = [[0.1, 0.5], [0.2, 0.6], [0.3, 0.7], [0.4, 0.8], [0.5, 0.9]]

    @Test func `Below the median of the others it stops, at the median it goes on`() {
        #expect(decide([0.29], others: five) == .stop)
        #expect(decide([0.3], others: five) == .continue)
        #expect(decide([0.3, 0.69], others: five) == .stop)
        #expect(decide([0.3, 0.7], others: five) == .continue)
        #expect(decide([0.31], others: five, goal: .minimize) == .stop)
    }

    @Test func `Its best so far counts, not its latest`() {
        #expect(decide([0.75, 0.1], others: five) == .continue)
        #expect(decide([0.1, 0.1], others: five.map { $0.reversed() }) == .stop)
    }

    @Test func `Nothing stops before enough others have come as far`() {
        #expect(decide([0], others: Array(five.prefix(4))) == .continue)
        #expect(decide([0], others: Array(five.prefix(4)), rule: MedianRule(startUpTrials: 4)) == .stop)
        #expect(decide([0, 0, 0], others: five) == .continue)
        #expect(decide([0], others: five, state: .failed) == .continue)
        #expect(decide([0], others: five, state: .pruned) == .stop)
        #expect(decide([0], others: [], rule: MedianRule(startUpTrials: 0)) == .continue)
    }

    @Test func `Nothing stops while it warms up`() {
        let rule = MedianRule(warmUp: 1)
        #expect(decide([0], others: five, rule: rule) == .continue)
        #expect(decide([0, 0], others: five, rule: rule) == .stop)
    }

    @Test func `Of an even number the median is in the middle`() {
        let six = five + [[0.6, 1]]
        #expect(decide([0.34], others: six) == .stop)
        #expect(decide([0.36], others: six) == .continue)
    }

    @Test func `NaN is worse than any number and stops nobody else`() {
        #expect(decide([.nan], others: five) == .stop)
        #expect(decide([0.1], others: [[.nan], [.nan], [.nan], [0.2], [0.3]]) == .continue)
        #expect(decide([0.1], others: [[.nan], [.nan], [0.2], [0.3], [0.4]]) == .stop)
        #expect(decide([.nan], others: [[.nan], [.nan], [.nan], [.nan], [.nan]]) == .continue)
        #expect(decide([0], others: [[.infinity], [-.infinity], [1], [-1]], rule: MedianRule(startUpTrials: 4)) == .continue)
    }
}
