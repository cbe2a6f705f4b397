extension SettingValue {
    /// Makes a value of any type of it.
    ///
    /// - Throws: `DecodingError`, and what the type's own `init(from:)` throws.
    package func decoded<Value: Decodable>(as type: Value.Type, _ options: JSONDecoding = JSONDecoding()) throws -> Value {
        try SettingDecoder(value: self, codingPath: [], options: options).decode(type)
    }
}

/// How values are made of JSON.
package struct JSONDecoding: Sendable {
    /// Whether "NaN", "Infinity" and "-Infinity" are taken for numbers where numbers are wanted.
    package var wordsAreNumbers: Bool
    /// What a type's own `init(from:)` may ask for.
    package var userInfo: [CodingUserInfoKey: any Sendable]
    /// Whether an object that has a name twice is refused; if not, the first counts.
    package var namesAreUnique: Bool

    package init(
        wordsAreNumbers: Bool = false, userInfo: [CodingUserInfoKey: any Sendable] = [:], namesAreUnique: Bool = false
    ) {
        (self.wordsAreNumbers, self.userInfo, self.namesAreUnique) = (wordsAreNumbers, userInfo, namesAreUnique)
    }
}

/// Decodes from JSON that was read already.
private struct SettingDecoder: Decoder, SingleValueDecodingContainer {
    let value: SettingValue
    let codingPath: [any CodingKey]
    let options: JSONDecoding
    var userInfo: [CodingUserInfoKey: Any] { options.userInfo }

    func below(_ value: SettingValue, _ key: any CodingKey) -> SettingDecoder {
        SettingDecoder(value: value, codingPath: codingPath + [key], options: options)
    }

    private func mismatch(_ type: any Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "found \(value)"))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let values) = value else { throw mismatch([String: SettingValue].self) }
        return KeyedDecodingContainer(SettingObjectReader<Key>(decoder: self, values: values))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let values) = value else { throw mismatch([SettingValue].self) }
        return SettingListReader(decoder: self, values: values)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { if case .null = value { true } else { false } }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let value) = value else { throw mismatch(type) }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let value) = value else { throw mismatch(type) }
        return value
    }

    func decode(_ type: Double.Type) throws -> Double {
        if let number = value.number { return number }
        guard options.wordsAreNumbers, case .string(let word) = value, let number = Double(wordForNotFinite: word) else {
            throw mismatch(type)
        }
        return number
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

    private func whole<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
        let number: Integer?
        switch value {
        case .int(let value): number = Integer(exactly: value)
        case .double(let value): number = Integer(exactly: value)
        default: throw mismatch(type)
        }
        if let number { return number }
        let isWhole = value.number.map { $0 == $0.rounded() } ?? false
        let expected = isWhole ? "one from \(Integer.min) to \(Integer.max)" : "a whole number"
        throw DecodingError.dataCorrupted(
            .init(codingPath: codingPath, debugDescription: "found \(JSONWriter.text(value, .exact)), expected \(expected)"))
    }

    func decode(_ type: Int.Type) throws -> Int { try whole(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try whole(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole(type) }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard let exact = type as? any ExactJSON.Type else { return try type.init(from: self) }
        guard let value = exact.init(json: value) as? Value else { throw mismatch([String: SettingValue].self) }
        return value
    }
}

private struct SettingObjectReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: SettingDecoder
    let values: [String: SettingValue]

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { values.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { values[key.stringValue] != nil }

    private func member(_ key: any CodingKey) throws -> SettingDecoder {
        guard let value = values[key.stringValue] else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "there is no such key"))
        }
        return decoder.below(value, key)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }

    // Rows of data have texts and whole numbers: these are read without a decoder for each.
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        if case .string(let text)? = values[key.stringValue] { text } else { try member(key).decode(type) }
    }

    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        if case .int(let number)? = values[key.stringValue] { number } else { try member(key).decode(type) }
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try member(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try member(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try member(SettingKey("super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
}

private struct SettingListReader: UnkeyedDecodingContainer {
    let decoder: SettingDecoder
    let values: [SettingValue]
    private(set) var currentIndex = 0

    init(decoder: SettingDecoder, values: [SettingValue]) { (self.decoder, self.values) = (decoder, values) }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { values.count }
    var isAtEnd: Bool { currentIndex >= values.count }

    private func element() throws -> SettingDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                SettingValue.self, .init(codingPath: codingPath, debugDescription: "the list has \(values.count) elements"))
        }
        return decoder.below(values[currentIndex], SettingKey(currentIndex))
    }

    /// An element that is not of the type stays the next.
    private mutating func next<Result>(_ read: (SettingDecoder) throws -> Result) throws -> Result {
        let result = try read(element())
        currentIndex += 1
        return result
    }

    mutating func decodeNil() throws -> Bool {
        guard try element().decodeNil() else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next { try $0.decode(type) } }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try next { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next { try $0.unkeyedContainer() } }
    mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}
