/// A unigram language model: of all ways to cut a word into tokens the one with the greatest sum of scores (Kudo 2018).
struct UnigramModel {
    private var trie = VocabularyTrie()
    /// By token.
    private let scores: [Double]
    /// What a character costs that is no token.
    private let unknownScore: Double
    private let unknown: Int32
    /// An unknown text becomes its bytes' tokens, `<0x41>`, where there are all of them.
    private let fallsBackToBytes: Bool

    /// - Parameters:
    ///   - tokens: by id; of two equal ones the later one counts.
    ///   - unknown: the id of what stands for the rest.
    init(_ tokens: [(text: [UInt8], score: Double)], unknown: Int32, fallsBackToBytes: Bool) {
        scores = tokens.map(\.score)
        unknownScore = (scores.min() ?? 0) - 10
        (self.unknown, self.fallsBackToBytes) = (unknown, fallsBackToBytes)
        for (id, token) in tokens.enumerated() {
            let scalars = String(decoding: token.text, as: UTF8.self).unicodeScalars.map(\.value)
            trie.insert(scalars[...], value: Int32(id))
        }
    }

    /// The best way to a place in a word.
    private struct Step {
        var score = 0.0
        /// Where its last token begins; -1: there is no way yet.
        var start = -1
        var id: Int32 = 0
    }

    /// The tokens of a word, with how many of its bytes each stands for.
    ///
    /// - Parameters:
    ///   - word: UTF-8, not empty.
    ///   - model: whose tokens these are.
    func pieces(of word: UnsafeBufferPointer<UInt8>, _ model: BPEModel, _ pieces: inout SymbolMerging) {
        let scalars = String(decoding: word, as: UTF8.self).unicodeScalars.map(\.value)
        var places = [0]
        for scalar in scalars { places.append(places[places.count - 1] + Unicode.Scalar.utf8Length(scalar)) }
        for (range, id) in cut(scalars) {
            let bytes = UnsafeBufferPointer(rebasing: word[places[range.lowerBound]..<places[range.upperBound]])
            if let id {
                pieces.append(id, length: bytes.count)
            } else if let known = model.tokens.id(of: bytes) {
                pieces.append(known, length: bytes.count)
            } else if fallsBackToBytes, bytes.allSatisfy({ model.ofByte[Int($0)] >= 0 }) {
                for byte in bytes { pieces.append(model.ofByte[Int(byte)], length: 1) }
            } else {
                pieces.append(unknown, length: bytes.count)
            }
        }
    }

    /// A word's parts in their order, each a token or (nil) all unknown characters that follow one another.
    private func cut(_ scalars: [UInt32]) -> [(range: Range<Int>, id: Int32?)] {
        var best = [Step](repeating: Step(), count: scalars.count + 1)
        for start in scalars.indices {
            let score = best[start].score
            var isToken = false
            func take(_ length: Int, _ id: Int32, _ own: Double) {
                guard best[start + length].start < 0 || own + score > best[start + length].score else { return }
                best[start + length] = Step(score: own + score, start: start, id: id)
            }
            trie.matches(in: scalars[start...]) { length, id in
                take(length, id, scores[Int(id)])
                isToken = isToken || length == 1
            }
            if !isToken { take(1, unknown, unknownScore) }
        }
        var parts: [(range: Range<Int>, id: Int32?)] = []
        var end = scalars.count
        while end > 0 {
            let step = best[end]
            if step.id != unknown {
                parts.append((step.start..<end, step.id))
            } else if let next = parts.last, next.id == nil {
                parts[parts.count - 1].range = step.start..<next.range.upperBound
            } else {
                parts.append((step.start..<end, nil))
            }
            end = step.start
        }
        return parts.reversed()
    }
}
