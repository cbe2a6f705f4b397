import SearchSpaces
import TrainerSettings

/// A mapping whose keys are known beforehand; what else it holds is refused when it is opened.
package struct Section: Sendable {
    package let name: String
    package let position: Position
    private let entries: [LocatedValue.Entry]

    /// - Parameters:
    ///   - value: where the section should be.
    ///   - name: for messages, with its article: "the metric".
    ///   - allowed: its keys.
    ///   - passedOver: keys that are taken too, but that nobody is told of.
    ///   - notYet: keys that are refused as not available yet.
    package init(
        _ value: LocatedValue, named name: String, allowed: [String], passedOver: [String] = [], notYet: [String] = []
    ) throws(SpaceFileError) {
        guard case .mapping(let entries) = value.content else {
            throw value.expected("\(name) as a mapping" + (allowed.isEmpty ? "" : " of " + allowed.joined(separator: ", ")))
        }
        for entry in entries where !allowed.contains(entry.key) && !passedOver.contains(entry.key) {
            if notYet.contains(entry.key) { throw .notAvailable("'\(entry.key)'", at: entry.keyPosition) }
            if let tuple = SpaceFileError.tuple(in: entries, at: entry.keyPosition) { throw tuple }
            throw .unknown("key", entry.key, at: entry.keyPosition, allowed: allowed)
        }
        self.name = name
        self.position = value.position
        self.entries = entries
    }

    /// The value of a key; nil where the key is absent or its value null.
    package subscript(key: String) -> LocatedValue? {
        entries.first { $0.key == key && !$0.value.isNull }?.value
    }

    /// The value of a key, which may be null; nil where the key is absent.
    package func stated(_ key: String) -> LocatedValue? { entries.first { $0.key == key }?.value }

    /// Where a key stands; the section's own place where it is absent.
    package func position(of key: String) -> Position {
        entries.first { $0.key == key }?.keyPosition ?? position
    }

    package var keys: [String] { entries.filter { !$0.value.isNull }.map(\.key) }

    package func text(_ key: String) throws(SpaceFileError) -> String? {
        guard let value = self[key] else { return nil }
        return try value.text()
    }

    package func integer(_ key: String) throws(SpaceFileError) -> Int? {
        guard let value = self[key] else { return nil }
        return try value.integer()
    }

    /// A number of trials, reports or workers: not so many that their products overflow.
    package func count(_ key: String, atLeast least: Int) throws(SpaceFileError) -> Int? {
        guard let value = self[key] else { return nil }
        let count = try value.integer(atLeast: least)
        guard count <= Self.most else { throw value.expected("a whole number of at most \(Self.most)") }
        return count
    }

    private static let most = 1_000_000_000

    package func number(_ key: String) throws(SpaceFileError) -> Double? {
        guard let value = self[key] else { return nil }
        return try value.number()
    }

    /// A number of bytes, which may have a unit: 2MiB, 1.5GB.
    package func bytes(_ key: String) throws(SpaceFileError) -> Double? {
        guard let value = self[key] else { return nil }
        if let number = value.value.number, number.isFinite { return number }
        guard let size = value.value.text.flatMap(ByteCount.init) else {
            throw value.expected("a number of bytes, or a size such as 2MiB")
        }
        return Double(size.bytes)
    }

    /// A whole number of bytes above 0.
    package func byteCount(_ key: String) throws(SpaceFileError) -> Int? {
        guard let value = self[key], let bytes = try bytes(key) else { return nil }
        guard (1..<0x1p60).contains(bytes) else { throw value.expected("a number of bytes above 0, or a size such as 20GB") }
        return Int(bytes)
    }

    package func required(_ key: String, _ what: String) throws(SpaceFileError) -> LocatedValue {
        guard let value = self[key] else {
            throw SpaceFileError(at: position(of: key), "\(name) lacks '\(key)'; expected \(what)")
        }
        return value
    }
}
