/// The date that `strftime_now` gives: always the same one, so that a conversation is the same text each time it is read.
///
/// It is the one that Llama 3.2's template falls back on.
enum FixedDate {
    /// 26 July 2024, a Friday, at midnight.
    static func text(_ format: String) -> String {
        var (result, rest) = ("", format.unicodeScalars[...])
        while let scalar = rest.popFirst() {
            guard scalar == "%", let kind = rest.popFirst() else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if kind == "-", let plain = rest.first, let value = values[plain] {
                rest.removeFirst()
                result += value.hasPrefix("0") && value.count > 1 ? String(value.dropFirst()) : value
            } else {
                result += values[kind] ?? "%" + String(kind)
            }
        }
        return result
    }

    private static let values: [Unicode.Scalar: String] = [
        "d": "26", "m": "07", "Y": "2024", "y": "24", "b": "Jul", "B": "July", "a": "Fri", "A": "Friday", "H": "00", "I": "12",
        "M": "00", "S": "00", "p": "AM", "j": "208", "e": "26", "F": "2024-07-26", "D": "07/26/24", "T": "00:00:00", "w": "5",
        "u": "5",
        "%": "%", "n": "\n", "t": "\t",
    ]
}
