import FoundationEssentials
package import TrainerSettings

extension SettingValue {
    package static func number(_ value: Double?) -> SettingValue { value.map(SettingValue.double) ?? .null }
    package static func integer(_ value: Int?) -> SettingValue { value.map(SettingValue.int) ?? .null }
    package static func text(_ value: String?) -> SettingValue { value.map(SettingValue.string) ?? .null }

    /// A time in seconds since 1970 as ISO 8601, UTC.
    package static func time(_ value: Double?) -> SettingValue {
        // The calendar does not take every number that a damaged store may hold.
        text(value.flatMap { (0...1e11).contains($0) ? Date(timeIntervalSince1970: $0).formatted(.iso8601) : nil })
    }
}
