import TrainerSettings

/// The keys of a trainer's own configuration, in the order in which they were set first. Points lead into mappings.
struct TrainerKeys: Sendable, Hashable {
    private(set) var entries: [Entry] = []

    struct Entry: Sendable, Hashable {
        let key: String
        var value: SettingValue
    }

    init() {}

    init(_ values: [String: SettingValue]) {
        entries = values.sorted { $0.key < $1.key }.map { Entry(key: $0.key, value: $0.value) }
    }

    /// nil: there is no such key; setting nil takes it away, and the mappings that are empty then.
    subscript(path: String) -> SettingValue? {
        get {
            let words = Self.words(of: path)
            var value = entries.first { $0.key == words[0] }?.value
            for word in words.dropFirst() {
                guard case .object(let inner)? = value else { return nil }
                value = inner[word]
            }
            return value
        }
        set {
            let words = Self.words(of: path)
            let place = entries.firstIndex { $0.key == words[0] }
            let new = Self.changed(place.map { entries[$0].value }, at: words.dropFirst(), to: newValue)
            switch (place, new) {
            case (let place?, let new?): entries[place].value = new
            case (let place?, nil): entries.remove(at: place)
            case (nil, let new?): entries.append(Entry(key: words[0], value: new))
            case (nil, nil): break
            }
        }
    }

    var value: SettingValue { .object(Dictionary(entries.map { ($0.key, $0.value) }) { $1 }) }

    /// The paths of all values that are no mappings, or empty ones.
    var paths: [String] { entries.flatMap { Self.paths(in: $0.value, below: $0.key) } }

    private static func words(of path: String) -> [String] {
        path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    private static func changed(
        _ old: SettingValue?, at path: ArraySlice<String>, to value: SettingValue?
    ) -> SettingValue? {
        guard let word = path.first else { return value }
        var inner: [String: SettingValue] = [:]
        if case .object(let there)? = old { inner = there }
        inner[word] = changed(inner[word], at: path.dropFirst(), to: value)
        return inner.isEmpty ? nil : .object(inner)
    }

    private static func paths(in value: SettingValue, below path: String) -> [String] {
        guard case .object(let inner) = value, !inner.isEmpty else { return [path] }
        return inner.sorted { $0.key < $1.key }.flatMap { paths(in: $0.value, below: path + "." + $0.key) }
    }

    /// Whether a value at one path is, or is a part of, or holds the one at another.
    static func overlap(_ a: String, _ b: String) -> Bool { a == b || a.hasPrefix(b + ".") || b.hasPrefix(a + ".") }
}
