import Foundation
import SearchSpaces
import TestSupport
import Testing

/// Kills a study's controller again and again at random moments, and looks at what that leaves.
struct ControllerKills {
    let autolora: Autolora
    let root: String
    let cap: Int
    /// Starts or goes on with a study.
    let start: (String) throws -> ChildProcess
    let printed: (String) -> Set<String>?
    let settings: SoakSettings
    var generator: SeededGenerator
    /// Seconds within which a kill comes.
    let span: Double
    /// Whether supervisors and trials are killed with their controller, at times.
    var killsTrials = true
    /// Done to a study that lies still, before it goes on.
    var spoil: ((String, inout SeededGenerator) throws -> Void)?

    /// Counted over all studies.
    private(set) var kills = 0
    /// Those that found a trial at work.
    private(set) var midTrial = 0
    private(set) var longestLife = Duration.zero

    private static let signals = [SIGKILL, SIGKILL, SIGKILL, SIGTERM, SIGINT, SIGHUP]

    /// Kills one study's controllers until the study is finished all the same, or for so many kills; then lets it finish.
    ///
    /// - Returns: the finished study.
    mutating func torment(_ study: String, atMost most: Int) async throws -> Snapshot {
        var earlier: Snapshot?
        var here = 0
        while true {
            let process = try start(study)
            let signal = Self.signals.randomElement(using: &generator) ?? SIGKILL
            let isLast = here >= most
            if !isLast { try await hit(process, signal, alone: Bool.random(using: &generator), in: study) }
            let result = try await autolora.wait(for: process)
            let place = "study \(study), kill \(here) by signal \(signal)"
            let isOver = result.code == 0 && !process.wasSignaled
            let hasObeyed = process.wasSignaled ? result.code == signal : result.code == 130
            #expect(isOver || (!isLast && hasObeyed), "\(place): ended with \(result.code): \(result.errors)")
            try await checkNothingWorks(on: study, place)
            let now = try Snapshot(root, study)
            now?.check(after: earlier, printed: printed(study), cap: cap, place)
            if isOver || isLast {
                let now = try #require(now)
                now.checkEnd(printed: printed(study), cap: cap, place)
                return now
            }
            (earlier, here, kills) = (now ?? earlier, here + 1, kills + 1)
            try spoil?(study, &generator)
        }
    }

    /// - Parameter alone: false kills the supervisors and trials at the same moment, as a machine's memory killer might.
    private mutating func hit(_ process: ChildProcess, _ signal: Int32, alone: Bool, in study: String) async throws {
        // Half of them early, before there is a study perhaps; half while a trial works, however slow the machine is.
        if Bool.random(using: &generator) {
            while process.isRunning, trialProcesses(of: "\(root)/\(study)/").isEmpty {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        try await Task.sleep(for: .seconds(Double.random(in: 0...span, using: &generator)))
        if process.isRunning, !trialProcesses(of: "\(root)/\(study)/").isEmpty { midTrial += 1 }
        // Stopped ones hear of nothing, and must go all the same.
        let frozen = Int.random(in: 0..<3, using: &generator) == 0 ? trialProcesses(of: "\(root)/\(study)/") : []
        if let other = frozen.randomElement(using: &generator) { kill(other, SIGSTOP) }
        let others = signal == SIGKILL && !alone && killsTrials ? processes(workingIn: "\(root)/\(study)/") : []
        kill(process.processIdentifier, signal)
        if let other = others.randomElement(using: &generator) { kill(other, SIGKILL) }
    }

    private mutating func checkNothingWorks(on study: String, _ place: String) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        while !processes(workingIn: "\(root)/\(study)/").isEmpty, clock.now - start < settings.patience {
            try await Task.sleep(for: .milliseconds(10))
        }
        longestLife = max(longestLife, clock.now - start)
        let left = processes(workingIn: "\(root)/\(study)/")
        let words = left.map { number in
            ["cmdline", "stat"].map { (try? String(contentsOfFile: "/proc/\(number)/\($0)", encoding: .utf8)) ?? "" }
        }
        #expect(left.isEmpty, "\(place): \(left.count) processes are left: \(words)")
    }
}
