/// A conversation as the text that the model reads.
package struct RenderedChat: Sendable, Hashable {
    package let text: String
    /// What the assistant wrote, in the text's order: UTF-8 offsets.
    package let assistant: [Range<Int>]

    package init(text: String, assistant: [Range<Int>]) { (self.text, self.assistant) = (text, assistant) }

    /// The text cut at the spans' ends, and of each part whether the assistant wrote it.
    var stretches: [(text: String, isAssistant: Bool)] {
        let bytes = Array(text.utf8)
        var stretches: [(text: String, isAssistant: Bool)] = []
        var start = 0
        func add(_ end: Int, _ isAssistant: Bool) {
            if end > start { stretches.append((String(decoding: bytes[start..<end], as: UTF8.self), isAssistant)) }
            start = max(start, end)
        }
        for span in assistant {
            add(span.lowerBound, false)
            add(span.upperBound, true)
        }
        add(bytes.count, false)
        return stretches
    }
}
