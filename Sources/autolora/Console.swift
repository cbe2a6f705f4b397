import Controller
import Foundation
import StudyStore
import TrainerSettings

/// Standard output for results, standard error for progress. All that is printed goes through here and is cleaned: names, values and errors
/// can have anything in them, and a terminal obeys escapes.
enum Console {
    static var drawsOnTerminal: Bool { drawsOn(STDERR_FILENO) }

    /// Whether a stream is a terminal that wants to be drawn on (no NO_COLOR, no dumb one).
    static func drawsOn(_ stream: Int32) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        let isPlain = !environment["NO_COLOR", default: ""].isEmpty || environment["TERM", default: "dumb"] == "dumb"
        return isatty(stream) == 1 && !isPlain
    }

    /// Lines for people.
    static func print(_ text: String) { write(text.printableLines + "\n") }

    /// JSON, whose own escapes stand for what a terminal would obey.
    static func print(json value: SettingValue) { write(JSONWriter.text(value, .shown) + "\n") }

    /// Text for programs, as it is; a terminal gets it cleaned.
    static func print(data bytes: Data) {
        guard isatty(STDOUT_FILENO) == 1 else { return write(bytes) }
        write(String(decoding: bytes, as: UTF8.self).printableLines)
    }

    /// Text for programs, as it is; a terminal gets it cleaned.
    static func print(data text: String) {
        write(isatty(STDOUT_FILENO) == 1 ? text.printableLines : text)
    }

    /// Ends the process where standard output is full or closed: a result that nobody gets is no success.
    private static func write(_ text: String) { write(Data(text.utf8)) }

    private static func write(_ bytes: Data) {
        // In the order in which they came, where both streams lead to one place.
        flush(within: .seconds(1))
        // After a signal to stop, nobody waits for a reader that takes nothing.
        let unread = DispatchWorkItem { _exit(130) }
        if StreamWriter.isHurried { DispatchQueue.global().asyncAfter(deadline: .now() + 2, execute: unread) }
        defer { unread.cancel() }
        do {
            try FileHandle.standardOutput.write(contentsOf: bytes)
        } catch {
            self.error("autolora: standard output cannot be written: \(String(cString: strerror(errno)))")
            exit(1)
        }
    }

    static func error(_ text: String) { draw(text.printableLines + "\n") }

    /// What is shown on the way: it must neither end the work nor hold it up, wherever it goes.
    ///
    /// - Parameter text: clean, but for escapes of our own.
    static func draw(_ text: String, on stream: Int32 = STDERR_FILENO) { StreamWriter.of(stream).write(text) }

    /// Waits until what was drawn is written; false: somebody does not read it.
    @discardableResult
    static func flush(within limit: Duration? = nil) -> Bool {
        StreamWriter.all.reduce(true) { $1.flush(within: limit) && $0 }
    }

    /// Before the process ends: what was said is written, for however long somebody may take to read it. After a signal to stop it
    /// is not waited for so long.
    static let flushesAtExit: Void = {
        atexit { Console.flush(within: StreamWriter.isHurried ? .seconds(2) : nil) }
    }()
}
