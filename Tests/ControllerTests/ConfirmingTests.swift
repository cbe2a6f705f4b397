import Confirmations
import Controller
import SearchSpaces
import Strategies
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings
import TrialRunners

/// What comes after the search: the best are retrained with further seeds.
@Suite(.timeLimit(.minutes(5))) struct ConfirmingTests {
    private static let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 4)

    /// Nine reports, each better than the last; the seed moves all of a trial's.
    private static func value(_ assignment: Assignment, _ seed: Int, _ iter: Int) -> Double? {
        let x = assignment["x"]?.number ?? 0.1
        return iter > 9 ? nil : x + 0.01 * Double(iter) + 0.005 * Double((seed * 7 + Int(x * 1000)) % 5)
    }

    private var runner: FakeTrialRunner { FakeTrialRunner(seeded: Self.value) }

    private func laboratory(
        _ settings: ConfirmationSettings? = ConfirmationSettings(top: 2, seeds: 3), runCap: Int = 9, workers: Int = 1
    ) throws -> Laboratory {
        var laboratory = try Laboratory(runCap: runCap, workers: workers, early: .asha(Self.rungs))
        laboratory.confirming = settings.map { ConfirmationRequest($0) }
        return laboratory
    }

    private func verdict(_ laboratory: Laboratory) throws -> (ConfirmationPlan, Verdict) {
        let store = try laboratory.store()
        let confirmation = try #require(try store.study().confirmation)
        return (confirmation, Verdict(ConfirmationRace(confirmation, in: try store.history())))
    }

    private func made(_ history: History) -> [String] {
        history.confirmations.map { "\($0.assignment.values) \($0.seed ?? -1)" }
    }

    @Test(arguments: [1, 3]) func `once the search is over its best are retrained in full`(workers: Int) async throws {
        let laboratory = try laboratory(workers: workers)
        let runner = runner
        let (outcome, history) = try await laboratory.run(runner)
        #expect(outcome == .finished(note: nil))
        #expect(history.trials.count == 9 && history.trials.allSatisfy { $0.state.isFinal })
        // Neither the rungs nor the program's own end: what max_iter allows.
        #expect(history.confirmations.allSatisfy { $0.state == .complete && $0.reports.count == 4 })
        #expect(Set(made(history)).count == made(history).count)
        let (confirmation, verdict) = try verdict(laboratory)
        #expect(confirmation.seeds == [4, 5, 6] && confirmation.searched == 9)
        #expect(verdict.isOver && verdict.chosen != nil)
        let seeds = runner.launches.filter { $0.trial.number >= 9 }.map { $0.environment["AUTOLORA_SEED"] ?? nil }
        #expect(Set(seeds.compactMap(\.self)).isSubset(of: ["4", "5", "6"]))
        #expect(try laboratory.store().study().finishedAt != nil)
        #expect(try laboratory.store().damages().isEmpty)
    }

    @Test func `without a word of it nothing is confirmed`() async throws {
        let history = try await laboratory(nil).run(runner).1
        #expect(history.confirmations.isEmpty)
    }

    @Test(arguments: ["launched", "reported", "settled"], [10, 12])
    func `killed in the middle and resumed, nothing is repeated and the verdict is the same`(
        kind: String, number: Int
    ) async throws {
        let undisturbed = try laboratory()
        let whole = try await undisturbed.run(runner).1
        let remains = try await laboratory().remains(of: runner) { event in
            switch (kind, event) {
            case ("launched", .launched(let trial, startsOver: _)): trial.id.number == number
            case ("reported", .reported(let id, let report)): id.number == number && report.iter == 2
            case ("settled", .settled(let trial, error: _)): trial.id.number == number
            default: false
            }
        }
        let before = try remains.store().history()
        let resumed = try await remains.run(runner).1
        #expect(made(resumed) == made(whole))
        #expect(resumed.confirmations.map(\.reports) == whole.confirmations.map(\.reports))
        for (old, new) in zip(before.confirmations, resumed.confirmations) where old.state.isFinal {
            #expect(new.launches == old.launches)
        }
        let (one, other) = (try verdict(undisturbed).1, try verdict(remains).1)
        #expect(one.chosen == other.chosen && one.standings.map(\.interval) == other.standings.map(\.interval))
    }

    @Test func `a resumed study that has confirmed all launches nothing`() async throws {
        let laboratory = try laboratory()
        let first = try await laboratory.run(runner).1
        let again = runner
        #expect(try await laboratory.run(again).1 == first)
        #expect(again.launches.isEmpty)
    }

    @Test func `asked for more it goes on, and what a study was asked for stays until it is asked again`() async throws {
        var laboratory = try laboratory()
        let first = try await laboratory.run(runner).1
        laboratory.confirming = ConfirmationRequest(ConfirmationSettings(top: 3, seeds: 5), isExplicit: true)
        let more = try await laboratory.run(runner).1
        #expect(Array(more.confirmations.prefix(first.confirmations.count)) == first.confirmations)
        #expect(more.confirmations.count > first.confirmations.count)
        laboratory.confirming = ConfirmationRequest(ConfirmationSettings(top: 2, seeds: 3))
        #expect(try await laboratory.run(runner).1 == more)
        #expect(try verdict(laboratory).0.seeds.count == 5)
    }

    @Test func `the search goes on after a confirmation, and what it decided can be decided again`() async throws {
        var laboratory = try laboratory(runCap: 9)
        _ = try await laboratory.run(runner)
        laboratory.specification.runCap = 14
        var record = try laboratory.store().study()
        record.runCap = 14
        try laboratory.store().update(record)
        let history = try await laboratory.run(runner).1
        #expect(history.trials.count == 14 && history.trials.allSatisfy { $0.state.isFinal })
        #expect(history.trials[9].id.number > 9)
        // The choice is made again among all.
        #expect(try verdict(laboratory).0.searched == 14)
        let store = try laboratory.store()
        let specification = laboratory.specification
        var replay = try #require(
            StudyReplay(
                specification: specification, events: try store.events().map(\.event), recorded: history
            ) { runCap, _ in
                var specification = specification
                specification.runCap = runCap
                return try Suggester(specification: specification)
            })
        #expect(try replay.divergences().isEmpty)
        #expect(store.damages().isEmpty, "\(store.damages())")
    }

    @Test func `a search in which nothing worked ends without a confirmation, and says so`() async throws {
        let laboratory = try laboratory()
        let outcome = try await laboratory.run(FakeTrialRunner(seeded: { _, _, iter in iter > 9 ? nil : .nan })).0
        guard case .finished(let note?) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(note.contains("nothing was confirmed"))
    }

    @Test func `a target ends the search, not its confirmation`() async throws {
        var laboratory = try Laboratory(runCap: 9, early: .asha(Self.rungs), target: 0.3)
        laboratory.confirming = ConfirmationRequest(ConfirmationSettings(top: 1, seeds: 2))
        let (outcome, history) = try await laboratory.run(runner)
        #expect(history.trials.count < 9 && history.confirmations.count == 4)
        guard case .finished(let note?) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(note.hasPrefix("score reached the target"))
    }

    @Test(arguments: [EarlyTermination.asha(rungs), .successiveHalving(rungs), .hyperband(rungs)])
    func `a winner that waits at a rung is trained to its end`(early: EarlyTermination) async throws {
        for runCap in 1...7 {
            let history = try await Laboratory(runCap: runCap, early: early).run(runner).1
            let best = try #require(history.best).trial
            #expect(best.state == .complete && best.reports.count == 4, "\(runCap) trials")
        }
    }

    @Test func `a winner whose program ended at its rung by itself is complete, and is not launched again`() async throws {
        let runner = FakeTrialRunner(seeded: { assignment, _, iter in iter > 1 ? nil : assignment["x"]?.number })
        let history = try await Laboratory(runCap: 2, early: .asha(Self.rungs)).run(runner).1
        #expect(history.trials.allSatisfy { $0.reports.count == 1 })
        #expect(history.best?.trial.state == .complete || history.best?.trial.launches == 2)
    }
}
