/// Cuts a stream of bytes into lines, which end at a line feed or a carriage return: a progress bar is drawn over itself with the
/// latter. What is longer than a report may be is passed over, never kept.
struct LineSplitter {
    private var line: [UInt8] = []
    private var tooLong = false

    /// The lines that end within these bytes; empty ones are left out.
    mutating func take(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
            keep(rest[..<end])
            if !tooLong, !line.isEmpty { lines.append(line) }
            line.removeAll(keepingCapacity: true)
            tooLong = false
            rest = rest[rest.index(after: end)...]
        }
        keep(rest)
        return lines
    }

    private mutating func keep(_ bytes: some Collection<UInt8>) {
        tooLong = tooLong || line.count + bytes.count > ReportLine.longest
        if !tooLong { line += bytes }
    }

    /// What stood after the last line break.
    func finish() -> [[UInt8]] { line.isEmpty || tooLong ? [] : [line] }
}
