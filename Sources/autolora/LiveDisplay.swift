import Controller
import Foundation
import SearchSpaces
import Studies
import StudyStore
import Synchronization
import TrainerSettings

/// A picture of the study that is drawn over itself: states, the best so far, the running trials, the time left.
final class LiveDisplay: Display {
    private struct State {
        var frame: StudyFrame
        var picture: StudyPicture
        /// Of the picture that is on the terminal for certain, or may be there.
        var drawnLines = 0
        var lastDrawn: ContinuousClock.Instant?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let start: ContinuousClock.Instant
    private let stream: Int32
    private let timer = Mutex<Task<Void, any Error>?>(nil)

    /// - Parameters:
    ///   - start: how the study stood when the run began.
    ///   - begun: how long ago that was.
    init(
        specification: StudySpecification, start: RunStart, stream: Int32 = STDERR_FILENO, begun: Duration = .zero
    ) {
        self.start = .now - begun
        self.stream = stream
        state = Mutex(
            State(
                frame: StudyFrame(specification: specification, start: start),
                picture: StudyPicture(
                    History(specification.metric, otherMetrics: specification.otherMetrics))))
        timer.withLock { timer in
            timer = Task { [weak self] in
                while true {
                    try await Task.sleep(for: .milliseconds(500))
                    self?.draw()
                }
            }
        }
    }

    func begin(_ history: History) { state.withLock { $0.picture = StudyPicture(history) } }

    func show(_ event: StudyEvent) {
        note(event, at: start.duration(to: .now))
        // Trials can report faster than anyone looks.
        let isDue = state.withLock { state in state.lastDrawn.map { $0.duration(to: .now) > .milliseconds(100) } ?? true }
        if isDue { draw() }
    }

    func note(_ event: StudyEvent, at time: Duration) {
        state.withLock { state in
            state.picture.take(event)
            state.frame.note(event, at: time, state.picture.history)
        }
    }

    func close() {
        draw(isLast: true)
        timer.withLock { $0?.cancel() }
        state.withLock { $0.isClosed = true }
        Console.flush(within: .seconds(1))
    }

    private func draw(isLast: Bool = false) {
        let size = Self.terminalSize(stream)
        state.withLock { state in
            // A terminal that nobody reads gets no further picture, until it has taken the last.
            guard !state.isClosed, isLast || StreamWriter.of(stream).isIdle else { return }
            let lines = state.frame.lines(state.picture.history, at: start.duration(to: .now), width: size.columns)
                .prefix(max(1, size.rows - 1))
            var text = state.drawnLines > 0 ? "\u{1B}[\(state.drawnLines)A\r\u{1B}[J" : ""
            for (index, line) in lines.enumerated() {
                let clean = line.printable
                let cut = clean.count > size.columns ? String(clean.prefix(max(1, size.columns - 1))) + "…" : clean
                text += index == 0 ? "\u{1B}[1m\(cut)\u{1B}[0m\n" : cut + "\n"
            }
            state.drawnLines = lines.count
            state.lastDrawn = .now
            Console.draw(text, on: stream)
        }
    }

    private static func terminalSize(_ stream: Int32) -> (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
