import SearchSpaces

/// Changes to a text of lines by its own words.
struct TextMutation {
    /// Words and signs that mean something in the format.
    let words: [String]

    func mutate(_ text: inout [UInt8], using random: inout SeededGenerator) {
        switch random.below(5) {
        case 0: text.mutateBytes(using: &random)
        case 1: text.replaceNumber(using: &random)
        case 2: changeLines(of: &text, using: &random)
        case 3: text.insert(contentsOf: Array(random.pick(words).utf8), at: random.below(text.count + 1))
        default: replaceWord(in: &text, using: &random)
        }
    }

    private func replaceWord(in text: inout [UInt8], using random: inout SeededGenerator) {
        guard !text.isEmpty else { return }
        func isPart(_ byte: UInt8) -> Bool { !" \n\r\t:,[]{}\"'".utf8.contains(byte) }
        let from = random.below(text.count)
        guard let start = text[from...].firstIndex(where: isPart) else { return }
        let end = text[start...].firstIndex { !isPart($0) } ?? text.count
        let isNumber = random.oneIn(3)
        text.replaceSubrange(start..<end, with: Array((isNumber ? random.pick(Extremes.numbers) : random.pick(words)).utf8))
    }

    private func changeLines(of text: inout [UInt8], using random: inout SeededGenerator) {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
        let (place, other) = (random.below(lines.count), random.below(lines.count))
        switch random.below(6) {
        case 0: lines.remove(at: place)
        case 1: lines.insert(lines[place], at: other)
        case 2: lines.swapAt(place, other)
        case 3: lines[place].insert(contentsOf: [UInt8](repeating: 0x20, count: random.below(6)), at: 0)
        case 4: lines[place] = Array(lines[place].drop { $0 == 0x20 })
        default: lines += (0..<random.size(atMost: 500)).map { _ in lines[place] }
        }
        text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }
}
