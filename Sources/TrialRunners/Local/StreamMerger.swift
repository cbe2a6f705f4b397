/// Brings a program's two streams into one text by whole lines: a line is often written in pieces, and the other stream's must not
/// come between them.
struct StreamMerger {
    enum Stream {
        case output, errors

        var other: Stream { self == .output ? .errors : .output }
    }

    /// Whose line the text ends within; nil: it ends with a line.
    private var open: Stream?
    /// What waits for the other stream's line to end.
    private var held: [Stream: [UInt8]] = [.output: [], .errors: []]

    var isHolding: Bool { held.values.contains { !$0.isEmpty } }

    /// Takes what a stream says.
    ///
    /// - Returns: what comes next in the text.
    mutating func take(_ bytes: [UInt8], from stream: Stream) -> [UInt8] {
        held[stream, default: []] += bytes
        let turn = open ?? stream
        guard isHolding(turn.other), let end = held[turn]?.lastIndex(where: Self.endsLine) else { return put(turn) }
        let text = put(turn, end + 1) + put(turn.other)
        return open == nil ? text + put(turn) : text
    }

    /// - Returns: what has waited, on a line of its own, behind one that has not ended.
    mutating func release() -> [UInt8] {
        guard let open, isHolding(open.other) else { return [] }
        return [0x0A] + put(open.other)
    }

    /// A progress bar ends its lines with a carriage return.
    private static func endsLine(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    private func isHolding(_ stream: Stream) -> Bool { held[stream]?.isEmpty == false }

    private mutating func put(_ stream: Stream, _ count: Int? = nil) -> [UInt8] {
        let bytes = held[stream, default: []]
        let text = Array(bytes.prefix(count ?? bytes.count))
        guard let last = text.last else { return [] }
        held[stream] = Array(bytes.dropFirst(text.count))
        open = Self.endsLine(last) ? nil : stream
        return text
    }
}
