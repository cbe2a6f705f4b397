package import FoundationEssentials

/// What tells 1.0 from 1: a program is given other words for them. Foundation's decoder and encoder do not.
package protocol ExactJSON {
    init?(json: SettingValue)
    var json: SettingValue { get }
}

extension SettingValue: ExactJSON {
    package init?(json: SettingValue) { self = json }

    package var json: SettingValue { self }
}

extension [String: SettingValue]: ExactJSON {
    package init?(json: SettingValue) {
        guard case .object(let values) = json else { return nil }
        self = values
    }

    package var json: SettingValue { .object(self) }
}

extension JSONReader {
    /// nil for a type that need not be exact, and for JSON that is none of the type.
    static func exactly<Value>(_ type: Value.Type, from text: Data) -> Value? {
        guard let exact = type as? any ExactJSON.Type, let value = value(of: text, deepest: JSONInput.deepest) else {
            return nil
        }
        return exact.init(json: value) as? Value
    }
}

/// An encoder that keeps what has to be exact so.
package final class ExactJSONEncoder: JSONEncoder, @unchecked Sendable {
    package override func encode<Value: Encodable>(_ value: Value) throws -> Data {
        guard let exact = value as? any ExactJSON else { return try super.encode(value) }
        return Data(JSONWriter.text(exact.json, indented: false, notFinite: .words).utf8)
    }
}
