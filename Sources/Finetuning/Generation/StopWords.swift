/// Holds text back until it is sure that none of some words begins there.
package struct StopWords: Sendable {
    private let words: [[UInt8]]
    private var held: [UInt8] = []
    /// Whether one of the words has come; nothing is let through any more then.
    package private(set) var isReached = false

    /// - Parameter words: an empty one never comes.
    package init(_ words: [String]) { self.words = words.map { Array($0.utf8) }.filter { !$0.isEmpty } }

    /// What of the text so far can be shown.
    package mutating func append(_ text: String) -> String {
        guard !isReached else { return "" }
        held += text.utf8
        if let place = words.compactMap({ Self.place(of: $0, in: held) }).min() {
            isReached = true
            return take(place)
        }
        let kept = words.map { Self.beginning(of: $0, atEndOf: held) }.max() ?? 0
        return take(held.count - kept)
    }

    /// What was held back and turned out to be no such word.
    package mutating func finish() -> String { isReached ? "" : take(held.count) }

    private mutating func take(_ count: Int) -> String {
        defer { held.removeFirst(count) }
        return String(decoding: held.prefix(count), as: UTF8.self)
    }

    private static func place(of word: [UInt8], in text: [UInt8]) -> Int? {
        guard text.count >= word.count else { return nil }
        return (0...text.count - word.count).first { text[$0..<$0 + word.count].elementsEqual(word) }
    }

    /// Bytes at the text's end with which the word begins.
    private static func beginning(of word: [UInt8], atEndOf text: [UInt8]) -> Int {
        let most = min(word.count - 1, text.count)
        return (0...most).last { text.suffix($0).elementsEqual(word.prefix($0)) } ?? 0
    }
}
