/// Python writes NaN and Infinity bare into JSON, which has no words for them.
enum BareNumbers {
    private static let words = ["NaN", "-Infinity", "Infinity"].map { Array($0.utf8) }

    /// The same JSON with these words as texts.
    static func quoted(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(UInt8(ascii: "N")) || json.contains(UInt8(ascii: "I")) else { return json }
        var quoted: [UInt8] = []
        var (at, isInText) = (0, false)
        while at < json.count {
            let byte = json[at]
            if isInText, byte == UInt8(ascii: "\\"), at + 1 < json.count {
                quoted += json[at...at + 1]
                at += 2
                continue
            }
            if byte == UInt8(ascii: "\"") { isInText.toggle() }
            if !isInText, let word = words.first(where: { json[at...].starts(with: $0) }) {
                quoted += [UInt8(ascii: "\"")] + word + [UInt8(ascii: "\"")]
                at += word.count
            } else {
                quoted.append(byte)
                at += 1
            }
        }
        return quoted
    }

    /// A number, or one of the words.
    static func number(_ text: String) -> Double? {
        switch text {
        case "NaN": .nan
        case "Infinity": .infinity
        case "-Infinity": -.infinity
        default: nil
        }
    }
}
