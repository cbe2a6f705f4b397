package import Studies
package import StudyStore

/// One process of a trial, from its start to its end.
package struct RecordedLaunch: Sendable, Hashable {
    package enum Reason: String, Sendable, Hashable {
        case first
        /// It had been paused and was chosen to go on.
        case promotion
        /// It had been ended from outside: the controller, the machine or a signal.
        case again
    }

    package let trial: Trial.ID
    package let reason: Reason
    /// Seconds since 1970.
    package let start: Double
    package let end: Double
    /// What the trial was when it ended; nil: it runs, or was cut off with its controller.
    package let state: Trial.State?
    package let isRunning: Bool

    /// - Parameter isRun: whether somebody runs the study now: what has not ended goes on.
    package static func all(of events: [TimedEvent], isRun: Bool) -> [RecordedLaunch] {
        var launches: [RecordedLaunch] = []
        var open: [Trial.ID: (start: Double, reason: Reason)] = [:]
        var last: [Trial.ID: Trial.State] = [:]
        var seen = events.first?.at ?? 0
        func close(_ trial: Trial.ID, _ state: Trial.State?, at end: Double, isRunning: Bool = false) {
            guard let launch = open.removeValue(forKey: trial) else { return }
            launches.append(
                RecordedLaunch(
                    trial: trial, reason: launch.reason, start: launch.start, end: max(end, launch.start), state: state,
                    isRunning: isRunning))
        }
        for event in events {
            switch event.event {
            case .began:
                // Whoever ran it before has died, and its trials with it.
                for trial in open.keys.sorted() {
                    close(trial, nil, at: seen)
                    last[trial] = .waiting
                }
            case .added(let trial, _): open[trial] = (event.at, .first)
            case .launched(let trial, _):
                if open[trial] == nil {
                    open[trial] = (
                        event.at,
                        last[trial] == .paused ? .promotion : launches.contains { $0.trial == trial } ? .again : .first
                    )
                } else {
                    open[trial]?.start = event.at
                }
            case .takenUp(let trial):
                // It has not died with whoever ran it.
                guard let cut = launches.lastIndex(where: { $0.trial == trial }) else { continue }
                open[trial] = (launches[cut].start, launches[cut].reason)
                launches.remove(at: cut)
            case .settled(let trial, let state):
                close(trial, state, at: event.at)
                last[trial] = state
            case .reported, .halved, .ranOutOfMemory, .exhausted: break
            // It may come long after whoever ran the study has died.
            case .answered: continue
            }
            seen = max(seen, event.at)
        }
        for trial in open.keys.sorted() { close(trial, nil, at: seen, isRunning: isRun) }
        return launches.sorted { ($0.start, $0.trial) < ($1.start, $1.trial) }
    }
}
