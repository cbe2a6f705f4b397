import Foundation
package import Studies
import Synchronization
package import TrialRunners

/// Plays trials from a function instead of starting processes; checkpoints are files as a real trainer's are.
package final class FakeTrialRunner: TrialRunner {
    /// The value of a trial's report, from 1; nil: the trial ends there by itself.
    private let curve: @Sendable (Trial.ID, Int) -> Double?
    private let ending: @Sendable (Trial.ID) -> TrialLife.Ending
    /// After so many reports of all trials the runner hangs until it is cancelled: where a controller is to die.
    private let hangAfter: Int?
    private let state = Mutex((launches: [Launch](), reports: 0))

    package init(
        hangAfter: Int? = nil, ending: @escaping @Sendable (Trial.ID) -> TrialLife.Ending = { _ in .exited(0) },
        curve: @escaping @Sendable (Trial.ID, Int) -> Double?
    ) {
        self.hangAfter = hangAfter
        self.ending = ending
        self.curve = curve
    }

    package var launches: [Launch] { state.withLock { $0.launches } }

    package func run(_ launch: Launch, onReport: @escaping @Sendable (ReportLine) async -> Directive) async
        -> TrialLife.Ending
    {
        state.withLock { $0.launches.append(launch) }
        let checkpoint = launch.folder + "/checkpoint"
        var iter = 0
        if let resume = launch.environment["AUTOLORA_RESUME_FROM"] ?? nil {
            iter = (try? String(contentsOfFile: resume + "/iter", encoding: .utf8)).flatMap { Int($0) } ?? 0
        }
        let stopAfter = (launch.environment["AUTOLORA_STOP_AFTER"] ?? nil).flatMap { Int($0) } ?? .max
        while iter < stopAfter, let value = curve(launch.trial, iter + 1) {
            iter += 1
            let directive = await onReport(ReportLine(step: iter * 10, value: value, metrics: ["loss": 1 - value]))
            let count = state.withLock { state in
                state.reports += 1
                return state.reports
            }
            if let hangAfter, count >= hangAfter {
                try? await Task.sleep(for: .seconds(3600))
                return .terminated
            }
            try? FileManager.default.createDirectory(atPath: checkpoint, withIntermediateDirectories: true)
            try? Data(String(iter).utf8).write(to: URL(filePath: checkpoint + "/iter"))
            if directive == .endNow { return .terminated }
        }
        return ending(launch.trial)
    }
}
