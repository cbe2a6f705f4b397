import SearchSpaces
import Studies
import Testing
import TrainerSettings

@Suite struct LaunchPlanTests {
    /// Weighs trials after report 2 and promotes the trials that it is told to.
    private struct Rule: PromotionRule {
        var promoted: Promotion?

        func firstMilestone(of id: Trial.ID) -> Int? { 2 }

        func promotion(in history: History) -> Promotion? { promoted }
    }

    private let promotion = Rule(promoted: Promotion(trial: Trial.ID(1), milestone: 6))

    private func history(_ states: Trial.State...) -> History {
        History(
            goal: .minimize,
            trials: states.enumerated().map { Trial(id: Trial.ID($0), assignment: ["x": .int($0)], state: $1) })
    }

    private func next(_ plan: LaunchPlan, _ history: History, _ rule: Rule = Rule()) -> LaunchPlan.Step {
        plan.next(after: history, by: rule) { .assignment(["x": .int($0.trials.count)], refused: 3) }
    }

    @Test func `what was interrupted comes before a promotion, and the lowest number first`() {
        var history = history(.complete, .paused, .waiting, .waiting)
        var plan = LaunchPlan(runCap: 9, history: history)
        #expect(plan.waitingTrials == [Trial.ID(2), Trial.ID(3)])
        #expect(next(plan, history, promotion) == .goOn(Trial.ID(2), milestone: 2))
        history.trials[2].state = .running
        plan.note(history.trials[2])
        #expect(next(plan, history, promotion) == .goOn(Trial.ID(3), milestone: 2))
    }

    @Test func `an interrupted trial goes on to where it was to be weighed`() {
        var history = history(.waiting)
        history.trials[0].milestone = 18
        #expect(next(LaunchPlan(runCap: 1, history: history), history) == .goOn(Trial.ID(0), milestone: 18))
    }

    @Test func `a promotion comes before a new configuration`() {
        let history = history(.running, .paused)
        let plan = LaunchPlan(runCap: 9, history: history)
        #expect(next(plan, history, promotion) == .goOn(Trial.ID(1), milestone: 6))
        let new = Trial(id: Trial.ID(2), assignment: ["x": .int(2)])
        #expect(next(plan, history) == .start(new, milestone: 2, refused: 3))
    }

    @Test func `what somebody asks for comes after promotions, before the strategy's own, in its order and within the cap`() {
        var history = history(.running, .paused)
        let wanted = [(7, 70), (9, 90)].map { QueuedConfiguration(request: $0, assignment: ["x": .int($1)]) }
        var plan = LaunchPlan(runCap: 4, history: history, queue: [wanted[0]])
        plan.enqueue(wanted[1])
        #expect(next(plan, history, promotion) == .goOn(Trial.ID(1), milestone: 6))
        for (request, value) in [(7, 70), (9, 90)] {
            guard case .start(var trial, milestone: 2, refused: 0) = next(plan, history) else {
                Issue.record("not started")
                return
            }
            #expect(trial.enqueuedBy == request && trial.assignment == ["x": .int(value)])
            trial.state = .running
            history.add(trial)
            plan.note(trial)
        }
        plan.enqueue(QueuedConfiguration(request: 10, assignment: ["x": .int(1)]))
        #expect(next(plan, history) == .wait)
        #expect(plan.queue.map(\.request) == [10])
        plan.dequeue(10)
        #expect(plan.queue.isEmpty)
    }

    @Test func `at the cap it waits, and asks for no configuration`() {
        let history = history(.running, .paused)
        let plan = LaunchPlan(runCap: 2, history: history)
        let step = plan.next(after: history, by: Rule()) { _ in
            Issue.record("asked")
            return .exhausted("")
        }
        #expect(step == .wait)
        #expect(next(plan, history, promotion) == .goOn(Trial.ID(1), milestone: 6))
    }

    @Test func `once nothing is left to try the study is complete with what it has`() {
        let history = history(.running, .paused)
        var plan = LaunchPlan(runCap: 9, history: history)
        #expect(plan.next(after: history, by: Rule()) { _ in .exhausted("all tried") } == .ranOut("all tried"))
        #expect(plan.trialCount == 9)
        plan.runOut("all tried", in: history)
        #expect(plan.trialCount == 2)
        #expect(plan.exhausted == "all tried")
        #expect(next(plan, history) == .wait)
        #expect(next(plan, history, promotion) == .goOn(Trial.ID(1), milestone: 6))
    }

    @Test func `whether there may be a launch is known without a suggestion`() {
        let history = history(.running, .paused)
        var plan = LaunchPlan(runCap: 2, history: history)
        #expect(!plan.mayLaunch(after: history, by: Rule()))
        #expect(plan.mayLaunch(after: history, by: promotion))
        #expect(LaunchPlan(runCap: 3, history: history).mayLaunch(after: history, by: Rule()))
        #expect(LaunchPlan(runCap: 1, history: self.history(.waiting)).mayLaunch(after: self.history(.waiting), by: Rule()))
        plan = LaunchPlan(runCap: 3, history: history)
        plan.runOut("all tried", in: history)
        #expect(!plan.mayLaunch(after: history, by: Rule()))
    }
}
