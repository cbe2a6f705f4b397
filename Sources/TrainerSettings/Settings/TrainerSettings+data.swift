extension TrainerSettings {
    /// Which files, which shares of them, and how rows lie there.
    mutating func takeData(from reader: inout SettingsReader) throws(TrainerSettingsError) {
        train = try reader.required("train")
        validation = try reader.text("validation")
        test = try reader.text("test")
        if let value = try reader.split() { split = value }
        let given = [("validation", validation, split.validation), ("test", test, split.test)]
        for (name, file, share) in given where file != nil && share != nil {
            throw .init(setting: "split", problem: "gives \(name) a share, and \(name) names a file; keep one of the two")
        }
        if validation?.isEmpty != false, split.validation == nil {
            throw .init(
                setting: "validation",
                problem: "missing; give a file, or divide the training file: split: {validation: 0.1, test: 0.1}")
        }
        if let value = try reader.text("text_column") { columns.text = value }
        if let value = try reader.text("label_column") { columns.label = value }
        if columns.text == columns.label {
            throw .init(setting: "label_column", problem: "'\(columns.label)' is the text's column too")
        }
        columns.separator = try reader.separator()
        if let value: DataColumns.Quoting = try reader.choice("quoting") { columns.quoting = value }
    }

    /// Whether settings give test data, a file or a share, for a study's winner.
    package static func namesTest(_ values: [String: SettingValue]) -> Bool {
        if let test = values["test"], test != .null { return true }
        guard case .object(let shares)? = values["split"], let share = shares["test"] else { return false }
        return share != .null
    }

    /// What is at its default is left out: a checkpoint from before there was such a setting is of the same trial.
    var dataValues: [String: SettingValue] {
        var values: [String: SettingValue] = [:]
        values["validation"] = validation.map(SettingValue.string)
        values["test"] = test.map(SettingValue.string)
        if split != DataSplit() { values["split"] = split.value }
        let usual = DataColumns()
        if columns.text != usual.text { values["text_column"] = .string(columns.text) }
        if columns.label != usual.label { values["label_column"] = .string(columns.label) }
        values["separator"] = columns.separator.map { .string(DataColumns.name(of: $0)) }
        if columns.quoting != usual.quoting { values["quoting"] = .string(columns.quoting.rawValue) }
        return values
    }
}

extension DataSplit {
    package var value: SettingValue {
        var shares: [String: SettingValue] = ["by": .string("hash")]
        shares["validation"] = validation.map(SettingValue.double)
        shares["test"] = test.map(SettingValue.double)
        return .object(shares)
    }
}

extension DataColumns {
    /// As the setting `separator` has it.
    package static func name(of separator: Unicode.Scalar) -> String { separator == "\t" ? "tab" : String(separator) }
}

extension SettingsReader {
    mutating func split() throws(TrainerSettingsError) -> DataSplit? {
        guard let value = take("split") else { return nil }
        func fail(_ problem: String) -> TrainerSettingsError { .init(setting: "split", problem: problem) }
        guard case .object(let fields) = value else {
            throw fail("found \(value), expected shares such as {validation: 0.1, test: 0.1}")
        }
        let known = ["validation", "test", "by"]
        if let name = fields.keys.filter({ !known.contains($0) }).min() {
            throw fail("unknown '\(name)'; allowed: \(known.joined(separator: ", "))\(nearestHint(to: name, among: known))")
        }
        if let way = fields["by"], way != .string("hash") { throw fail("by: found \(way), expected hash") }
        func share(_ name: String) throws(TrainerSettingsError) -> Double? {
            guard let value = fields[name], value != .null else { return nil }
            guard let share = value.number, share > 0, share < 1 else {
                throw fail("\(name): found \(value), expected a share between 0 and 1")
            }
            return share
        }
        let split = DataSplit(validation: try share("validation"), test: try share("test"))
        guard split != DataSplit() else { throw fail("names no share; expected {validation: 0.1, test: 0.1}, say") }
        guard (split.validation ?? 0) + (split.test ?? 0) < 1 else { throw fail("leaves nothing to train on") }
        return split
    }

    mutating func separator() throws(TrainerSettingsError) -> Unicode.Scalar? {
        guard let text = try text("separator") else { return nil }
        if ["tab", "\\t"].contains(text) { return "\t" }
        guard let sign = text.unicodeScalars.first, text.unicodeScalars.count == 1, sign.isASCII,
            sign == "\t" || sign.value > 0x20,
            !sign.properties.isAlphabetic, sign.properties.numericType == nil, sign != "\"", sign.value != 0x7F
        else {
            throw .init(setting: "separator", problem: "found '\(text)', expected one sign such as ';' or '|', or tab")
        }
        return sign
    }
}
