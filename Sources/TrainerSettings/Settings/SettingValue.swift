import Glibc

/// A value that a setting or a searched parameter can take: JSON's, with integers told from other numbers.
///
/// Numbers are equal when they are the same number: JSON writes 1.0 as 1, and a value must survive being stored.
package enum SettingValue: Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([SettingValue])
    case object([String: SettingValue])
}

extension SettingValue {
    /// The value as a number, integers included; nil for anything else.
    package var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The value as an integer; a double without a fraction counts.
    package var integer: Int? {
        switch self {
        case .int(let value): value
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    package var text: String? {
        if case .string(let value) = self { value } else { nil }
    }
}

extension SettingValue {
    /// Lists and objects in one another; what is deeper cannot be read back from where it is kept.
    package static let deepestKept = 60

    /// As a study's store has it: JSON has no infinities, so words stand for them there.
    package var stored: SettingValue {
        switch self {
        case .double(let number) where !number.isFinite: .string(number.wordForNotFinite)
        case .array(let values): .array(values.map(\.stored))
        case .object(let values): .object(values.mapValues(\.stored))
        default: self
        }
    }
}

extension SettingValue: Hashable {
    package static func == (a: SettingValue, b: SettingValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.int, .double), (.double, .int), (.double, .double): a.number == b.number
        case (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(Double(value))
        case .double(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .array(let value): hasher.combine(value)
        case .object(let value): hasher.combine(value)
        }
    }
}

extension SettingValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard decoder.codingPath.count <= JSONInput.deepest else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "nested deeper than \(JSONInput.deepest) levels")
        }
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .int(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([SettingValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: SettingValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .double(let value) where !value.isFinite: try container.encode(stored.text)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension SettingValue: CustomStringConvertible {
    /// Short enough for a table: strings bare, lists in brackets, objects with sorted keys.
    package var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): Self.short(value)
        case .string(let value): value
        case .array(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .object(let values):
            "{" + values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
        }
    }

    /// Four significant digits, without the zeros that say nothing.
    package static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        let digits = log10(abs(value)).rounded(.down) - 3
        // Powers of ten are exact where the exponent is positive, so neither case multiplies by a fraction.
        let unit = pow(10, abs(digits))
        let rounded = !unit.isFinite ? value : digits > 0 ? (value / unit).rounded() * unit : (value * unit).rounded() / unit
        return rounded == rounded.rounded() && abs(rounded) < 1e9 ? String(Int(rounded)) : "\(rounded)"
    }
}
