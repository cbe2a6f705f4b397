/// How labels become the numbers of classes: whole numbers by their value, others in the order of their names.
package enum ClassNumbers {
    /// The labels' names in the order of their numbers; "1" and "1.0" are one, where all are whole numbers.
    package static func names(of labels: some Sequence<String>) -> [String] {
        let labels = Set(labels)
        let numbers = Set(labels.compactMap(wholeNumber))
        guard labels.allSatisfy({ wholeNumber($0) != nil }) else { return byName(labels) }
        return numbers.sorted(by: precedes)
    }

    /// In the order of the names' bytes, whatever they are.
    package static func byName(_ labels: some Sequence<String>) -> [String] {
        labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// "-12" for "-12", " -12" and "-12.0", "1" for "+1" and "1."; nil for what is no whole number, or is written with zeros before it (07), as codes are.
    package static func wholeNumber(_ label: String) -> String? {
        let bare = label.drop(while: \.isWhitespace)
        let end = bare.lastIndex { !$0.isWhitespace }.map { bare.index(after: $0) } ?? bare.startIndex
        let parts = bare[..<end].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first else { return nil }
        if parts.count == 2, !parts[1].utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) { return nil }
        let sign = whole.utf8.first.flatMap { "+-".utf8.contains($0) ? $0 : nil }
        let digits = sign == nil ? whole : whole.dropFirst()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.utf8.count == 1 || digits.utf8.first != UInt8(ascii: "0")
        else { return nil }
        return digits != "0" && sign == UInt8(ascii: "-") ? String(whole) : String(digits)
    }

    /// Whether a label is a number, whole or not, as people write one.
    package static func isNumber(_ label: String) -> Bool {
        let bare = label.split(whereSeparator: \.isWhitespace)
        guard bare.count == 1, bare[0].utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return false }
        return Double(bare[0])?.isFinite == true
    }

    /// Whether a label is a number that is not whole.
    package static func isFraction(_ label: String) -> Bool {
        guard isNumber(label), let number = Double(label.filter { !$0.isWhitespace }) else { return false }
        return number != number.rounded()
    }

    /// Whether each label is the number of its class.
    package static func areOwnNumbers(_ names: [String]) -> Bool {
        names.enumerated().allSatisfy { $0.element == String($0.offset) }
    }

    /// For people: "class 0 is bad, class 1 is good", and by which rule.
    package static func sentence(_ names: [String]) -> String {
        if areOwnNumbers(names) { return "each label is the number of its class, 0 to \(names.count - 1)" }
        let shown = names.enumerated().map { "class \($0.offset) is \($0.element)" }
        let list = (shown.count > 8 ? shown.prefix(7) + ["...", shown[shown.count - 1]] : shown[...]).joined(separator: ", ")
        if names != self.names(of: names) { return "classes are numbered in an order of their own: \(list)" }
        let areWhole = names.allSatisfy { wholeNumber($0) != nil }
        return (areWhole ? "labels are numbered by value: " : "labels are numbered in the order of their names: ") + list
    }

    /// Of two whole numbers of any length.
    private static func precedes(_ a: String, _ b: String) -> Bool {
        let (isNegative, other) = (a.hasPrefix("-"), b.hasPrefix("-"))
        guard isNegative == other else { return isNegative }
        let (lower, higher) = isNegative ? (b, a) : (a, b)
        guard lower.utf8.count == higher.utf8.count else { return lower.utf8.count < higher.utf8.count }
        return lower.utf8.lexicographicallyPrecedes(higher.utf8)
    }
}
