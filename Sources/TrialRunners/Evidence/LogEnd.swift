/// The end of a launch's log by lines. What tells why a program failed can stand far above the end: launchers write tables after it.
struct LogEnd {
    /// What is looked at.
    static let bytes = 256 << 10
    /// The very end, to which lines that only sound like a failure have to belong.
    static let lastBytes = 4096

    let lines: [Substring]
    /// Where the very end begins.
    let last: Int

    init(_ text: String) {
        lines = text.utf8.split { $0 == 0x0A || $0 == 0x0D }.map { Substring($0) }
        var (bytes, first) = (0, lines.count)
        while first > 0, bytes < Self.lastBytes {
            first -= 1
            bytes += lines[first].utf8.count + 1
        }
        last = first
    }

    /// The places of the lines that hold one of some fragments, the last first: cheap enough for a whole log.
    func places(holding fragments: [String], from first: Int = 0) -> [Int] {
        (first..<lines.count).reversed().filter { lines[$0].holds(fragments) }
    }
}

extension Substring {
    /// Whether one of some texts is in it; case counts.
    func holds(_ fragments: [String]) -> Bool {
        var copy = self
        return copy.withUTF8 { line in
            fragments.contains { fragment in
                let wanted = Array(fragment.utf8)
                guard line.count >= wanted.count else { return false }
                return (0...(line.count - wanted.count)).contains { start in
                    line[start] == wanted[0] && line[start..<(start + wanted.count)].elementsEqual(wanted)
                }
            }
        }
    }

    /// Without what sets a terminal's colors, and not longer than anyone reads.
    var plain: Substring {
        let short = prefix(2000)
        return short.contains("\u{1B}") ? Substring(short.replacing(/\u{1B}\[[0-9;?]*[ -\/]*[@-~]/, with: "")) : short
    }
}
