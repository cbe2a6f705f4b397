import Confirmations
import SearchSpaces
import Studies
import Testing
import TrainerSettings

struct ConfirmationRaceTests {
    /// Noise that every configuration has with a seed, and of its own.
    private static func noise(_ x: Double, _ seed: Int) -> Double {
        let place = (Double(seed) * 0.618 + x * 0.37).truncatingRemainder(dividingBy: 1)
        return 0.01 * (place - 0.5)
    }

    private static func near(_ assignment: Assignment, _ seed: Int) -> Double? {
        let x = assignment["x"]?.number ?? -1
        // The first three are close to each other, the rest and the baseline far behind.
        return (x < 0 ? 0.6 : x < 3 ? 0.9 - 0.001 * x : 0.7) + noise(x, seed)
    }

    @Test func `the best of the search are retrained beside the trainer's defaults`() throws {
        let study = try PlayedStudy([0.5, 0.9, 0.7, 0.8], ConfirmationSettings(top: 2), value: Self.near)
        #expect(study.confirmation.finalists == [Trial.ID(1), Trial.ID(3)])
        #expect(study.confirmation.seeds == [8, 9, 10, 11, 12] && study.confirmation.searched == 4)
        #expect(study.confirmation.top == 2)
        let all = try PlayedStudy([0.5, 0.9], ConfirmationSettings(top: 7), value: Self.near).confirmation
        #expect(all.top == 7 && all.finalists.count == 2)
        #expect(study.race.candidates.map(\.isFinalist) == [true, true, false])
        #expect(study.race.candidates.last?.assignment == Assignment([:]))
    }

    @Test func `who is clearly behind gets no further seeds, and the others get all`() throws {
        var study = try PlayedStudy([0.9, 0.89, 0.88, 0.87], ConfirmationSettings(top: 4), value: Self.near)
        study.play()
        let race = study.race
        #expect(race.isOver && race.live == [0, 1, 2])
        let made = race.results.map { $0.count { $0.value != nil } }
        #expect(made[..<3] == [5, 5, 5] && made[3] < 5 && made[4] < 5 && made[3] >= 2)
        #expect(study.history.trials.count == 4)
        #expect(race.expectedTrials == study.history.confirmations.count)
    }

    @Test(arguments: [1, 2, 3, 7])
    func `however many run at the same time, the same trials are made`(workers: Int) throws {
        var (one, many) = (
            try PlayedStudy([0.9, 0.89, 0.88, 0.87], ConfirmationSettings(top: 4), value: Self.near),
            try PlayedStudy([0.9, 0.89, 0.88, 0.87], ConfirmationSettings(top: 4), value: Self.near)
        )
        one.play()
        many.play(workers: workers)
        func made(_ study: PlayedStudy) -> Set<String> {
            Set(study.history.confirmations.map { "\($0.assignment.values) \($0.seed ?? 0)" })
        }
        #expect(made(one) == made(many))
        #expect(Verdict(one.race).chosen == Verdict(many.race).chosen)
    }

    @Test func `what was interrupted is launched again before anything else`() throws {
        var study = try PlayedStudy([0.9, 0.89], ConfirmationSettings(top: 2, baseline: .none), value: Self.near)
        var trial = try #require(study.race.next(as: study.history.nextID))
        trial.state = .running
        study.history.add(trial)
        #expect(study.race.interrupted.isEmpty && !study.race.isOver)
        study.history[trial.id].state = .waiting
        #expect(study.race.interrupted == [trial.id])
    }

    @Test func `asked for more, it goes on with what is there`() throws {
        var study = try PlayedStudy([0.9, 0.89], ConfirmationSettings(top: 1, seeds: 2), value: Self.near)
        study.play()
        let made = study.history.confirmations.count
        let more = try ConfirmationPlan(
            ConfirmationSettings(top: 2, seeds: 4), of: study.history, in: PlayedStudy.space(2), seed: 7)
        let race = ConfirmationRace(more, in: study.history)
        #expect(!race.isOver && race.results[0].prefix(2).allSatisfy { $0.value != nil })
        let next = try #require(race.next(as: study.history.nextID))
        #expect(next.purpose == .confirm(of: Trial.ID(1), seed: 8))
        #expect(made == 4)
    }

    @Test func `a failure puts its configuration out, and is told`() throws {
        var study = try PlayedStudy([0.9, 0.89], ConfirmationSettings(top: 2)) { assignment, seed in
            assignment["x"] == .int(0) && seed == 9 ? nil : Self.near(assignment, seed)
        }
        study.play()
        let verdict = Verdict(study.race)
        #expect(verdict.chosen == 1)
        #expect(verdict.standings[0].problem?.hasSuffix("seed 9: it failed") == true)
        #expect(verdict.standings[0].values.count < 5)
        let failed = try #require(study.history.confirmations.first { $0.state == .failed })
        let again = ConfirmationRace(study.confirmation, in: study.history, disregarding: [failed.id])
        #expect(again.next(as: study.history.nextID)?.seed == 9)
    }

    @Test func `a seed among the parameters takes the confirmation's seeds, and is no other configuration`() throws {
        let space = SearchSpace([
            Parameter(name: "x", distribution: .intUniform(min: 0, max: 9)),
            Parameter(name: "seed", distribution: .intUniform(min: 0, max: 99)),
        ])
        func trial(_ number: Int, _ x: Int, _ seed: Int, _ value: Double) -> Trial {
            Trial(
                id: Trial.ID(number), assignment: ["x": .int(x), "seed": .int(seed)], state: .complete,
                reports: [Report(iter: 1, value: value)])
        }
        let history = History(
            goal: .minimize, trials: [trial(0, 3, 8, 0.1), trial(1, 3, 4, 0.2), trial(2, 5, 9, 0.3), trial(3, 6, 1, 0.4)])
        let confirmation = try ConfirmationPlan(ConfirmationSettings(top: 2, seeds: 3), of: history, in: space, seed: 7)
        #expect(confirmation.finalists == [Trial.ID(0), Trial.ID(2)] && confirmation.seeds == [10, 11, 12])
        let one = try ConfirmationPlan(ConfirmationSettings(top: 1, seeds: 3), of: history, in: space, seed: 7)
        #expect(one.seeds == [10, 11, 12], "the search has used 9 too")
        let race = ConfirmationRace(confirmation, in: history)
        #expect(race.next(as: history.nextID)?.assignment == ["x": .int(3), "seed": .int(10)])
    }

    @Test func `the plain baseline has what cannot be otherwise, and nothing else`() throws {
        let space = SearchSpace([
            Parameter(name: "x", distribution: .intUniform(min: 0, max: 9)),
            Parameter(name: "epochs", distribution: .constant(.int(3))),
        ])
        #expect(space.constants == ["epochs": .int(3)] && space.seedParameter == nil)
        let history = History(
            goal: .maximize,
            trials: [
                Trial(id: Trial.ID(0), assignment: ["x": .int(1), "epochs": .int(3)], reports: [Report(iter: 1, value: 1)])
            ])
        func baseline(_ wanted: ConfirmationSettings.Baseline) throws -> ConfirmationPlan.Baseline? {
            try ConfirmationPlan(ConfirmationSettings(baseline: wanted), of: history, in: space, seed: 0).baseline
        }
        #expect(try baseline(.plain) == .init(assignment: ["epochs": .int(3)]))
        #expect(try baseline(.none) == nil)
        #expect(try baseline(.trial(0))?.trial == Trial.ID(0))
        #expect(try baseline(.configuration(["x": .int(4)]))?.assignment == ["x": .int(4), "epochs": .int(3)])
        #expect(throws: ConfirmationPlan.Refusal.self) { try baseline(.trial(4)) }
    }

    @Test func `a search without a value has nothing to confirm`() {
        #expect(throws: ConfirmationPlan.Refusal.self) { try PlayedStudy([], value: Self.near) }
    }
}
