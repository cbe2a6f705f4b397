/// Lines of a text that comes piece by piece.
package struct TextLines: Sendable {
    private let place: String
    /// Of the line that has begun.
    private var rest: [UInt8] = []
    /// Lines that were whole.
    private var count = 0

    /// - Parameter place: what it is called in errors.
    package init(of place: String = TextFile.standardInput) { self.place = place }

    /// The lines that are whole with this piece, empty ones too, without their ends.
    ///
    /// - Parameter isLast: whether nothing follows: what stands behind the last line's end is a line then, unless it is nothing.
    /// - Throws: ``TextFileError`` with the line and column of what is not UTF-8.
    package mutating func lines(
        adding piece: some Sequence<UInt8>, isLast: Bool
    ) throws(TextFileError) -> [String] {
        let known = rest.count
        rest += piece
        let end = isLast ? rest.endIndex : (rest[known...].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)
        guard end > 0 else { return [] }
        let text = try TextFile.check(Array(rest[..<end]), place, line: count + 1)
        rest.removeSubrange(..<end)
        var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        if isLast, count == 0, lines.count == 1, lines[0].contains(0x0D), !text.contains(0x0A) {
            throw TextFile.carriageReturns(place)
        }
        count += lines.count
        return lines.map { String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self) }
    }
}
