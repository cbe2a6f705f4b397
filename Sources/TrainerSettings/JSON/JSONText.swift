/// JSON for scripts and files: indented, keys sorted; what JSON cannot say (NaN, the infinities) is null.
package enum JSONText {
    package static func render(_ value: SettingValue) -> String {
        JSONWriter.text(value, indented: true, notFinite: .null)
    }
}
