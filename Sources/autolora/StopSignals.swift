import Foundation
import Synchronization

/// Hears Ctrl-C, TERM and a closed terminal; a second one ends the process at once, the trials with it.
struct StopSignals {
    private let sources: [any DispatchSourceSignal]
    /// Whether there is nothing left to stop.
    private static let isOver = Atomic(false)

    /// Returns once they are heard: before that each ends the process, as there is nothing to stop yet.
    ///
    /// - Parameters:
    ///   - farewell: what is said when a second one ends the process; nil: nothing.
    ///   - stop: takes the signal that came.
    init(again farewell: String? = nil, _ stop: @escaping @Sendable (Int32) -> Void) {
        // Ctrl-C ends `tee` too, and a closed terminal takes what is written to it: neither must end the study's controller.
        signal(SIGPIPE, SIG_IGN)
        outliveLargeFiles()
        let isHeard = DispatchSemaphore(value: 0)
        let queue = DispatchQueue(label: "signals")
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            let heard = Mutex(false)
            source.setEventHandler {
                StreamWriter.isHurried = true
                let again = heard.withLock { heard in
                    defer { heard = true }
                    return heard
                }
                // What is left to say when all is done may wait for a terminal that takes nothing.
                if again || Self.isOver.load(ordering: .relaxed) {
                    if again, let farewell { Self.say(farewell) }
                    _exit(130)
                }
                stop(number)
            }
            source.setRegistrationHandler { isHeard.signal() }
            source.resume()
            return source
        }
        for _ in sources { isHeard.wait() }
    }

    /// Not through what may wait for a terminal that takes nothing.
    private static func say(_ text: String) {
        let flags = fcntl(STDERR_FILENO, F_GETFL)
        _ = fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK)
        let line = "\(text)\n"
        _ = write(STDERR_FILENO, line, line.utf8.count)
        _ = fcntl(STDERR_FILENO, F_SETFL, flags)
    }

    /// From now on a signal ends the process at once. The system's own action would not: the signals are blocked for the sources.
    func stop() {
        Self.isOver.store(true, ordering: .relaxed)
        // They go on to hear, to the process's end.
        for source in sources { _ = Unmanaged.passRetained(source as AnyObject) }
    }
}
