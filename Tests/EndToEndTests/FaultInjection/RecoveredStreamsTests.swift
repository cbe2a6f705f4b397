import Foundation
import SearchSpaces
import Studies
import TestSupport
import Testing

/// What is read of a trial after its controller's death is what a living one reads: standard output alone.
@Suite(.timeLimit(.minutes(30))) struct RecoveredStreamsTests {
    private let settings = SoakSettings.given

    /// Prints each report once; standard error has dictionaries that would win, and bars that never end their line.
    private static let noisy = ScriptedStudy.forgetful.replacing(
        "i=$((i + 1)); say $i",
        with: #"i=$((i + 1)); printf ' 50%%|##  |{"step": 9%s, "score": 999}' "$i" >&2; echo '{"score": 999}' >&2; say $i"#)

    /// - Parameter together: whether the supervisors die at the same moment.
    @Test(arguments: [false, true]) func `standard error never becomes a report, and no other is doubled or lost`(
        together: Bool
    ) async throws {
        #expect(Self.noisy.contains("999"))
        var generator = settings.generator(together ? 51 : 52)
        var (kills, lost) = (0, 0)
        for round in 0..<max(2, settings.kills / 20) {
            let study = try ScriptedStudy(seed: settings.seed + round, cap: 4, trainer: Self.noisy)
            for _ in 0..<6 {
                let process = try study.start("killed")
                let before = study.printed(in: "killed").count
                while process.isRunning, study.printed(in: "killed").count == before {
                    try await Task.sleep(for: .milliseconds(2))
                }
                try await Task.sleep(for: .seconds(Double.random(in: 0...0.1, using: &generator)))
                guard process.isRunning else { break }
                let supervisors = together ? trialProcesses(of: study.root + "/killed/") : []
                for victim in [process.processIdentifier] + supervisors { kill(victim, SIGKILL) }
                _ = try await study.autolora.wait(for: process)
                kills += 1
                // The next one comes at once, while the trial may still print.
            }
            let last = try await study.autolora.wait(for: try study.start("killed"))
            #expect(last.code == 0, "\(last.errors)")
            let killed = try #require(try Snapshot(study.root, "killed"))
            for trial in killed.trials {
                #expect(trial.reports.allSatisfy { $0.value < 1 && ($0.step ?? 99) <= 9 }, "seed \(settings.seed + round)")
                let steps = trial.reports.compactMap(\.step)
                #expect(steps == Set(steps).sorted())
                lost += (steps.last ?? 0) - steps.count
            }
            #expect(try await study.autolora.wait(for: try study.start("calm")).code == 0)
            #expect(try Snapshot(study.root, "calm")?.essence == killed.essence, "seed \(settings.seed + round)")
            #expect(try await study.autolora.run("verify", "killed").code == 0)
        }
        #expect(lost == 0)
        print("faults: \(kills) kills\(together ? " of controllers with their supervisors" : ""), \(lost) reports lost")
    }
}
