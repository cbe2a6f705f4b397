/// What a file says of a key: to leave it out and to set it to null are two things where a model type has a usual value.
enum Given<Value: Decodable>: Decodable {
    case nothing
    case null
    case value(Value)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = container.decodeNil() ? .null : .value(try container.decode(Value.self))
    }

    /// What holds where the file says so much: null takes the usual value away.
    func or(_ usual: Value?) -> Value? {
        switch self {
        case .nothing: usual
        case .null: nil
        case .value(let value): value
        }
    }
}

extension KeyedDecodingContainer {
    /// Takes the place of the standard one in what the compiler writes, which wants the key to be there.
    func decode<Value>(_: Given<Value>.Type, forKey key: Key) throws -> Given<Value> {
        guard contains(key) else { return .nothing }
        return try decodeNil(forKey: key) ? .null : .value(decode(Value.self, forKey: key))
    }
}
