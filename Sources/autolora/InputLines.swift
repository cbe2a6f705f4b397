import Foundation
import Tasks
import TrainerSettings

/// The lines of standard input as they come: whoever writes them one by one gets an answer to each.
struct InputLines {
    private var text = TextLines()
    private var ready: ArraySlice<String> = []
    private var isOver = false

    /// Those that are there; waits for one where none is.
    ///
    /// - Returns: nil at the end.
    /// - Throws: `InputError` with the line and column of what is not UTF-8.
    mutating func next(atMost count: Int) throws(InputError) -> [String]? {
        while !isOver, ready.isEmpty || (ready.count < count && isReadable) { try read() }
        guard !ready.isEmpty else { return nil }
        defer { ready = ready.dropFirst(count) }
        return Array(ready.prefix(count))
    }

    /// One; nil at the end.
    mutating func next() throws(InputError) -> String? { try next(atMost: 1)?.first }

    private var isReadable: Bool {
        var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) > 0
    }

    private mutating func read() throws(InputError) {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(STDIN_FILENO, &piece, piece.count)
        guard count >= 0 || errno == EINTR else {
            throw InputError(
                place: TextFile.standardInput, problem: "cannot be read: \(String(cString: strerror(errno)))")
        }
        guard count >= 0 else { return }
        isOver = count == 0
        do { ready += try text.lines(adding: piece[..<count], isLast: isOver) } catch { throw InputError(error) }
    }
}
