extension SettingValue {
    /// What a value is as JSON.
    ///
    /// - Throws: `EncodingError` for what JSON cannot hold, and what the value's own `encode(to:)` throws.
    package init(encoding value: some Encodable) throws {
        self = try SettingEncoder.node(of: value, at: []).value
    }
}

/// What is being written: objects and lists grow while their containers are in use.
private final class SettingNode {
    enum Content {
        case value(SettingValue)
        case object([String: SettingNode])
        case array([SettingNode])
    }

    var content: Content?

    init(_ content: Content? = nil) { self.content = content }

    var value: SettingValue {
        switch content {
        case .value(let value): value
        case .object(let nodes): .object(nodes.mapValues(\.value))
        case .array(let nodes): .array(nodes.map(\.value))
        // What writes nothing is an empty object, as with Foundation.
        case nil: .object([:])
        }
    }
}

/// Makes JSON of any `Encodable`.
private struct SettingEncoder: Encoder {
    let node: SettingNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func node(of value: some Encodable, at path: [any CodingKey]) throws -> SettingNode {
        if let exact = value as? any ExactJSON { return SettingNode(.value(exact.json)) }
        let encoder = SettingEncoder(node: SettingNode(), codingPath: path)
        try value.encode(to: encoder)
        return encoder.node
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object? = node.content {} else { node.content = .object([:]) }
        return KeyedEncodingContainer(SettingObjectWriter<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array? = node.content {} else { node.content = .array([]) }
        return SettingListWriter(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SettingValueWriter(node: node, codingPath: codingPath) }
}

private struct SettingObjectWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: SettingNode
    let codingPath: [any CodingKey]

    private func put(_ child: SettingNode, _ key: any CodingKey) {
        guard case .object(var children)? = node.content else { return }
        node.content = nil
        children[key.stringValue] = child
        node.content = .object(children)
    }

    func encodeNil(forKey key: Key) { put(SettingNode(.value(.null)), key) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        put(try SettingEncoder.node(of: value, at: codingPath + [key]), key)
    }

    private func child(_ content: SettingNode.Content?, _ key: any CodingKey) -> SettingNode {
        let child = SettingNode(content)
        put(child, key)
        return child
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        SettingEncoder(node: child(.object([:]), key), codingPath: codingPath + [key]).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        SettingEncoder(node: child(.array([]), key), codingPath: codingPath + [key]).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { SettingEncoder(node: child(nil, SettingKey("super")), codingPath: codingPath) }
    func superEncoder(forKey key: Key) -> any Encoder { SettingEncoder(node: child(nil, key), codingPath: codingPath + [key]) }
}

private struct SettingListWriter: UnkeyedEncodingContainer {
    let node: SettingNode
    let codingPath: [any CodingKey]

    var count: Int { if case .array(let children)? = node.content { children.count } else { 0 } }

    private func add(_ child: SettingNode) {
        guard case .array(var children)? = node.content else { return }
        node.content = nil
        children.append(child)
        node.content = .array(children)
    }

    func encodeNil() { add(SettingNode(.value(.null))) }

    func encode<Value: Encodable>(_ value: Value) throws {
        add(try SettingEncoder.node(of: value, at: codingPath + [SettingKey(count)]))
    }

    private func child(_ content: SettingNode.Content?) -> SettingEncoder {
        let (child, path) = (SettingNode(content), codingPath + [SettingKey(count)])
        add(child)
        return SettingEncoder(node: child, codingPath: path)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        child(.object([:])).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child(.array([])).unkeyedContainer() }
    func superEncoder() -> any Encoder { child(nil) }
}

private struct SettingValueWriter: SingleValueEncodingContainer {
    let node: SettingNode
    let codingPath: [any CodingKey]

    private func put(_ value: SettingValue) { node.content = .value(value) }

    private func put(whole value: some BinaryInteger) throws {
        guard let number = Int(exactly: value) else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "\(value) is too large a whole number"))
        }
        put(.int(number))
    }

    func encodeNil() { put(.null) }
    func encode(_ value: Bool) { put(.bool(value)) }
    func encode(_ value: String) { put(.string(value)) }
    func encode(_ value: Double) { put(.double(value)) }
    /// By its own digits: 0.1 as a Float is not 0.1 as a Double.
    func encode(_ value: Float) { put(.double(Double("\(value)") ?? Double(value))) }
    func encode(_ value: Int) { put(.int(value)) }
    func encode(_ value: Int8) throws { try put(whole: value) }
    func encode(_ value: Int16) throws { try put(whole: value) }
    func encode(_ value: Int32) throws { try put(whole: value) }
    func encode(_ value: Int64) throws { try put(whole: value) }
    func encode(_ value: UInt) throws { try put(whole: value) }
    func encode(_ value: UInt8) throws { try put(whole: value) }
    func encode(_ value: UInt16) throws { try put(whole: value) }
    func encode(_ value: UInt32) throws { try put(whole: value) }
    func encode(_ value: UInt64) throws { try put(whole: value) }

    func encode<Value: Encodable>(_ value: Value) throws {
        node.content = try SettingEncoder.node(of: value, at: codingPath).content
    }
}

/// A key that no type declares.
struct SettingKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) { (stringValue, intValue) = (name, nil) }
    init(_ place: Int) { (stringValue, intValue) = ("Index \(place)", place) }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(intValue) }
}
