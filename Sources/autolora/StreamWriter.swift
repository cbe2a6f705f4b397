import Foundation
import Synchronization

/// Writes to a stream on a thread of its own: a terminal that is paused or a pager that is not read holds up the writing and
/// nothing else.
final class StreamWriter: Sendable {
    private struct Queue {
        var texts: [String] = []
        var bytes = 0
        var dropped = 0
        var isWriting = false
    }

    /// Bytes that may wait. Beyond that the oldest lines go: whoever did not read for so long misses the beginning, not the end.
    private static let most = 1 << 20

    private let stream: Int32
    private let queue = Mutex(Queue())
    private let news = DispatchSemaphore(value: 0)

    private init(_ stream: Int32) {
        self.stream = stream
        Thread.detachNewThread { [self] in work() }
    }

    private static let writers = Mutex<[Int32: StreamWriter]>([:])
    private static let hurried = Atomic(false)

    static func of(_ stream: Int32) -> StreamWriter {
        _ = Console.flushesAtExit
        return writers.withLock { writers in
            if let writer = writers[stream] { return writer }
            let writer = StreamWriter(stream)
            writers[stream] = writer
            return writer
        }
    }

    static var all: [StreamWriter] { writers.withLock { Array($0.values) } }

    /// Whether the process was told to stop.
    static var isHurried: Bool {
        get { hurried.load(ordering: .relaxed) }
        set { hurried.store(newValue, ordering: .relaxed) }
    }

    /// Whether everything was taken that was written.
    var isIdle: Bool { queue.withLock { !$0.isWriting && $0.texts.isEmpty } }

    func write(_ text: String) {
        queue.withLock { queue in
            queue.texts.append(text)
            queue.bytes += text.utf8.count
            while queue.bytes > Self.most, queue.texts.count > 1 {
                queue.bytes -= queue.texts.removeFirst().utf8.count
                queue.dropped += 1
            }
        }
        news.signal()
    }

    /// - Returns: whether all is written that was drawn before.
    func flush(within limit: Duration?) -> Bool {
        let end = limit.map { ContinuousClock.now + $0 }
        while !isIdle {
            if let end, ContinuousClock.now >= end { return false }
            usleep(500)
        }
        return true
    }

    private func work() {
        while true {
            news.wait()
            let next = queue.withLock { queue -> String? in
                guard !queue.texts.isEmpty else { return nil }
                queue.isWriting = true
                let text = queue.texts.removeFirst()
                queue.bytes -= text.utf8.count
                let notice = queue.dropped > 0 ? "... \(queue.dropped) lines that nobody read are left out\n" : ""
                queue.dropped = 0
                return notice + text
            }
            guard let next else { continue }
            try? FileHandle(fileDescriptor: stream).write(contentsOf: Data(next.utf8))
            queue.withLock { $0.isWriting = false }
        }
    }
}
