/// A size on disk, as people write it: 512MiB, 1.5 GB, 4096.
package struct ByteCount: Sendable, Hashable, CustomStringConvertible {
    package var bytes: Int

    package init(bytes: Int) { self.bytes = bytes }

    /// nil for what is no number above 0 with a known unit. MiB counts 1024 x 1024 bytes, MB a million.
    package init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let number = Double(digits), let factor = Self.factor(unit) else { return nil }
        let bytes = (number * factor).rounded()
        guard bytes >= 1, bytes < 0x1p60 else { return nil }
        self.bytes = Int(bytes)
    }

    private static let letters = ["k", "m", "g", "t"]

    private static func factor(_ unit: String) -> Double? {
        if unit.isEmpty || unit == "b" { return 1 }
        for (power, letter) in letters.enumerated() {
            for (ending, base) in [("ib", 1024.0), ("b", 1000.0)] where unit == letter + ending {
                return (0...power).reduce(1.0) { product, _ in product * base }
            }
        }
        return nil
    }

    /// In the largest unit that says it exactly.
    package var description: String {
        for (power, unit) in zip([40, 30, 20, 10], ["TiB", "GiB", "MiB", "KiB"]) where bytes % (1 << power) == 0 && bytes > 0 {
            return "\(bytes >> power)\(unit)"
        }
        return String(bytes)
    }

    /// For people: to two or three digits, in a unit of a thousand bytes, a million, ...
    package var rounded: String {
        let units = ["bytes", "KB", "MB", "GB", "TB", "PB", "EB"]
        var (amount, unit) = (Double(bytes), 0)
        while amount >= 999.5, unit < units.count - 1 { (amount, unit) = (amount / 1000, unit + 1) }
        let digits = unit == 0 || amount >= 9.95 ? amount.rounded() : (amount * 10).rounded() / 10
        return (digits == digits.rounded() ? String(Int(digits)) : String(digits)) + " " + units[unit]
    }
}
