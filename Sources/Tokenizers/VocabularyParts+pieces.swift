import TrainerSettings

/// A tokenizer.json whose tokens are SentencePiece's, for which GGUF files have scores in place of merges.
extension VocabularyParts {
    /// Whether a tokenizer.json does what SentencePiece does: blanks become "▁", texts are not cut, and of what no token has the bytes are
    /// tokens; and whether a text gets a blank before it.
    ///
    /// - Parameter model: the file's BPE model.
    /// - Returns: nil: it does something else.
    static func addsBlank(
        _ values: [String: SettingValue], _ model: [String: SettingValue], path: String
    ) throws(TokenizerError) -> Bool? {
        guard case .object(let vocabulary)? = model["vocab"], model["byte_fallback"] == .bool(true),
            model["ignore_merges"] != .bool(true), (0..<256).allSatisfy({ vocabulary[byte($0)] != nil })
        else { return nil }
        let blank = StageReader.scalars("▁")
        var (adds, replaces) = (false, false)
        for step in try StageReader.normalization(JSONPart(values["normalizer"], name: "normalizer", path: path)) {
            switch step {
            case .prepend(blank): adds = true
            case .replace([0x20], with: blank): replaces = true
            default: return nil
            }
        }
        for step in try StageReader.preTokenization(JSONPart(values["pre_tokenizer"], name: "pre_tokenizer", path: path)) {
            switch step {
            case .metaspace(blank[0], let prefix, false): (adds, replaces) = (adds || prefix != .never, true)
            // Gemma's cuts at blanks that are none any more.
            case .text([0x20], _) where replaces: break
            default: return nil
            }
        }
        return replaces ? adds : nil
    }

    static func byte(_ value: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return "<0x" + (digits.count < 2 ? "0" : "") + digits + ">"
    }

    /// Of each token how early the pairs of tokens that make it merge: llama.cpp merges those of the highest score first, and where two
    /// have the same the leftmost. What no pair makes goes last.
    static func scores(_ tokens: [String], merges: [String]) -> [Float] {
        var ranks: [[UInt8]: Int] = [:]
        for (rank, merge) in merges.enumerated() {
            guard let space = merge.utf8.dropFirst().firstIndex(of: 0x20) else { continue }
            let whole = Array(merge.utf8[..<space]) + Array(merge.utf8[merge.utf8.index(after: space)...])
            if ranks[whole] == nil { ranks[whole] = rank }
        }
        return tokens.map { -Float(ranks[Array($0.utf8)] ?? merges.count) }
    }

    /// By its name llama.cpp knows a Phi-3, whose special tokens take the white space behind them.
    private static let strippingNames = ["phi-3", "phi3"]
    private static let unstripped: Set<String> = ["<unk>", "<s>", "<|endoftext|>"]

    /// A name for a model whose tokenizer does so with most special tokens.
    ///
    /// - Parameters:
    ///   - strips: by each added token, whether it takes the white space behind it.
    ///   - tokens: all. By that name llama.cpp looks for four of Phi-3's, and loads no file that lacks one.
    /// - Returns: nil: it does not.
    static func strippingName(_ strips: [String: Bool], _ tokens: Set<String>) -> String? {
        let others = strips.filter { !unstripped.contains($0.key) }
        let isKnown = tokens.isSuperset(of: unstripped.union(["</s>"]))
        return isKnown && 2 * others.filter(\.value).count > others.count ? "Phi-3" : nil
    }

    /// Whether llama.cpp lets a special token take the white space behind it.
    func stripsRight(_ token: String) -> Bool {
        guard let name = modelName?.lowercased() else { return false }
        return Self.strippingNames.contains { name.contains($0) } && !Self.unstripped.contains(token)
    }
}
