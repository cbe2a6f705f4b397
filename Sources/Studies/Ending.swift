extension TrialLife {
    /// How a process ended.
    package enum Ending: Sendable, Hashable, Codable {
        case exited(Int)
        case signaled(Int)
        /// It exited, as it starts others and a signal ended one of these: accelerate and torchrun do so.
        case relayed(signal: Int, code: Int)
        /// Something that is no fault of the trial's keeps processes from being started.
        case notStarted(String)
        /// It was told to end by its scheduler or its controller, and did in whatever way.
        case terminated
        /// Likewise, but it did not end in its grace time, so that it was killed.
        case killed
        /// It was ended because it took too long.
        case timedOut(Timeout)
        /// The cluster took its place away; no fault of the trial's.
        case displaced(Displacement)
        /// Somebody ended its job; in words.
        case cancelled(String)
        /// It goes on without its controller.
        case left
    }

    /// How a launch lost its place: preempted, its time over, its node gone.
    package struct Displacement: Sendable, Hashable, Codable {
        /// "was preempted"
        package let reason: String
        /// Whether it left a checkpoint that is newer than the one it began from.
        package let leftCheckpoint: Bool

        package init(reason: String, leftCheckpoint: Bool = false) {
            (self.reason, self.leftCheckpoint) = (reason, leftCheckpoint)
        }
    }

    package enum Timeout: Sendable, Hashable, Codable {
        /// Seconds that one launch may take.
        case launch(Double)
        /// Seconds without a sign of life.
        case silence(Double)
    }
}

extension TrialLife.Ending {
    /// Signals that come from outside: a program that fails by itself ends by others (SEGV, ABRT, ...).
    package static let foreign = [1, 2, 3, 9, 15]

    /// The signal from outside that ended the process, or that what started it tells of; nil: none did.
    package var foreignSignal: Int? {
        switch self {
        case .signaled(let signal) where Self.foreign.contains(signal): signal
        case .relayed(let signal, _) where Self.foreign.contains(signal): signal
        case .exited(let code) where Self.foreign.contains(code - 128): code - 128
        default: nil
        }
    }

    /// For people.
    package var words: String {
        switch self {
        case .exited(let code):
            "ended with exit code \(code)" + (foreignSignal.map { ", as after signal \($0) from outside" } ?? "")
        case .signaled(let signal): "was ended by signal \(signal)" + (foreignSignal == nil ? "" : " from outside")
        case .relayed(let signal, let code):
            "ended with exit code \(code), as signal \(signal) from outside ended a process that it started"
        case .notStarted(let reason): reason
        case .terminated: "was told to end"
        case .killed: "was told to end, did not within its grace time, and was killed"
        case .displaced(let displacement): displacement.reason
        case .cancelled(let reason): reason
        case .left: "goes on without its controller"
        case .timedOut(.launch(let seconds)): "was ended after \(Self.text(seconds)) (trial_timeout)"
        case .timedOut(.silence(let seconds)): "was ended after \(Self.text(seconds)) without any output (report_timeout)"
        }
    }

    private static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() && seconds < 1e15 ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}
