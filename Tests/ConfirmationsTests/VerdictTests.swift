import Confirmations
import SearchSpaces
import Studies
import Testing
import TrainerSettings

struct VerdictTests {
    /// A study of three finalists and a baseline; each seed's noise is the given one.
    private func verdict(
        _ means: [Double], noise: [Double] = [0.01, -0.008, 0.003, -0.006, 0.001], baseline: Double = 0.5,
        goal: Goal = .maximize
    ) throws -> Verdict {
        let found = means.indices.map { goal == .maximize ? 1 - 0.01 * Double($0) : 0.01 * Double($0) }
        var study = try PlayedStudy(found, ConfirmationSettings(top: means.count), goal: goal) { assignment, seed in
            let x = assignment["x"]?.integer ?? -1
            return (x < 0 ? baseline : means[x]) + noise[(seed + 3 * x + 10) % noise.count]
        }
        study.play(workers: 2)
        return Verdict(study.race)
    }

    @Test func `what differs by less than the seeds is tied, and the cheapest is recommended`() throws {
        let verdict = try verdict([0.9, 0.902, 0.901])
        let chosen = try #require(verdict.chosen)
        #expect(verdict.tied.count == 2 && !verdict.tied.contains(chosen))
        // Parameters fall with x.
        #expect(verdict.recommended == 2)
        #expect(verdict.standings[3].beaten ?? 0 > 0.99 && !verdict.standings[3].isTied)
    }

    @Test func `what differs by more is not`() throws {
        let verdict = try verdict([0.9, 0.94, 0.85])
        #expect(verdict.chosen == 1 && verdict.tied.isEmpty && verdict.recommended == 1)
        #expect(verdict.standings[2].isOut)
    }

    @Test func `a loss is chosen by the least`() throws {
        let verdict = try verdict([0.3, 0.2, 0.4], baseline: 0.9, goal: .minimize)
        #expect(verdict.chosen == 1 && verdict.tied.isEmpty)
        #expect(verdict.chance(1, against: 0) ?? 0 > 0.95 && verdict.chance(0, against: 1) ?? 1 < 0.05)
    }

    @Test func `a baseline that is as good is called tied`() throws {
        let verdict = try verdict([0.9, 0.8], baseline: 0.899)
        let baseline = try #require(verdict.baseline)
        #expect(verdict.standings[baseline].isTied && verdict.tied.isEmpty)
    }

    @Test func `a baseline that is clearly better is not called tied`() throws {
        let verdict = try verdict([0.9, 0.8], baseline: 0.99)
        let baseline = try #require(verdict.baseline)
        #expect(verdict.standings[baseline].beaten ?? 1 < 0.01 && !verdict.standings[baseline].isTied)
        #expect(verdict.chosen == 0)
    }

    @Test func `means and deviations are the values' own, and the representative is the best seed`() throws {
        let verdict = try verdict([0.9])
        let standing = verdict.standings[0]
        #expect(abs((standing.mean ?? 0) - 0.9) < 1e-12)
        #expect(abs((standing.deviation ?? 0) - 0.007_245_688_373_094_719) < 1e-12)
        #expect(standing.representative(.maximize)?.report.value == 0.91)
        let interval = try #require(standing.interval)
        #expect(interval.contains(0.9) && interval.upperBound - interval.lowerBound < 0.03)
    }

    @Test func `seeds that change nothing are found out`() throws {
        #expect(try verdict([0.9, 0.8], noise: [0, 0, 0, 0, 0]).ignoresSeeds)
        #expect(try !verdict([0.9, 0.8]).ignoresSeeds)
    }

    @Test func `nothing is chosen before the race is over`() throws {
        var study = try PlayedStudy([0.9, 0.8]) { _, seed in Double(seed) }
        #expect(Verdict(study.race).chosen == nil && !Verdict(study.race).isOver)
        _ = study.step()
        #expect(Verdict(study.race).standings[0].mean == 8)
    }

    @Test func `a baseline that is a finalist is trained once`() throws {
        var study = try PlayedStudy([0.9, 0.8], ConfirmationSettings(baseline: .trial(1))) { assignment, seed in
            0.9 - 0.1 * (assignment["x"]?.number ?? 0) + 0.001 * Double(seed % 3)
        }
        study.play()
        let verdict = Verdict(study.race)
        #expect(verdict.standings.count == 2 && verdict.baseline == 1 && verdict.chosen == 0)
    }
}
