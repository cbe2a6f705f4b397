import SearchSpaces
import Studies
import Testing
import TrainerSettings

/// What is confirmed stays away from what a search decides.
struct PurposeTests {
    private func trial(_ number: Int, _ value: Double, confirming: Bool = false) -> Trial {
        var trial = Trial(
            id: Trial.ID(number), assignment: ["x": .int(number)], state: .complete, reports: [Report(iter: 1, value: value)],
            launches: 1)
        if confirming { trial.purpose = .confirm(of: Trial.ID(0), seed: 40 + number) }
        return trial
    }

    private var history: History {
        History(
            goal: .maximize,
            trials: [
                trial(0, 0.5), trial(1, 0.7), trial(2, 0.9, confirming: true), trial(3, 0.8, confirming: true), trial(4, 0.6),
            ])
    }

    @Test func `a history keeps confirmations apart from the search`() {
        #expect(history.trials.map(\.id.number) == [0, 1, 4])
        #expect(history.confirmations.map(\.id.number) == [2, 3])
        #expect(history.best?.trial.id == Trial.ID(1))
        #expect(history.front.map(\.trial.id.number) == [1])
    }

    @Test func `every trial is found by its number, whatever lies between`() {
        #expect((0..<5).allSatisfy { history[Trial.ID($0)].id.number == $0 })
        #expect(history.contains(Trial.ID(4)) && !history.contains(Trial.ID(5)))
        #expect(history.nextID == Trial.ID(5))
        var changed = history
        changed[Trial.ID(3)].state = .failed
        changed[Trial.ID(4)].state = .pruned
        #expect(changed.confirmations[1].state == .failed && changed.trials[2].state == .pruned)
        changed.add(trial(5, 1, confirming: true))
        changed.add(trial(6, 1))
        #expect(changed.confirmations.count == 3 && changed.trials.last?.id == Trial.ID(6))
    }

    @Test func `schedulers count the search's trials alone`() {
        #expect(history.ordinal(of: Trial.ID(1)) == Trial.ID(1))
        #expect(history.ordinal(of: Trial.ID(4)) == Trial.ID(2))
        #expect(history.ordinal(of: history.nextID) == Trial.ID(3))
    }

    @Test func `run_cap counts the search's trials, and new ones get the next number of all`() {
        struct Plain: PromotionRule {
            func firstMilestone(of id: Trial.ID) -> Int? { id.number }
            func promotion(in history: History) -> Promotion? { nil }
        }
        var plan = LaunchPlan(runCap: 4, history: history)
        let step = plan.next(after: history, by: Plain(), suggest: { _ in .assignment([:], refused: 0) })
        guard case .start(let trial, let milestone, _) = step else {
            Issue.record("\(step)")
            return
        }
        #expect(trial.id == Trial.ID(5) && milestone == 3)
        var waiting = history[Trial.ID(2)]
        waiting.state = .waiting
        plan.note(waiting)
        #expect(plan.waitingTrials.isEmpty)
    }

    @Test func `a confirmation tells its seed`() {
        #expect(history[Trial.ID(2)].seed == 42 && history[Trial.ID(2)].confirms)
        #expect(history[Trial.ID(1)].seed == nil && !history[Trial.ID(1)].confirms)
    }
}
