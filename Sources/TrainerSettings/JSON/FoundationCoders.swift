package import FoundationEssentials

/// Foundation's encoder in name, for what insists on one: what is written is this package's JSON.
package final class StyledJSONEncoder: JSONEncoder, @unchecked Sendable {
    private let style: JSONStyle

    package init(_ style: JSONStyle) {
        self.style = style
        super.init()
    }

    package override func encode<Value: Encodable>(_ value: Value) throws -> Data { try JSONWriter.data(value, style) }
}

/// Foundation's decoder in name, for what insists on one: what is read is read as ``JSONInput`` reads it.
package final class BoundedJSONDecoder: JSONDecoder, @unchecked Sendable {
    private let place: String
    private let largest: Int
    private let options: JSONDecoding

    /// - Parameters:
    ///   - place: how a refusal names what is decoded.
    ///   - largest: bytes of it.
    package init(place: String, largest: Int, _ options: JSONDecoding = JSONDecoding()) {
        (self.place, self.largest, self.options) = (place, largest, options)
        super.init()
    }

    package override func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        func refusal(_ problem: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: [], debugDescription: problem))
        }
        if data.count > largest { throw refusal("\(place): is larger than \(ByteCount(bytes: largest))") }
        if let mistake = data.withUnsafeBytes({ JSONScanner.firstMistake(in: $0, deepest: JSONInput.deepest) }) {
            throw refusal("\(place), character \(mistake.offset + 1): \(mistake.problem)")
        }
        do {
            return try JSONReader.value(of: data, deepest: JSONInput.deepest).decoded(as: type, options)
        } catch let error as DecodingError {
            throw refusal("\(place): \(error.problem)")
        }
    }
}
