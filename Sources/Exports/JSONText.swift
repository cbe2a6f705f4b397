import FoundationEssentials
package import TrainerSettings

/// JSON for scripts and files: indented, keys sorted; what JSON cannot say (NaN, the infinities) is null.
package enum JSONText {
    package static func render(_ value: SettingValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(finite(value))).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    private static func finite(_ value: SettingValue) -> SettingValue {
        switch value {
        case .double(let number): number.isFinite ? value : .null
        case .array(let values): .array(values.map(finite))
        case .object(let values): .object(values.mapValues(finite))
        default: value
        }
    }
}

extension SettingValue {
    static func number(_ value: Double?) -> SettingValue { value.map(SettingValue.double) ?? .null }
    static func integer(_ value: Int?) -> SettingValue { value.map(SettingValue.int) ?? .null }
    static func text(_ value: String?) -> SettingValue { value.map(SettingValue.string) ?? .null }

    /// A time in seconds since 1970 as ISO 8601, UTC.
    static func time(_ value: Double?) -> SettingValue {
        text(value.map { Date(timeIntervalSince1970: $0).formatted(.iso8601) })
    }
}
