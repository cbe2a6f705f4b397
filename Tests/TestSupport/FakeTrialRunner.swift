import Foundation
package import SearchSpaces
package import Studies
import Synchronization
import TrainerSettings
package import TrialRunners

/// Plays trials from a function instead of starting processes; checkpoints are files as a real trainer's are.
package final class FakeTrialRunner: TrialRunner {
    package typealias Curve = @Sendable (Int) -> Double?

    /// By launch, the value of the trial's report, from 1; nil: the trial ends there by itself.
    private let curve: @Sendable (Launch) -> Curve
    /// What a trial takes for a report.
    private let pace: @Sendable () -> Duration
    private let ending: @Sendable (Trial.ID) -> TrialLife.Ending
    /// Whether a launch runs out of memory before a report.
    private let runsOut: @Sendable (Launch, Int) -> Bool
    /// After so many reports of all trials the runner hangs until it is cancelled: where a controller is to die.
    private let hangAfter: Int?
    private let says: String?
    private let state = Mutex((launches: [Launch](), reports: 0, isHanging: false))

    /// - Parameter says: what each launch leaves in its log.
    package init(
        hangAfter: Int? = nil, says: String? = nil, places: (any Places)? = nil,
        ending: @escaping @Sendable (Trial.ID) -> TrialLife.Ending = { _ in .exited(0) },
        curve: @escaping @Sendable (Trial.ID, Int) -> Double?
    ) {
        self.hangAfter = hangAfter
        self.says = says
        self.places = places
        self.ending = ending
        runsOut = { _, _ in false }
        self.curve = { launch in { curve(launch.trial, $0) } }
        pace = { .zero }
    }

    /// Plays trials whose values are told from their configurations.
    ///
    /// - Parameter outOfMemory: whether one runs out of memory before a report.
    package init(
        pace: @escaping @Sendable () -> Duration = { .zero },
        outOfMemory: @escaping @Sendable (Assignment, Int) -> Bool = { _, _ in false },
        objective: @escaping @Sendable (Assignment, Int) -> Double?
    ) {
        runsOut = { outOfMemory(Self.assignment(of: $0), $1) }
        curve = { launch in
            let assignment = Self.assignment(of: launch)
            return { objective(assignment, $0) }
        }
        ending = { _ in .exited(0) }
        (hangAfter, says, places) = (nil, nil, nil)
        self.pace = pace
    }

    /// Plays trials whose values are told from their configurations and seeds.
    package init(seeded objective: @escaping @Sendable (Assignment, Int, Int) -> Double?) {
        curve = { launch in
            let assignment = Self.assignment(of: launch)
            let seed = (launch.environment["AUTOLORA_SEED"] ?? nil).flatMap { Int($0) } ?? 0
            return { objective(assignment, seed, $0) }
        }
        (runsOut, ending, pace) = ({ _, _ in false }, { _ in .exited(0) }, { .zero })
        (hangAfter, says, places) = (nil, nil, nil)
    }

    /// What PyTorch says where a GPU's memory is not enough.
    package static let outOfMemory =
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total\n"

    package static func assignment(of launch: Launch) -> Assignment {
        let data = (try? Data(contentsOf: URL(filePath: launch.folder + "/config.json"))) ?? Data()
        let values = try? JSONDecoder().decode([String: SettingValue].self, from: data)
        guard case .object(let parameters)? = values?["parameters"] else { return [:] }
        return Assignment(parameters)
    }

    private static let shortOfMemory = TrialLife.Ending.exited(77)

    package var launches: [Launch] { state.withLock { $0.launches } }

    package let threads = 1
    package let places: (any Places)?

    /// Whether it has made the reports after which it hangs: nothing happens any more until it is cancelled.
    package var isHanging: Bool { state.withLock { $0.isHanging } }

    package func recover(_ launches: [EarlierLaunch]) async -> Recovery { Recovery() }

    package func run(
        _ launch: Launch, onJob: @escaping @Sendable (JobState) async -> Void,
        onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> Completion {
        let log = launch.folder + "/log.txt"
        let start = FileTail.length(of: log)
        let ending = await play(launch, onReport: onReport)
        if let says = ending == Self.shortOfMemory ? Self.outOfMemory : says {
            let earlier = (try? Data(contentsOf: URL(filePath: log))) ?? Data()
            try? (earlier + Data(says.utf8)).write(to: URL(filePath: log))
        }
        return Completion(ending, log: log, from: start, machine: MachineSigns(memoryKillsRose: false))
    }

    private func play(
        _ launch: Launch, onReport: @escaping @Sendable (ReportLine) async -> Directive
    ) async -> TrialLife.Ending {
        state.withLock { $0.launches.append(launch) }
        let checkpoint = launch.folder + "/checkpoint"
        var iter = 0
        if let resume = launch.environment["AUTOLORA_RESUME_FROM"] ?? nil {
            iter = (try? String(contentsOfFile: resume + "/iter", encoding: .utf8)).flatMap { Int($0) } ?? 0
        }
        let stopAfter = (launch.environment["AUTOLORA_STOP_AFTER"] ?? nil).flatMap { Int($0) } ?? .max
        let curve = curve(launch)
        if runsOut(launch, iter + 1) { return Self.shortOfMemory }
        while iter < stopAfter, !Task.isCancelled, let value = curve(iter + 1) {
            iter += 1
            let duration = pace()
            if duration > .zero { try? await Task.sleep(for: duration) }
            let directive = await onReport(ReportLine(step: iter * 10, value: value, metrics: ["loss": 1 - value]))
            let count = state.withLock { state in
                state.reports += 1
                return state.reports
            }
            if let hangAfter, count >= hangAfter, directive != .endNow {
                state.withLock { $0.isHanging = true }
                try? await Task.sleep(for: .seconds(3600))
                return .terminated
            }
            try? FileManager.default.createDirectory(atPath: checkpoint, withIntermediateDirectories: true)
            try? Data(String(iter).utf8).write(to: URL(filePath: checkpoint + "/iter"))
            if directive == .endNow { return .terminated }
            if iter < stopAfter, runsOut(launch, iter + 1) { return Self.shortOfMemory }
        }
        return ending(launch.trial)
    }
}
