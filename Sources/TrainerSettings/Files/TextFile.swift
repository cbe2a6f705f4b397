import FoundationEssentials

/// Reads text files of any kind: what is no UTF-8 is named as what it is, never read as other text.
package enum TextFile {
    /// The file's bytes, in UTF-8, without a byte-order mark.
    ///
    /// - Throws: ``TextFileError`` with the line and column of the first byte that is not UTF-8, or with the encoding.
    package static func read(_ path: String) throws(TextFileError) -> [UInt8] {
        let data: Data
        do throws(RegularFileError) {
            data = try RegularFile.read(path)
        } catch {
            throw TextFileError(path: path, problem: error.problem)
        }
        return try check([UInt8](data), path)
    }

    /// The same for a file whose lines have to end with a line feed, whatever stands before it.
    package static func readLines(_ path: String) throws(TextFileError) -> [UInt8] {
        let bytes = try read(path)
        if bytes.contains(0x0D), !bytes.contains(0x0A) { throw carriageReturns(path) }
        return bytes
    }

    /// Of lines that end as on old Macs.
    package static func carriageReturns(_ path: String) -> TextFileError {
        TextFileError(
            path: path,
            problem: #"its lines end with a carriage return alone, as on old Macs; convert it: tr '\r' '\n' < "#
                + (path == standardInput ? "FILE | ..." : path.shellWord + " > NEW_FILE"))
    }

    /// The same as a text.
    package static func text(_ path: String) throws(TextFileError) -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// What standard input is called.
    package static let standardInput = "standard input"

    /// Bytes in UTF-8, without a byte-order mark.
    ///
    /// - Parameter line: where they begin in what the path names, from 1.
    /// - Throws: ``TextFileError``, as ``read(_:)`` does.
    package static func check(_ bytes: [UInt8], _ path: String, line: Int = 1) throws(TextFileError) -> [UInt8] {
        if line == 1, let problem = otherKind(bytes, path) { throw TextFileError(path: path, problem: problem) }
        let text = line == 1 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard String(validating: text, as: UTF8.self) == nil else { return text }
        throw invalid(text, path, line)
    }

    /// What a file is that begins as no text in UTF-8 does; nil: nothing known.
    private static func otherKind(_ bytes: [UInt8], _ path: String) -> String? {
        let starts: [([UInt8], String)] = [
            ([0x1F, 0x8B], "is compressed (gzip); unpack it first"),
            ([0x28, 0xB5, 0x2F, 0xFD], "is compressed (zstd); unpack it first"),
            ([0x50, 0x4B, 0x03, 0x04], "is a zip archive, as spreadsheets (.xlsx) are; save it as a text file in UTF-8"),
            ([0x50, 0x41, 0x52, 0x31], "is a Parquet file; write it as .jsonl or .csv"),
        ]
        if let start = starts.first(where: { bytes.starts(with: $0.0) }) { return start.1 }
        // The marks of UTF-32 begin as those of UTF-16 do.
        let marks: [([UInt8], String)] = [
            ([0xFF, 0xFE, 0, 0], "UTF-32"), ([0, 0, 0xFE, 0xFF], "UTF-32"), ([0xFF, 0xFE], "UTF-16"), ([0xFE, 0xFF], "UTF-16"),
        ]
        if let mark = marks.first(where: { bytes.starts(with: $0.0) }) {
            return "is in \(mark.1), expected UTF-8" + conversion(from: mark.1, path)
        }
        // Without a mark, every other byte of a text with few letters beyond ASCII is zero.
        let start = bytes.prefix(256)
        for (first, name) in [(0, "UTF-16BE"), (1, "UTF-16LE")] {
            let zeros = stride(from: first, to: start.count, by: 2).count { start[$0] == 0 }
            let others = stride(from: 1 - first, to: start.count, by: 2).count { start[$0] == 0 }
            if zeros * 4 > start.count, others == 0 { return "is in \(name), expected UTF-8" + conversion(from: name, path) }
        }
        return nil
    }

    private static func conversion(from encoding: String, _ path: String) -> String {
        "; convert it: iconv -f \(encoding) -t UTF-8 " + (path == standardInput ? "FILE | ..." : "\(path.shellWord) > NEW_FILE")
    }

    private static func invalid(_ bytes: [UInt8], _ path: String, _ first: Int) -> TextFileError {
        let place = firstInvalid(bytes)
        let before = bytes[..<place]
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let digits = String(bytes[place], radix: 16, uppercase: true)
        return TextFileError(
            path: path, line: before.count { $0 == 0x0A } + first,
            column: String(decoding: bytes[start..<place], as: UTF8.self).unicodeScalars.count + 1,
            problem: "found the byte 0x\(digits), which is not UTF-8; where it is in Latin-1 or Windows-1252"
                + conversion(from: "WINDOWS-1252", path).replacing("; convert it:", with: ", convert it:"))
    }

    private static func firstInvalid(_ bytes: [UInt8]) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var place = 0
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) { place += scalar.count }
        return min(place, bytes.count - 1)
    }
}

/// Why a text file cannot be read, and where.
package struct TextFileError: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    /// Both from 1; columns count Unicode scalars. nil: the file as a whole.
    package let line: Int?
    package let column: Int?
    package let problem: String

    init(path: String, line: Int? = nil, column: Int? = nil, problem: String) {
        self.path = path
        self.line = line
        self.column = column
        self.problem = problem
    }

    /// The file, with line and column where they are known.
    package var place: String {
        [path, line.map { "\($0)" }, column.map { "\($0)" }].compactMap(\.self).joined(separator: ":")
    }
    package var description: String { "\(place): \(problem)" }
}
