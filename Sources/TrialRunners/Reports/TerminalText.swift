/// What a line says once a terminal's escape sequences and byte order marks are dropped from it.
enum TerminalText {
    private static let escape: UInt8 = 0x1B
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    static func plain(_ line: [UInt8]) -> [UInt8] {
        guard line.contains(where: { $0 == escape || $0 == mark[0] }) else { return line }
        var plain: [UInt8] = []
        plain.reserveCapacity(line.count)
        var position = 0
        while position < line.count {
            if line[position] == escape {
                position = end(ofSequenceAt: position, in: line)
            } else if line[position...].starts(with: mark) {
                position += mark.count
            } else {
                plain.append(line[position])
                position += 1
            }
        }
        return plain
    }

    /// Control sequences (`ESC [ 31 m`), strings (`ESC ] title BEL`), and short ones (`ESC ( B`), as ECMA-48 has them.
    private static func end(ofSequenceAt start: Int, in line: [UInt8]) -> Int {
        var position = start + 1
        guard position < line.count else { return position }
        switch line[position] {
        case UInt8(ascii: "["):
            position += 1
            while position < line.count, (0x20...0x3F).contains(line[position]) { position += 1 }
            // What ends no sequence is text again.
            return position < line.count && (0x40...0x7E).contains(line[position]) ? position + 1 : position
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            let after = position + 1
            position = after
            while position < line.count {
                if line[position] == 0x07 { return position + 1 }
                if line[position] == escape { return min(position + 2, line.count) }
                position += 1
            }
            // It was never ended: what follows is rather text than a title.
            return after
        default:
            while position < line.count, (0x20...0x2F).contains(line[position]) { position += 1 }
            return position < line.count && (0x30...0x7E).contains(line[position]) ? position + 1 : position
        }
    }
}
