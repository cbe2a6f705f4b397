import SearchSpaces
import Studies
import Testing

struct FrontTests {
    @Test func `What is nowhere worse and somewhere better dominates`() {
        #expect(Dominance.dominates([1, 2], [1, 3]))
        #expect(Dominance.dominates([1, 2, 0], [2, 3, 0]))
        #expect(!Dominance.dominates([1, 2], [1, 2]))
        #expect(!Dominance.dominates([1, 3], [2, 2]))
        #expect(Dominance.dominates([-.infinity, 1], [0, 1]))
    }

    @Test func `The front comes by its first loss, equals by their place`() {
        #expect(Dominance.front(of: [[3, 1], [1, 3], [2, 2], [3, 3], [1, 3], [2, 2.5]]) == [1, 4, 2, 0])
        #expect(Dominance.front(of: [[1, 1], [0, 0]]) == [1])
        #expect(Dominance.front(of: []).isEmpty)
    }

    /// Compared with the definition itself.
    @Test(arguments: [2, 3, 4]) func `Nobody on the front is dominated, and all others are`(count: Int) {
        var generator = SeededGenerator(11, count)
        for round in 0..<30 {
            let losses = (0..<40).map { _ in (0..<count).map { _ in (generator.unit() * 6).rounded() } }
            let front = Set(Dominance.front(of: losses))
            for (place, own) in losses.enumerated() {
                let isDominated = losses.contains { Dominance.dominates($0, own) }
                #expect(front.contains(place) == !isDominated, "\(round): \(own)")
            }
        }
    }

    private func trial(
        _ number: Int, _ reports: [(Double, [String: Double])], state: Trial.State = .complete
    ) -> Trial {
        Trial(
            id: Trial.ID(number), assignment: [:], state: state,
            reports: reports.enumerated().map {
                Report(iter: $0.offset + 1, step: 10 * $0.offset, value: $0.element.0, metrics: $0.element.1)
            })
    }

    private let history = History(
        goal: .maximize, otherMetrics: [Metric(name: "size", goal: .minimize)], constraints: ["memory": Limits(max: 10)])

    @Test func `A trial stands for its best report by the first metric, whatever else it reported`() {
        var study = history
        study.trials = [
            trial(0, [(0.5, ["size": 1, "memory": 1]), (0.9, ["size": 9, "memory": 1]), (0.9, ["size": 2, "memory": 1])]),
            trial(1, [(0.8, ["size": 9, "memory": 1])]), trial(2, [(0.7, ["size": 3, "memory": 1])], state: .pruned),
        ]
        #expect(study.front.map(\.trial.id.number) == [0, 2])
        #expect(study.front.map(\.report.iter) == [2, 1])
    }

    @Test func `What failed, breaks a constraint or lacks a metric is not on the front`() {
        var study = history
        study.trials = [
            trial(0, [(0.99, ["size": 1, "memory": 1])], state: .failed), trial(1, [(0.98, ["size": 1, "memory": 11])]),
            trial(2, [(0.97, ["memory": 1])]), trial(3, [(0.96, ["size": .nan, "memory": 1])]), trial(4, []),
            trial(5, [(0.5, ["size": 5, "memory": 1])], state: .running),
        ]
        #expect(study.front.map(\.trial.id.number) == [5])
        #expect(study.best?.trial.id == Trial.ID(5))
    }

    @Test func `The best is on the front: among equals by the first metric the others tell`() {
        var study = history
        study.trials = [trial(0, [(0.9, ["size": 8, "memory": 1])]), trial(1, [(0.9, ["size": 4, "memory": 1])])]
        #expect(study.best?.trial.id == Trial.ID(1))
        #expect(study.front.count == 1)
        study.trials.append(trial(2, [(0.9, ["size": 4, "memory": 1])]))
        #expect(study.best?.trial.id == Trial.ID(1))
        #expect(study.front.map(\.trial.id.number) == [1, 2])
    }

    @Test func `With one metric the front is the best and its equals`() {
        let trials = [0.5, 0.7, 0.6, 0.7].enumerated().map { trial($0.offset, [($0.element, [:])]) }
        #expect(History(goal: .maximize, trials: trials).front.map(\.trial.id.number) == [1, 3])
        #expect(History(goal: .minimize, trials: trials).front.map(\.trial.id.number) == [0])
    }

    @Test func `The step is a figure like any other`() {
        let report = Report(iter: 1, step: 20, value: 1, metrics: ["loss": 2])
        #expect(report.figure("step") == 20 && report.figure("loss") == 2 && report.figure("size") == nil)
        let study = History(goal: .maximize, constraints: ["step": Limits(max: 19)])
        #expect(study.violation(of: report) > 0)
        #expect(study.violation(of: Report(iter: 1, step: 19, value: 1)) == 0)
    }
}
