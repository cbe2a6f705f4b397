package import TrainerSettings

/// A value of a YAML file with the place where it stands.
package struct LocatedValue: Sendable {
    package let position: Position
    package let content: Content

    package enum Content: Sendable {
        /// The text is what the file says: `3e-4` rather than 0.0003.
        case scalar(SettingValue, text: String)
        case sequence([LocatedValue])
        case mapping([Entry])
    }

    package struct Entry: Sendable {
        package let key: String
        package let keyPosition: Position
        package let value: LocatedValue
    }
}

extension LocatedValue {
    package var value: SettingValue {
        switch content {
        case .scalar(let value, _): value
        case .sequence(let values): .array(values.map(\.value))
        case .mapping(let entries): .object(Dictionary(entries.map { ($0.key, $0.value.value) }) { $1 })
        }
    }

    package var isNull: Bool {
        if case .scalar(.null, _) = content { true } else { false }
    }

    /// The elements of a list; nil for anything else.
    package var elements: [LocatedValue]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// A scalar as the file has it.
    package var written: String? {
        if case .scalar(_, let text) = content { text } else { nil }
    }

    /// For messages: what stands there, in a few words.
    package var found: String {
        switch content {
        case .scalar(.null, _): "nothing"
        case .scalar(.string, let text): "the text '\(text.prefix(40))\(text.count > 40 ? "..." : "")'"
        case .scalar(_, let text): text
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    package func expected(_ what: String) -> SpaceFileError {
        .init(at: position, "found \(found), expected \(what)")
    }

    // MARK: - Typed readings

    package func text() throws(SpaceFileError) -> String {
        guard case .scalar(let value, let text) = content, value != .null else { throw expected("a text") }
        return text
    }

    package func integer(atLeast least: Int = .min) throws(SpaceFileError) -> Int {
        let what = least == .min ? "a whole number" : "a whole number of at least \(least)"
        guard let integer = value.integer, integer >= least else { throw expected(what) }
        return integer
    }

    /// A finite number.
    package func number() throws(SpaceFileError) -> Double {
        guard let number = value.number, number.isFinite else { throw expected("a number") }
        return number
    }

    package func list(of what: String) throws(SpaceFileError) -> [LocatedValue] {
        guard let elements else { throw expected("a list of \(what)") }
        return elements
    }

    /// Seconds, from a number of them or a text such as 90s, 30m, 1h30m, 2d.
    package func seconds() throws(SpaceFileError) -> Double {
        let given = if case .scalar(.string, let text) = content { Self.seconds(in: text) } else { value.number }
        guard let given, given > 0 else { throw expected("a time above 0 such as 90s, 30m or 1h30m") }
        guard Self.times.contains(given) else {
            throw expected("a time from 0.001 s to 1e9 s (30 years) such as 90s, 30m or 1h30m")
        }
        return given
    }

    /// In seconds: what is beyond them nobody means, and clocks do not hold.
    static let times = 0.001...1e9

    static func seconds(in text: String) -> Double? {
        guard text.wholeMatch(of: /(\d+(\.\d+)?[smhd])+/) != nil else { return nil }
        let units: [Substring: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        return text.matches(of: /(\d+(?:\.\d+)?)([smhd])/).reduce(0) { sum, match in
            sum + (Double(match.1) ?? 0) * (units[match.2] ?? 0)
        }
    }
}
