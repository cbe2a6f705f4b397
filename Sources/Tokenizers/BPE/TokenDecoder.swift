/// Ids back to a text.
struct TokenDecoder {
    /// How tokens become a text: the parts of a tokenizer.json's decoder.
    enum Step: Hashable {
        case byteLevel
        case replace([UInt8], with: [UInt8])
        case byteFallback
        case fuse
        case strip([UInt8], start: Int, end: Int)
        /// A sign for a blank; whether the first token's are left out.
        case metaspace([UInt8], dropsFirst: Bool)

        /// How many times as long a text can be after it.
        var growth: Double {
            guard case .replace(let pattern, let replacement) = self, !pattern.isEmpty else { return 1 }
            return max(1, Double(replacement.count) / Double(pattern.count))
        }
    }

    private let steps: [Step]
    private let model: TokenTable
    private let isByteLevel: Bool
    private let added: [Int32: [UInt8]]

    init(_ parts: BPEParts) {
        (steps, model, isByteLevel) = (parts.decoding, parts.model.tokens, parts.model.isByteLevel)
        added = parts.added.reduce(into: [:]) { $0[$1.id] = Array($1.token.text.utf8) }
    }

    func decode(_ ids: [Int32]) -> String {
        var tokens = ids.compactMap(bytes)
        if steps.isEmpty { return Self.text(Array(tokens.joined(separator: [UInt8(ascii: " ")]))) }
        for step in steps { tokens = Self.apply(step, tokens) }
        return Self.text(Array(tokens.joined()))
    }

    /// A token's bytes, those that it stands for where tokens are written in the byte alphabet.
    private func bytes(of id: Int32) -> [UInt8]? {
        if let token = added[id] {
            return isByteLevel && steps.contains(.byteLevel) ? ByteAlphabet.decode(token) ?? token : token
        }
        guard let token = model.token(id) else { return nil }
        return Array(token)
    }

    /// What is no UTF-8 becomes U+FFFD.
    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func apply(_ step: Step, _ tokens: [[UInt8]]) -> [[UInt8]] {
        switch step {
        // The tokens are there as bytes.
        case .byteLevel: return tokens
        case .replace(let pattern, let replacement): return tokens.map { replace(pattern, with: replacement, in: $0) }
        case .byteFallback: return withoutFallback(tokens)
        case .fuse: return [Array(tokens.joined())]
        case .strip(let content, let start, let end): return tokens.map { strip($0, content, start: start, end: end) }
        case .metaspace(let sign, let dropsFirst):
            return tokens.enumerated().map { index, token in
                replace(sign, with: index == 0 && dropsFirst ? [] : [0x20], in: token)
            }
        }
    }

    private static func replace(_ pattern: [UInt8], with replacement: [UInt8], in token: [UInt8]) -> [UInt8] {
        guard !pattern.isEmpty else { return token }
        var result: [UInt8] = []
        var rest = token[...]
        while let first = rest.first {
            if first == pattern[0], rest.starts(with: pattern) {
                result += replacement
                rest = rest.dropFirst(pattern.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static func strip(_ token: [UInt8], _ content: [UInt8], start: Int, end: Int) -> [UInt8] {
        guard !content.isEmpty else { return token }
        var rest = token[...]
        for _ in 0..<start where rest.starts(with: content) { rest = rest.dropFirst(content.count) }
        for _ in 0..<end where rest.count >= content.count && rest.suffix(content.count).elementsEqual(content) {
            rest = rest.dropLast(content.count)
        }
        return Array(rest)
    }

    /// Tokens `<0x41>` that follow one another as the text that their bytes are; where they are none, U+FFFD for each.
    private static func withoutFallback(_ tokens: [[UInt8]]) -> [[UInt8]] {
        var (result, bytes): ([[UInt8]], [UInt8]) = ([], [])
        func flush() {
            guard !bytes.isEmpty else { return }
            let isText = String(validating: bytes, as: UTF8.self) != nil
            result.append(isText ? bytes : bytes.flatMap { _ in Array("\u{FFFD}".utf8) })
            bytes = []
        }
        for token in tokens {
            if let byte = byte(of: token) {
                bytes.append(byte)
            } else {
                flush()
                result.append(token)
            }
        }
        flush()
        return result
    }

    private static func byte(of token: [UInt8]) -> UInt8? {
        guard token.count == 6, token.starts(with: Array("<0x".utf8)), token[5] == UInt8(ascii: ">") else { return nil }
        return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
    }
}
