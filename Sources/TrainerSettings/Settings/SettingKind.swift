/// What is wrong with a value: the words after the setting's name.
struct SettingMismatch: Error {
    let problem: String

    init(_ problem: String) { self.problem = problem }

    init(_ value: SettingValue, expected: String) { problem = "found \(value), expected \(expected)" }
}

/// The values that a setting takes: how they are read, how they are written, and the words for them.
struct SettingKind<Value: Sendable>: Sendable {
    /// What is allowed, for messages and the documentation.
    let allowed: String
    let read: @Sendable (SettingValue) throws(SettingMismatch) -> Value
    let write: @Sendable (Value) -> SettingValue
}

extension SettingKind<String> {
    static var text: SettingKind {
        SettingKind(
            allowed: "a text",
            read: { (value) throws(SettingMismatch) in
                guard case .string(let text) = value else { throw SettingMismatch(value, expected: "a text") }
                return text
            }, write: SettingValue.string)
    }
}

extension SettingKind<Bool> {
    static var flag: SettingKind {
        SettingKind(
            allowed: "true or false",
            read: { (value) throws(SettingMismatch) in
                guard case .bool(let flag) = value else { throw SettingMismatch(value, expected: "true or false") }
                return flag
            }, write: SettingValue.bool)
    }
}

extension SettingKind<Int> {
    static var integer: SettingKind { integer(in: Int.min...Int.max, "a whole number") }

    static func integer(_ range: ClosedRange<Int>) -> SettingKind {
        integer(in: range, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }

    private static func integer(in range: ClosedRange<Int>, _ allowed: String) -> SettingKind {
        SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                guard let integer = value.integer else { throw SettingMismatch(value, expected: "a whole number") }
                guard range.contains(integer) else { throw SettingMismatch(value, expected: allowed) }
                return integer
            }, write: SettingValue.int)
    }
}

extension SettingKind<Int?> {
    /// A count, or nil where there is none: a study can search whether there is one.
    static var countOrNone: SettingKind {
        let count = SettingKind<Int>.integer(1...1_000_000_000)
        let allowed = "none, or " + count.allowed
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                if [.string("none"), .null].contains(value) { return nil }
                guard let found = try? count.read(value) else { throw SettingMismatch(value, expected: allowed) }
                return found
            }, write: { $0.map(SettingValue.int) ?? .string("none") })
    }
}

extension SettingKind<Double> {
    static func number(_ range: ClosedRange<Double>) -> SettingKind {
        let allowed = "a number from \(SettingValue.short(range.lowerBound)) to \(SettingValue.short(range.upperBound))"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                guard let number = value.number else { throw SettingMismatch(value, expected: "a number") }
                guard range.contains(number) else { throw SettingMismatch(value, expected: allowed) }
                return number
            }, write: SettingValue.double)
    }
}

extension SettingKind where Value: RawRepresentable<String> & CaseIterable {
    /// One of an enumeration's words.
    static var word: SettingKind {
        let allowed = "one of " + Value.allCases.map(\.rawValue).joined(separator: ", ")
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                guard case .string(let text) = value, let choice = Value(rawValue: text) else {
                    throw SettingMismatch(value, expected: allowed)
                }
                return choice
            }, write: { .string($0.rawValue) })
    }
}

extension SettingKind<ByteCount> {
    static var amount: SettingKind {
        let allowed = "a size such as 8GiB or 500MB"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                switch value {
                case .int(let bytes): if let size = ByteCount(String(bytes)) { return size }
                case .string(let text): if let size = ByteCount(text) { return size }
                default: break
                }
                throw SettingMismatch(value, expected: allowed)
            }, write: { .string("\($0)") })
    }
}

extension SettingKind<ByteCount?> {
    /// A size on disk, or nil where it is off.
    static var size: SettingKind {
        let allowed = "a size such as 512MiB or 2GB, or off"
        return SettingKind(
            allowed: allowed,
            read: { (value) throws(SettingMismatch) in
                if [.string("off"), .bool(false), .int(0)].contains(value) { return nil }
                guard let size = try? SettingKind<ByteCount>.amount.read(value) else {
                    throw SettingMismatch(value, expected: allowed)
                }
                return size
            }, write: { .string($0.map { "\($0)" } ?? "off") })
    }
}
