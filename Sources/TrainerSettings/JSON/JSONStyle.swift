/// How JSON is laid out, and what is written for what it has no words for. Each of its kinds is read by somebody: it stays as it is, byte
/// for byte.
package struct JSONStyle: Sendable, Hashable {
    package enum Layout: Sendable, Hashable {
        /// A line for each element, and none for an empty list or object.
        case indented
        /// A line for each element, and an empty one for an empty list or object, as Foundation has it.
        case open
        /// One line without spaces.
        case dense
        /// One line with a space after each comma and colon, as Python has it.
        case spaced
    }

    /// What JSON has no number for: NaN and the infinities.
    package enum NotFinite: Sendable, Hashable {
        case null
        /// The strings "NaN", "Infinity", "-Infinity".
        case words
        /// The same without quotes, as Python prints and reads them. It is no JSON.
        case bare
    }

    let layout: Layout
    let notFinite: NotFinite
    /// Whether the rest is as Foundation's encoder has it, as it wrote these files before: 1.0 as 1, keys in the order of their bytes, and
    /// no escape where JSON needs none, though a terminal would obey the character.
    var isLikeFoundations = false

    /// For scripts and people: `--json`, exports.
    package static let shown = JSONStyle(layout: .indented, notFinite: .null)
    /// The same in one line: for pages, and for programs that read line by line.
    package static let page = JSONStyle(layout: .dense, notFinite: .null)
    /// A file that a trial gets.
    package static let file = JSONStyle(layout: .indented, notFinite: .words)
    /// One line that keeps every value as it is.
    package static let exact = JSONStyle(layout: .dense, notFinite: .words)
    /// A cell of a store, a text in a checkpoint.
    package static let cell = JSONStyle(
        layout: .dense, notFinite: .words, isLikeFoundations: true)
    /// A file of an adapter's folder.
    package static let adapter = JSONStyle(
        layout: .open, notFinite: .words, isLikeFoundations: true)
    /// A report's line on a trainer's standard output.
    package static let report = JSONStyle(layout: .spaced, notFinite: .bare)
}

extension Double {
    /// The word for what is no finite number.
    var wordForNotFinite: String { isNaN ? "NaN" : self < 0 ? "-Infinity" : "Infinity" }

    /// What a word stands for; nil: it is none.
    init?(wordForNotFinite word: String) {
        switch word {
        case "NaN": self = .nan
        case "Infinity": self = .infinity
        case "-Infinity": self = -.infinity
        default: return nil
        }
    }
}
