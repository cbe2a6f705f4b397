import Confirmations
import SearchSpaces
import Studies
import Testing
import TrainerSettings

/// Who is out of a race, and comes back once those that were ahead are gone.
struct ComebackTests {
    /// Trial 0 is far ahead of the others with its first seeds; what becomes of it with the later ones is the test's.
    private static func study(
        _ settings: ConfirmationSettings = ConfirmationSettings(top: 3), later: @escaping (Int) -> Double?
    ) throws -> PlayedStudy {
        try PlayedStudy([0.9, 0.8, 0.79], settings) { assignment, seed in
            let x = assignment["x"]?.integer ?? -1
            let noise = 0.002 * Double((seed * 3 + x * 2 + 4) % 5)
            if x == 0 { return seed < 10 ? 0.9 + noise : later(seed).map { $0 + noise } }
            return (x < 0 ? 0.3 : 0.7 - 0.002 * Double(x)) + noise
        }
    }

    private func made(_ race: ConfirmationRace) -> [Int] { race.results.map { $0.count { $0.value != nil } } }

    @Test func `when the one ahead fails, those that it had driven out come back and one is chosen`() throws {
        var study = try Self.study { _ in nil }
        study.play()
        let verdict = Verdict(study.race)
        #expect(study.race.isOver && verdict.standings[0].problem != nil)
        #expect(made(study.race) == [2, 5, 5, 2])
        let chosen = try #require(verdict.chosen)
        #expect([1, 2].contains(chosen) && verdict.tied.count == 1 && !verdict.standings[chosen].isOut)
        // The baseline is as far behind these as it was.
        #expect(verdict.standings[3].isOut && !verdict.standings[3].isTied)
    }

    @Test func `when it falls behind with its later seeds, they come back too`() throws {
        var study = try Self.study { _ in 0.2 }
        study.play()
        let verdict = Verdict(study.race)
        #expect(made(study.race)[..<3] == [5, 5, 5])
        #expect([1, 2].contains(try #require(verdict.chosen)))
        #expect(verdict.standings.allSatisfy { !($0.isOut && $0.isTied) })
    }

    @Test(arguments: [1, 2, 4], [false, true])
    func `with more workers and after a stop the same trials are made`(workers: Int, fails: Bool) throws {
        func played(_ workers: Int) throws -> PlayedStudy {
            var study = try Self.study { _ in fails ? nil : 0.2 }
            study.play(workers: workers)
            return study
        }
        let (one, many) = (try played(1), try played(workers))
        func cells(_ study: PlayedStudy) -> Set<String> {
            Set(study.history.confirmations.map { "\($0.assignment.values) \($0.seed ?? 0)" })
        }
        #expect(cells(one) == cells(many) && Verdict(one.race).chosen == Verdict(many.race).chosen)
        #expect(
            Set(many.history.confirmations.map { "\($0.assignment.values) \($0.seed ?? 0)" }).count
                == many.history.confirmations.count)
    }

    /// Leaders that collapse with every seed from the third on, one after the other, in studies of random noise.
    @Test(arguments: 0..<40) func `nobody is both out and tied, and who is chosen has all seeds`(number: Int) throws {
        var generator = SeededNumbers(number)
        let means = (0..<4).map { _ in 0.8 + 0.05 * generator.next() }
        let collapse = (0..<4).map { _ in generator.next() < 0.4 ? generator.next() : 0 }
        let fails = (0..<4).map { _ in generator.next() < 0.25 }
        let noise = (0..<5).map { _ in (0..<5).map { _ in 0.01 * (generator.next() - 0.5) } }
        var study = try PlayedStudy(means, ConfirmationSettings(top: 4)) { assignment, seed in
            let x = assignment["x"]?.integer ?? 4
            guard x < 4 else { return 0.8 + noise[4][seed - 8] }
            if seed > 9, fails[x] { return nil }
            return means[x] + noise[x][seed - 8] - (seed > 9 ? collapse[x] : 0)
        }
        study.play(workers: 1 + number % 3)
        let (race, verdict) = (study.race, Verdict(study.race))
        #expect(race.isOver && race.next(as: study.history.nextID) == nil)
        for standing in verdict.standings where standing.isOut {
            #expect(!standing.isTied && standing.values.count < 5)
            #expect(standing.beaten ?? 1 > Verdict.clear)
        }
        guard let chosen = verdict.chosen else {
            #expect(verdict.standings.allSatisfy { !$0.candidate.isFinalist || $0.problem != nil })
            return
        }
        #expect(verdict.standings[chosen].values.count == 5)
        let full = verdict.standings.filter { $0.candidate.isFinalist && $0.problem == nil && $0.values.count == 5 }
        #expect(full.compactMap(\.mean).max() == verdict.standings[chosen].mean)
    }

    @Test func `who has all seeds from an earlier confirmation is not out of the race`() throws {
        var study = try PlayedStudy([0.9, 0.89, 0.5], ConfirmationSettings(top: 1, baseline: .trial(2))) { assignment, seed in
            0.9 - 0.2 * (assignment["x"]?.number ?? 0) + 0.001 * Double(seed % 3)
        }
        // Every seed of trial 2 is there.
        for seed in study.confirmation.seeds {
            var trial = Trial(id: study.history.nextID, assignment: ["x": .int(2)], state: .complete, launches: 1)
            trial.purpose = .confirm(of: Trial.ID(2), seed: seed)
            trial.reports = [Report(iter: 1, value: 0.5 + 0.001 * Double(seed % 3))]
            study.history.add(trial)
        }
        study.play()
        let verdict = Verdict(study.race)
        #expect(verdict.standings[1].values.count == 5 && !verdict.standings[1].isOut)
        #expect(verdict.standings[1].beaten ?? 0 > 0.99)
    }

    @Test func `without a finalist that works the baseline gets no further seeds`() throws {
        var study = try PlayedStudy([0.9], ConfirmationSettings(top: 1)) { assignment, _ in
            assignment["x"] == nil ? 0.5 : nil
        }
        study.play()
        #expect(study.race.isOver && study.history.confirmations.count <= 4)
        #expect(Verdict(study.race).chosen == nil)
    }

    @Test func `before the race is over the one that leads is told, and nobody is chosen`() throws {
        var study = try Self.study { _ in 0.9 }
        for _ in 0..<9 { _ = study.step() }
        let verdict = Verdict(study.race)
        #expect(!verdict.isOver && verdict.chosen == nil && verdict.leading == 0 && verdict.recommended == nil)
        #expect(verdict.standings[1].beaten ?? 0 > 0.98 && verdict.standings.allSatisfy { !$0.isTied })
        #expect(study.race.endedTrials == 9 && study.race.expectedTrials < 20)
    }
}

/// Numbers from 0 to 1 that look random (Steele, Lea and Flood's SplitMix64).
struct SeededNumbers {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
    }

    /// A standard normal number.
    mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + next() } }
}
