/// One text on its way through a tokenizer's stages.
struct BPEPass {
    private let tokenizer: BPETokenizer
    /// After so many tokens the rest is left alone.
    let limit: Int
    private let keepsRanges: Bool
    private(set) var ids: [Int32] = []
    /// Of each token the scalars of the text that it stands for, where they are kept.
    private(set) var ranges: [Range<Int>] = []
    /// A word's bytes.
    private var word: [UInt8] = []
    private var length = 0

    init(_ tokenizer: BPETokenizer, limit: Int = .max, keepsRanges: Bool = false) {
        (self.tokenizer, self.limit, self.keepsRanges) = (tokenizer, limit, keepsRanges)
    }

    mutating func run(_ text: [UInt32], _ words: inout CachedWords) {
        length = text.count
        for stretch in tokenizer.added.written.stretches(of: text) where ids.count < limit {
            if let id = stretch.id {
                append(id, stretch.range)
            } else {
                let normalized = tokenizer.normalization.reduce(TextSpan(text[stretch.range])) { $1.apply($0) }
                encodeNormalized(normalized, &words)
            }
        }
    }

    private mutating func encodeNormalized(_ text: TextSpan, _ words: inout CachedWords) {
        guard !tokenizer.added.normalized.isEmpty else { return encodeWords(of: text, &words) }
        let first = text.scalars.startIndex
        for stretch in tokenizer.added.normalized.stretches(of: Array(text.scalars)) where ids.count < limit {
            let range = (first + stretch.range.lowerBound)..<(first + stretch.range.upperBound)
            if let id = stretch.id { append(id, text.origins(of: range)) } else { encodeWords(of: text[range], &words) }
        }
    }

    private mutating func encodeWords(of text: TextSpan, _ words: inout CachedWords) {
        let cut = tokenizer.preTokenization.reduce([text]) { $1.apply($0) }
        for span in cut where !span.isEmpty && ids.count < limit { encode(span, &words) }
    }

    private mutating func encode(_ span: TextSpan, _ words: inout CachedWords) {
        word.removeAll(keepingCapacity: true)
        for scalar in span.scalars { Self.appendUTF8(scalar, to: &word) }
        let model = tokenizer.model
        var (ids, lengths): ([Int32], [Int]) = (self.ids, [])
        self.ids = []
        let first = ids.count
        let keepsRanges = keepsRanges
        word.withUnsafeBufferPointer { bytes in
            let hash = TokenTable.hash(bytes)
            if !keepsRanges, words.append(bytes, hash, to: &ids) { return }
            model.pieces(of: bytes, &words.merging)
            words.merging.pieces { id, length in
                ids.append(id)
                if keepsRanges { lengths.append(length) }
            }
            words.insert(bytes, hash, ids[first...])
        }
        self.ids = ids
        if keepsRanges { appendRanges(lengths, of: span) }
    }

    /// - Parameter lengths: the bytes of each of the last tokens, all of the span's in total but for those of what is left out.
    private mutating func appendRanges(_ lengths: [Int], of span: TextSpan) {
        var places: [Int] = []
        for index in span.scalars.indices {
            for _ in 0..<Unicode.Scalar.utf8Length(span.scalars[index]) { places.append(index) }
        }
        var start = 0
        for length in lengths {
            let end = min(start + length, places.count)
            let (from, to) = (min(start, places.count - 1), max(end - 1, 0))
            ranges.append(span.origins(of: places[from]..<max(places[to], places[from]) + 1))
            start = end
        }
    }

    private mutating func append(_ id: Int32, _ range: Range<Int>) {
        ids.append(id)
        if keepsRanges { ranges.append(range) }
    }

    private static func appendUTF8(_ scalar: UInt32, to bytes: inout [UInt8]) {
        switch scalar {
        case ..<0x80: bytes.append(UInt8(scalar))
        case ..<0x800: bytes += [0xC0 | UInt8(scalar >> 6), 0x80 | UInt8(scalar & 0x3F)]
        case ..<0x10000:
            bytes.append(0xE0 | UInt8(scalar >> 12))
            bytes.append(0x80 | UInt8(scalar >> 6 & 0x3F))
            bytes.append(0x80 | UInt8(scalar & 0x3F))
        default:
            bytes.append(0xF0 | UInt8(scalar >> 18))
            bytes.append(0x80 | UInt8(scalar >> 12 & 0x3F))
            bytes.append(0x80 | UInt8(scalar >> 6 & 0x3F))
            bytes.append(0x80 | UInt8(scalar & 0x3F))
        }
    }
}
