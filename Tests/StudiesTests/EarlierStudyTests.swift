import SearchSpaces
import Studies
import Testing

struct EarlierStudyTests {
    private let trials = [0.1, 0.2, 0.3].enumerated().map { number, size in
        Trial(
            id: Trial.ID(number), assignment: [:], state: .complete,
            reports: [Report(iter: 1, value: 9), Report(iter: 2, value: size, metrics: ["size": size])])
    }

    private func kept(_ own: [String: Limits] = [:], _ others: [String: Limits] = [:]) -> [[Double]] {
        let history = History(goal: .minimize, constraints: own, trials: trials)
        return EarlierStudy(name: "e", history: history, constraints: others).history.trials.map { $0.reports.map(\.value) }
    }

    @Test func `The best report stands for a trial`() {
        #expect(kept() == [[0.1], [0.2], [0.3]])
    }

    @Test func `A trial that breaks its study's constraints, or the one's that learns from it, has nothing to show`() {
        let limits = Limits(min: 0.15, max: nil)
        #expect(kept(["size": limits]) == [[], [0.2], [0.3]])
        #expect(kept([:], ["size": limits]) == [[], [0.2], [0.3]])
        #expect(kept([:], ["unknown": limits]) == [[0.1], [0.2], [0.3]])
    }
}
