package import SearchSpaces
import TrainerSettings

extension Assignment {
    /// What `--set name=value` says, each value as a space file has it.
    ///
    /// - Throws: where one has no name, no value, or is none of YAML's.
    package init(settings: [String]) throws(SpaceFileError) {
        self.init([:])
        for setting in settings {
            guard let sign = setting.firstIndex(of: "="), sign > setting.startIndex else {
                throw SpaceFileError(at: nil, "--set \(setting): write name=value, such as r=8")
            }
            let name = String(setting[..<sign])
            guard self[name] == nil else {
                throw SpaceFileError(at: nil, "--set \(setting): '\(name)' is given more than once")
            }
            self[name] = try Self.value(String(setting[setting.index(after: sign)...]), in: setting)
        }
    }

    /// Values by their names, each as a space file has it.
    ///
    /// - Throws: where one is none of YAML's.
    package init(written texts: [String: String]) throws(SpaceFileError) {
        self.init([:])
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) { self[name] = try Self.value(text, in: "\(name)=\(text)") }
    }

    private static func value(_ text: String, in setting: String) throws(SpaceFileError) -> SettingValue {
        let document: LocatedValue
        do throws(SpaceFileError) { document = try LocatedValue(yaml: "value: \(text)") } catch {
            throw SpaceFileError(at: nil, "--set \(setting): \(error.problem)")
        }
        guard case .mapping(let entries) = document.content, entries.count == 1, !entries[0].value.isNull || text == "null"
        else {
            throw SpaceFileError(at: nil, "--set \(setting): write one value, such as r=8 or target_modules=[query, value]")
        }
        return entries[0].value.value
    }
}
