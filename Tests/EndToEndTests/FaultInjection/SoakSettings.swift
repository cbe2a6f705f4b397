import Foundation
import SearchSpaces

/// How long the faults go on: short among all tests, as long as `make soak` says otherwise.
struct SoakSettings {
    /// Kills of the controller in each of the kinds of study.
    let kills: Int
    let seed: Int
    /// Whether `make soak` runs, whose machine has nothing else to do.
    let isLong: Bool

    static let given: SoakSettings = {
        let environment = ProcessInfo.processInfo.environment
        func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
        let kills = number("AUTOLORA_SOAK_KILLS")
        return SoakSettings(kills: kills ?? 8, seed: number("AUTOLORA_SOAK_SEED") ?? 1, isLong: kills != nil)
    }()

    /// What may still work on a study so long after its controller was killed has outlived it.
    var patience: Duration { isLong ? .seconds(2) : .seconds(6) }

    /// A source of random numbers of its own for each test.
    func generator(_ stream: Int) -> SeededGenerator {
        print("faults: seed \(seed), stream \(stream), \(kills) kills")
        return SeededGenerator(seed, stream)
    }
}
