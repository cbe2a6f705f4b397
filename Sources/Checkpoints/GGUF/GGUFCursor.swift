/// A place in a GGUF file's header, from which numbers and texts are taken one after the other, never beyond the file's end.
struct GGUFCursor {
    let file: MappedFile
    private(set) var offset: Int

    init(_ file: MappedFile, at offset: Int) {
        self.file = file
        self.offset = offset
    }

    var left: Int { file.bytes.count - offset }

    /// - Parameter subject: what is read, for the error.
    func failure(_ subject: String, at offset: Int? = nil, _ problem: String) -> CheckpointError {
        CheckpointError(path: file.path, problem: "\(subject) (byte \(offset ?? self.offset)): \(problem)")
    }

    mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self, of subject: String
    ) throws(CheckpointError) -> Number {
        let start = try skip(MemoryLayout<Number>.size, of: subject)
        return Number(littleEndian: file.bytes.loadUnaligned(fromByteOffset: start, as: Number.self))
    }

    /// A count of things of which each takes so many bytes at least: never more than the rest of the file can hold.
    mutating func count(of subject: String, size: Int, atMost limit: Int = .max) throws(CheckpointError) -> Int {
        let start = offset
        let count = try number(UInt64.self, of: subject)
        guard count <= UInt64(left / max(1, size)) else {
            throw failure(subject, at: start, "there are \(count) of them, and the file ends \(left) bytes further on")
        }
        guard count <= UInt64(limit) else { throw failure(subject, at: start, "there are \(count), expected \(limit) at most") }
        return Int(count)
    }

    /// The bytes of a text, its length before it.
    mutating func text(of subject: String) throws(CheckpointError) -> Range<Int> {
        let start = offset
        let length = try number(UInt64.self, of: subject)
        guard length <= UInt64(left) else {
            throw failure(subject, at: start, "a text of \(length) bytes, and the file ends \(left) bytes further on")
        }
        let first = try skip(Int(length), of: subject)
        return first..<first + Int(length)
    }

    /// A text that names something: of moderate length, in UTF-8.
    mutating func name(of subject: String) throws(CheckpointError) -> String {
        let start = offset
        let range = try text(of: subject)
        guard range.count < 1 << 16, let name = Self.text(file.bytes[range]), !name.isEmpty else {
            throw failure(subject, at: start, "its name is no text of 1 to 65535 bytes in UTF-8")
        }
        return name
    }

    /// nil where it is not in UTF-8.
    static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String? {
        String(validating: UnsafeRawBufferPointer(rebasing: bytes).bindMemory(to: UInt8.self), as: UTF8.self)
    }

    /// - Returns: where what is skipped begins.
    @discardableResult mutating func skip(_ size: Int, of subject: String) throws(CheckpointError) -> Int {
        guard size <= left else {
            throw failure(subject, "truncated file: \(size) bytes are needed, and \(left) are left")
        }
        defer { offset += size }
        return offset
    }
}
