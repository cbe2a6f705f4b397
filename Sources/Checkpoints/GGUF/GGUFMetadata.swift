/// What a GGUF file says about its model, by keys. Values are read from the mapped file when they are asked for.
///
/// What asks for a key gets nil where the file has none, and a `CheckpointError` that names the key and its place where the value
/// is of another type.
package struct GGUFMetadata {
    private let file: MappedFile
    private let entries: [String: (value: GGUFValue, offset: Int)]
    /// In the file's order: each key, and where its value lies with its type.
    private let places: [(key: String, value: Range<Int>)]

    /// More keys than any file has: a header that says more is damaged.
    private static let mostKeys = 1 << 16

    /// - Parameter cursor: at the first key.
    init(_ cursor: inout GGUFCursor, count: Int) throws(CheckpointError) {
        file = cursor.file
        var entries: [String: (value: GGUFValue, offset: Int)] = [:]
        var places: [(key: String, value: Range<Int>)] = []
        guard count <= Self.mostKeys else {
            throw cursor.failure("the header", "there are \(count) keys, expected \(Self.mostKeys) at most")
        }
        for number in 0..<count {
            let offset = cursor.offset
            let key = try cursor.name(of: "key number \(number)")
            let start = cursor.offset
            let value = try GGUFValue(&cursor, of: "key '\(key)'")
            places.append((key, start..<cursor.offset))
            guard entries.updateValue((value, offset), forKey: key) == nil else {
                throw cursor.failure("key '\(key)'", at: offset, "is there twice")
            }
        }
        (self.entries, self.places) = (entries, places)
    }

    /// All of it, as another file takes it over.
    package var copied: [(key: String, value: GGUFField)] {
        places.map { ($0.key, .copied(Array(file.bytes[$0.value]))) }
    }

    package var path: String { file.path }
    package var keys: [String] { entries.keys.sorted() }

    package func contains(_ key: String) -> Bool { entries[key] != nil }

    /// An error about a key that is in the file, or is missing there.
    package func failure(_ key: String, _ problem: String) -> CheckpointError {
        let place = entries[key].map { " (byte \($0.offset))" } ?? ""
        return CheckpointError(path: path, problem: "key '\(key)'\(place): \(problem)")
    }

    // MARK: - Single values

    package func string(_ key: String) throws(CheckpointError) -> String? {
        guard let value = try value(key, "a string", where: { $0.type == .string && $0.count == nil }) else { return nil }
        guard let text = text(at: value.offset) else { throw failure(key, "is no valid UTF-8") }
        return text
    }

    package func integer(_ key: String) throws(CheckpointError) -> Int? {
        guard let value = try value(key, "an integer", where: { $0.type.isInteger && $0.count == nil }) else { return nil }
        guard let integer = value.integer(0, in: file.bytes) else { throw failure(key, "is beyond any integer that fits") }
        return integer
    }

    /// A finite number, an integer too.
    package func number(_ key: String) throws(CheckpointError) -> Double? {
        guard let value = try value(key, "a number", where: { $0.count == nil && $0.isNumber }) else { return nil }
        guard let number = value.float(0, in: file.bytes), number.isFinite else { throw failure(key, "is no finite number") }
        return number
    }

    package func flag(_ key: String) throws(CheckpointError) -> Bool? {
        guard let value = try value(key, "a bool", where: { $0.type == .bool && $0.count == nil }) else { return nil }
        let byte = file.bytes[value.offset]
        guard byte < 2 else { throw failure(key, "is \(byte), expected 0 or 1") }
        return byte == 1
    }

    // MARK: - Arrays

    /// A single integer is an array of one.
    package func integers(_ key: String) throws(CheckpointError) -> [Int]? {
        guard let value = try value(key, "integers", where: { $0.type.isInteger }) else { return nil }
        var integers: [Int] = []
        integers.reserveCapacity(value.count ?? 1)
        for number in 0..<(value.count ?? 1) {
            guard let integer = value.integer(number, in: file.bytes) else {
                throw failure(key, "its element \(number) is beyond any integer that fits")
            }
            integers.append(integer)
        }
        return integers
    }

    /// A single number is an array of one.
    package func numbers(_ key: String) throws(CheckpointError) -> [Float]? {
        guard let value = try value(key, "numbers", where: { $0.isNumber }) else { return nil }
        return (0..<(value.count ?? 1)).map { Float(value.float($0, in: file.bytes) ?? .nan) }
    }

    package func texts(_ key: String) throws(CheckpointError) -> [String]? {
        guard let value = try value(key, "an array of strings", where: { $0.type == .string && $0.count != nil }) else {
            return nil
        }
        var texts: [String] = []
        texts.reserveCapacity(value.count ?? 0)
        var offset = value.offset
        for number in 0..<(value.count ?? 0) {
            guard let text = text(at: offset) else { throw failure(key, "its element \(number) is no valid UTF-8") }
            texts.append(text)
            offset += 8 + length(at: offset)
        }
        return texts
    }

    // MARK: - Places that were checked when the file was opened

    private func length(at offset: Int) -> Int {
        Int(UInt64(littleEndian: file.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }

    private func text(at offset: Int) -> String? {
        GGUFCursor.text(file.bytes[offset + 8..<offset + 8 + length(at: offset)])
    }

    private func value(
        _ key: String, _ expected: String, where isRight: (GGUFValue) -> Bool
    ) throws(CheckpointError) -> GGUFValue? {
        guard let value = entries[key]?.value else { return nil }
        guard isRight(value) else { throw failure(key, "is \(value.title), expected \(expected)") }
        return value
    }
}

extension GGUFMetadata {
    /// The key, which has to be there.
    package func required<Value>(_ value: Value?, _ key: String) throws(CheckpointError) -> Value {
        guard let value else { throw failure(key, "is missing") }
        return value
    }

    /// "llama", what the names of most keys begin with.
    package func architecture() throws(CheckpointError) -> String {
        let key = "general.architecture"
        return try required(string(key), key)
    }
}

extension GGUFValue {
    fileprivate var isNumber: Bool { type.isInteger || type == .float32 || type == .float64 }
}
