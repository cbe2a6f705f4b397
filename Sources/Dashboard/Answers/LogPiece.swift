import Glibc
import HTTPAccess
import HTTPTypes
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// Some of a trial's log: its end, or what came after a place in it.
struct LogPiece {
    /// Bytes that are sent at once.
    static let most = 128 << 10

    /// - Parameter start: the byte to begin at; nil: so that the log's end is there.
    /// - Returns: `text` from `from` to `to` of `size` bytes; control characters are shown as the signs that stand for them.
    /// - Throws: `StudyStoreError.foreign`, ``RegularFileError``.
    static func json(of id: Trial.ID, in folder: StudyFolder, from start: Int?) throws -> SettingValue {
        try folder.requireOwnFiles(of: id, programsToo: false)
        guard folder.keptLog(of: id) != nil else {
            return .object(["size": .int(0), "from": .int(0), "to": .int(0), "text": .string("")])
        }
        let descriptor = try RegularFile.open(folder.log(of: id), links: .refused)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Refusal(.conflict, "the log cannot be read") }
        let size = Int(status.st_size)
        let from = min(max(start ?? size - most, 0), size)
        var bytes = [UInt8](repeating: 0, count: min(most, size - from))
        let count = pread(descriptor, &bytes, bytes.count, from)
        bytes.removeLast(bytes.count - max(0, count))
        let whole = wholeCharacters(bytes, isEnd: from + bytes.count == size)
        return .object([
            "size": .int(size), "from": .int(from), "to": .int(from + whole), "text": .string(shown(bytes[..<whole])),
        ])
    }

    /// Without a character that is cut in two by the end of the piece.
    private static func wholeCharacters(_ bytes: [UInt8], isEnd: Bool) -> Int {
        guard !isEnd, let last = bytes.lastIndex(where: { $0 & 0xC0 != 0x80 }), bytes.count - last < 4, bytes[last] >= 0xC0
        else { return bytes.count }
        let length = bytes[last] >= 0xF0 ? 4 : bytes[last] >= 0xE0 ? 3 : 2
        return bytes.count - last < length && last > 0 ? last : bytes.count
    }

    /// As a browser shows it: what is no text is told by signs, not done.
    private static func shown(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 9, 10: text.append(scalar)
            case 0..<32: text.append(Unicode.Scalar(0x2400 + scalar.value) ?? scalar)
            case 127: text.append("\u{2421}")
            // Marks that turn the direction of what follows would reach beyond the log.
            case 0x202A...0x202E, 0x2066...0x2069: text.append("\u{FFFD}")
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}
