package import TrainerSettings

/// How long some texts are: the length that half of them, nine tenths, ... do not exceed.
package struct LengthSpread: Sendable, Hashable {
    private let sorted: [Int]

    package init(_ lengths: some Sequence<Int>) { sorted = lengths.sorted() }

    package var count: Int { sorted.count }
    package var longest: Int { sorted.last ?? 0 }

    /// The least length that so many of a hundred do not exceed (nearest rank).
    package func percentile(_ percent: Int) -> Int {
        guard !sorted.isEmpty else { return 0 }
        return sorted[max(0, (percent * sorted.count + 99) / 100 - 1)]
    }

    /// The share of texts that are longer.
    package func share(above limit: Int) -> Double {
        sorted.isEmpty ? 0 : Double(sorted.count { $0 > limit }) / Double(sorted.count)
    }

    /// The mean of lengths that are cut at a limit.
    package func mean(upTo limit: Int) -> Double {
        sorted.isEmpty ? 0 : Double(sorted.reduce(0) { $0 + min($1, limit) }) / Double(sorted.count)
    }

    static let shown = [50, 90, 95, 99]

    /// "median 12, 90 % up to 30, 95 % up to 41, 99 % up to 57, the longest 61"
    package var text: String {
        let parts = Self.shown.map { $0 == 50 ? "median \(percentile($0))" : "\($0) % up to \(percentile($0))" }
        return (parts + ["the longest \(longest)"]).joined(separator: ", ")
    }

    package var value: SettingValue {
        var values = Dictionary(uniqueKeysWithValues: Self.shown.map { ("p\($0)", SettingValue.int(percentile($0))) })
        values["max"] = .int(longest)
        values["rows"] = .int(count)
        return .object(values)
    }
}
