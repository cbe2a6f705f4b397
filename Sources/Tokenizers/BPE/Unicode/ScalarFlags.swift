/// The classes of one scalar that the patterns of pre-tokenizers name.
struct ScalarFlags: OptionSet {
    let rawValue: UInt8

    /// `\p{L}`
    static let letter = ScalarFlags(rawValue: 1)
    /// `\p{N}`
    static let number = ScalarFlags(rawValue: 2)
    /// `\p{M}`
    static let mark = ScalarFlags(rawValue: 4)
    /// `\s`
    static let space = ScalarFlags(rawValue: 8)
    /// What the Digits step splits at.
    static let digit = ScalarFlags(rawValue: 16)

    /// By scalar, all of Unicode 16.
    static let table: [ScalarFlags] = {
        var table = [ScalarFlags](repeating: [], count: 0x110000)
        func mark(_ ranges: [UInt32], _ flags: ScalarFlags) {
            for index in stride(from: 0, to: ranges.count - 1, by: 2) {
                for scalar in ranges[index]...ranges[index + 1] { table[Int(scalar)].formUnion(flags) }
            }
        }
        mark(UnicodeTables.letters, .letter)
        mark(UnicodeTables.numbers, [.number, .digit])
        mark(UnicodeTables.furtherDigits, .digit)
        mark(UnicodeTables.combining, .mark)
        mark(UnicodeTables.blanks, .space)
        return table
    }()
}

extension UnicodeTables {
    /// White_Space: ranges.
    static let blanks: [UInt32] = [
        0x9, 0xd, 0x20, 0x20, 0x85, 0x85, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f,
        0x205f, 0x205f, 0x3000, 0x3000,
    ]
}
