/// What tells 1.0 from 1, as a program is given other words for them. It is read and written as the JSON that it is.
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
