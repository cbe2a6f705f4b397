/// What is allowed of labels and yet probably not meant.
enum LabelRemarks {
    /// What labels have in common that differ in spaces or capitals alone.
    static func likeness(_ label: String) -> String {
        label.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Of rows to train on.
    static func all(of examples: [LabeledText], file: String) -> [String] {
        var lines: [String: Int] = [:]
        for example in examples where lines[example.label] == nil { lines[example.label] = example.line }
        func place(_ label: String) -> String { "\(file):\(lines[label] ?? 1)" }
        let labels = Set(lines.keys)
        let areWhole = labels.allSatisfy { ClassNumbers.wholeNumber($0) != nil }
        var remarks: [String] = []
        var seen: [String: String] = [:]
        for label in ClassNumbers.byName(labels) {
            let word = likeness(label)
            if let other = seen[word] {
                remarks.append(
                    "\(place(label)): labels '\(other)' and '\(label)' differ in spaces or capitals alone, and are two classes")
            } else {
                seen[word] = label
            }
            if ["null", "NULL", "None", "nan", "NaN", "n/a", "N/A"].contains(label) {
                remarks.append(
                    "\(place(label)): label '\(label)' is a class of its own; where it stands for none, leave its rows out")
            }
            if let whole = ClassNumbers.wholeNumber(label), !areWhole, whole != label, labels.contains(whole) {
                remarks.append(
                    "\(place(label)): labels '\(whole)' and '\(label)' are two classes, as not every label is a whole number")
            }
        }
        return remarks
    }
}
