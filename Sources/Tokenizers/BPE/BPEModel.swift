/// Byte pair encoding: a word's symbols, merged in the order that the merges were learned (Sennrich et al. 2016).
struct BPEModel {
    var tokens = TokenTable()
    var merges = MergeTable()
    /// Whether words are bytes; otherwise they are characters, and a character that is no token is taken apart as the flags say.
    var isByteLevel = true
    /// A word that is a token as a whole is not built from merges.
    var takesWholeWords = false
    /// A character that is no token becomes its bytes' tokens, `<0x41>`.
    var fallsBackToBytes = false
    /// What stands for the rest; nil: the rest is left out.
    var unknown: Int32?
    /// Whether unknowns that follow one another are one.
    var fusesUnknown = false
    /// What cuts words in place of merges; nil: merges do.
    var unigram: UnigramModel?
    /// By byte: its token, or -1.
    private(set) var ofByte = [Int32](repeating: -1, count: 256)

    /// Looks up the tokens of single bytes, once the tokens are there.
    mutating func prepare() {
        for byte in 0...255 {
            let name = isByteLevel ? [UInt8(byte)] : Array(Self.name(ofByte: UInt8(byte)).utf8)
            ofByte[byte] = tokens.id(of: name) ?? -1
        }
    }

    /// "<0x41>"
    static func name(ofByte byte: UInt8) -> String {
        "<0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) + ">"
    }

    /// The tokens of a word, with how many of its bytes each stands for.
    ///
    /// - Parameter word: UTF-8, not empty.
    func pieces(of word: UnsafeBufferPointer<UInt8>, _ merging: inout SymbolMerging) {
        merging.removeAll()
        if let unigram { return unigram.pieces(of: word, self, &merging) }
        if takesWholeWords, let id = tokens.id(of: word) { return merging.append(id, length: word.count) }
        if isByteLevel { addBytes(of: word, to: &merging) } else { addCharacters(of: word, to: &merging) }
        merging.merge(by: merges)
    }

    private func addBytes(of word: UnsafeBufferPointer<UInt8>, to merging: inout SymbolMerging) {
        var unknowns = 0
        for byte in word {
            let id = ofByte[Int(byte)]
            if id < 0 {
                addUnknown(length: 1, &unknowns, to: &merging)
            } else {
                flush(&unknowns, to: &merging)
                merging.append(id, length: 1)
            }
        }
        flush(&unknowns, to: &merging)
    }

    private func addCharacters(of word: UnsafeBufferPointer<UInt8>, to merging: inout SymbolMerging) {
        var (start, unknowns) = (0, 0)
        while start < word.count {
            var end = start + 1
            while end < word.count, word[end] & 0xC0 == 0x80 { end += 1 }
            let character = UnsafeBufferPointer(rebasing: word[start..<end])
            if let id = tokens.id(of: character) {
                flush(&unknowns, to: &merging)
                merging.append(id, length: end - start)
            } else if fallsBackToBytes, character.allSatisfy({ ofByte[Int($0)] >= 0 }) {
                for byte in character { merging.append(ofByte[Int(byte)], length: 1) }
            } else {
                addUnknown(length: end - start, &unknowns, to: &merging)
            }
            start = end
        }
        flush(&unknowns, to: &merging)
    }

    private func addUnknown(length: Int, _ unknowns: inout Int, to merging: inout SymbolMerging) {
        if !fusesUnknown { flush(&unknowns, to: &merging) }
        unknowns += length
    }

    private func flush(_ unknowns: inout Int, to merging: inout SymbolMerging) {
        if unknowns > 0, let unknown { merging.append(unknown, length: unknowns) }
        unknowns = 0
    }
}
