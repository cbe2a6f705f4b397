import Confirmations
import Foundation
import SearchSpaces
import Studies
import Testing
import TrainerSettings

@testable import search_benchmark

/// The recorded table with its seeds' noise.
struct ConfirmedStudiesTests {
    private let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../studies/minilm-movie-reviews"
    ).standardized.path

    @Test func `a training has its configuration's mean and the noise of second seeds`() throws {
        let table = try NoisyTable(folder: folder)
        #expect((0.005...0.01).contains(table.noise))
        let configuration = try #require(table.configurations.first)
        func best(_ seed: Int) -> Double { table.curve(of: configuration, seed).map(\.value).max() ?? .nan }
        let values = (0..<60).map(best)
        let mean = values.reduce(0, +) / 60
        #expect(abs(mean - table.truth(of: configuration)) < 0.004)
        #expect(best(3) == values[3] && Set(values).count > 50)
    }

    @Test func `what a configuration leaves out is the trainer's default`() throws {
        let table = try NoisyTable(folder: folder)
        #expect(table.truth(of: [:]) == table.truth(of: ["r": .int(8), "learning_rate": .double(2e-4)]))
    }

    @Test func `a confirmation is played and counted`() throws {
        let table = try NoisyTable(folder: folder)
        let picked = table.configurations.sorted { table.truth(of: $0) > table.truth(of: $1) }
        let trials = [picked[0], picked[150]].enumerated().map { number, assignment in
            Trial(
                id: Trial.ID(number), assignment: assignment, state: .complete,
                reports: [Report(iter: 1, value: table.truth(of: assignment))])
        }
        let played = try PlayedConfirmation(
            History(goal: .maximize, trials: trials), ConfirmationSettings(top: 2, seeds: 3), table,
            space: SearchSpace([]), seed: 1)
        #expect(played.chosen == picked[0] && played.verdict.tied.isEmpty)
        #expect(played.steps > 0 && played.steps % 264 == 0)
        var tally = ConfirmationTally()
        tally.take(played, table)
        #expect(tally.text.contains("the best is over 2 ahead in 0 % of 1"))
    }
}
