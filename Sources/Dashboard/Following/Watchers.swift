/// Those who wait to be told that something has changed. Nobody waits for them: who is slow is told of the latest change alone.
struct Watchers {
    private var continuations: [Int: AsyncStream<String>.Continuation] = [:]
    private var last = 0
    /// What they were told last.
    private var told: String?

    var isEmpty: Bool { continuations.isEmpty }

    /// - Parameter leave: called with the watcher's number once it has gone.
    mutating func add(_ leave: @escaping @Sendable (Int) -> Void) -> AsyncStream<String> {
        last += 1
        let number = last
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { _ in leave(number) }
        continuations[number] = continuation
        if let told { continuation.yield(told) }
        return stream
    }

    mutating func remove(_ number: Int) { continuations[number] = nil }

    /// - Parameter always: whether to say it even where it is not new: who has gone is only noticed when written to.
    mutating func tell(_ word: String, always: Bool) {
        guard always || word != told else { return }
        told = word
        for continuation in continuations.values { continuation.yield(word) }
    }
}
