/// The regular expressions by which byte-level tokenizers cut a text into words. Each is a scanner, chosen by the expression's text:
/// none needs an engine, and none takes more than linear time.
///
/// Each scalar belongs to a match, as the alternatives cover them all.
struct SplitPattern: Hashable {
    /// Whether contractions count in capitals too.
    private var anyCase = true
    /// Whether a mark counts as a letter.
    private var marksAreLetters = false
    /// Digits of one match; nil: any number, with a space before them.
    private var digits: Int?
    /// Whether a line's end goes with what is before it, and one sign with the letters after it.
    private var isModern = true

    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    static let gpt2 = SplitPattern(anyCase: false, digits: nil, isModern: false)
    static let llama3 = SplitPattern(digits: 3)
    static let qwen2 = SplitPattern(digits: 1)
    static let qwen35 = SplitPattern(marksAreLetters: true, digits: 1)

    /// The expressions as their owners ship them.
    static let known: [String: SplitPattern] = [
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: gpt2,
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#:
            llama3,
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#:
            qwen2,
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#:
            qwen35,
    ]

    /// The text's matches, one after another.
    func matches(in text: ArraySlice<UInt32>, _ body: (Range<Int>) -> Void) {
        let table = ScalarFlags.table
        text.withUnsafeBufferPointer { scalars in
            table.withUnsafeBufferPointer { flags in
                let words = Words(scalars: scalars, flags: flags, letters: marksAreLetters ? [.letter, .mark] : .letter)
                var start = 0
                while start < scalars.count {
                    let end = self.end(of: start, words)
                    body((text.startIndex + start)..<(text.startIndex + end))
                    start = end
                }
            }
        }
    }

    private func end(of start: Int, _ words: Words) -> Int {
        if let end = contraction(start, words) { return end }
        let kind = words.kind(start)
        let next = words.kind(start + 1)
        let isSpace = words.scalar(start) == 0x20
        if kind == .letter { return words.run(.letter, from: start) }
        if isModern {
            if next == .letter, kind == .other || kind == .space && !words.isLineEnd(start) {
                return words.run(.letter, from: start + 1)
            }
        } else if isSpace, next == .letter {
            return words.run(.letter, from: start + 1)
        }
        if kind == .number || digits == nil && isSpace && next == .number {
            return words.run(.number, from: kind == .number ? start : start + 1, atMost: digits ?? .max)
        }
        if kind == .other || isSpace && next == .other {
            let end = words.run(.other, from: kind == .other ? start : start + 1)
            return isModern ? words.lineEnds(from: end) : end
        }
        return blanks(from: start, words)
    }

    private func blanks(from start: Int, _ words: Words) -> Int {
        let end = words.run(.space, from: start)
        if isModern, let last = (start..<end).last(where: words.isLineEnd) { return last + 1 }
        // A run gives its last blank back when something follows it.
        return end == words.scalars.count || end == start + 1 ? end : end - 1
    }

    private func contraction(_ start: Int, _ words: Words) -> Int? {
        guard words.scalar(start) == 0x27 else { return nil }
        func letter(_ index: Int) -> UInt32 {
            let scalar = words.scalar(index)
            guard anyCase else { return scalar }
            // The long s is an s in capitals, too.
            return scalar == 0x17F ? 0x73 : (0x41...0x5A).contains(scalar) ? scalar + 0x20 : scalar
        }
        switch (letter(start + 1), letter(start + 2)) {
        case (0x73, _), (0x74, _), (0x6D, _), (0x64, _): return start + 2
        case (0x72, 0x65), (0x76, 0x65), (0x6C, 0x6C): return start + 3
        default: return nil
        }
    }
}

extension SplitPattern {
    private enum Kind { case letter, number, space, other, end }

    private struct Words {
        let scalars: UnsafeBufferPointer<UInt32>
        let flags: UnsafeBufferPointer<ScalarFlags>
        let letters: ScalarFlags

        func scalar(_ index: Int) -> UInt32 { index < scalars.count ? scalars[index] : 0 }

        func kind(_ index: Int) -> Kind {
            guard index < scalars.count else { return .end }
            let flags = flags[Int(scalars[index])]
            if !flags.isDisjoint(with: letters) { return .letter }
            return flags.contains(.number) ? .number : flags.contains(.space) ? .space : .other
        }

        func isLineEnd(_ index: Int) -> Bool { scalars[index] == 0x0A || scalars[index] == 0x0D }

        /// - Parameter most: what is beyond is not looked at, or a run would be looked at again for each of its matches.
        func run(_ kind: Kind, from start: Int, atMost most: Int = .max) -> Int {
            var end = start
            while end - start < most, self.kind(end) == kind { end += 1 }
            return end
        }

        func lineEnds(from start: Int) -> Int {
            var end = start
            while end < scalars.count, isLineEnd(end) { end += 1 }
            return end
        }
    }
}
