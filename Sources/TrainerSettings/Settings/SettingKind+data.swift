extension SettingKind<DataSplit> {
    static var split: SettingKind {
        SettingKind(
            allowed: "shares such as {validation: 0.1, test: 0.1}",
            read: { (value) throws(SettingMismatch) in try DataSplit(value) },
            write: \.value)
    }
}

extension DataSplit {
    fileprivate init(_ value: SettingValue) throws(SettingMismatch) {
        guard case .object(let fields) = value else {
            throw SettingMismatch(value, expected: "shares such as {validation: 0.1, test: 0.1}")
        }
        let known = ["validation", "test", "by"]
        if let name = fields.keys.filter({ !known.contains($0) }).min() {
            let hint = nearestHint(to: name, among: known)
            throw SettingMismatch("unknown '\(name)'; allowed: \(known.joined(separator: ", "))\(hint)")
        }
        if let way = fields["by"], way != .string("hash") { throw SettingMismatch("by: found \(way), expected hash") }
        func share(_ name: String) throws(SettingMismatch) -> Double? {
            guard let value = fields[name], value != .null else { return nil }
            guard let share = value.number, share > 0, share < 1 else {
                throw SettingMismatch("\(name): found \(value), expected a share between 0 and 1")
            }
            return share
        }
        self.init(validation: try share("validation"), test: try share("test"))
        guard self != DataSplit() else {
            throw SettingMismatch("names no share; expected {validation: 0.1, test: 0.1}, say")
        }
        guard (validation ?? 0) + (test ?? 0) < 1 else { throw SettingMismatch("leaves nothing to train on") }
    }

    package var value: SettingValue {
        var shares: [String: SettingValue] = ["by": .string("hash")]
        shares["validation"] = validation.map(SettingValue.double)
        shares["test"] = test.map(SettingValue.double)
        return .object(shares)
    }
}

extension SettingKind<Unicode.Scalar> {
    /// A sign between values.
    static var sign: SettingKind {
        SettingKind(
            allowed: "one sign such as ';' or '|', or tab",
            read: { (value) throws(SettingMismatch) in
                let text = try SettingKind<String>.text.read(value)
                if ["tab", "\\t"].contains(text) { return "\t" }
                guard let sign = text.unicodeScalars.first, text.unicodeScalars.count == 1, sign.isASCII,
                    sign == "\t" || sign.value > 0x20,
                    !sign.properties.isAlphabetic, sign.properties.numericType == nil, sign != "\"", sign.value != 0x7F
                else { throw SettingMismatch("found '\(text)', expected one sign such as ';' or '|', or tab") }
                return sign
            }, write: { .string(DataColumns.name(of: $0)) })
    }
}

extension DataColumns {
    /// As the setting `separator` has it.
    package static func name(of separator: Unicode.Scalar) -> String { separator == "\t" ? "tab" : String(separator) }
}
