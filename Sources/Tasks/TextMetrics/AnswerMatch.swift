/// How an answer that was written compares with the one that was wanted.
package enum AnswerMatch {
    /// Whether both are the same but for blanks at their ends.
    package static func isExact(_ text: String, reference: String) -> Bool {
        PythonText.stripped(text) == PythonText.stripped(reference)
    }

    /// Whether both are the same after SQuAD's normalization: small letters, no ASCII punctuation, no a, an and the
    /// (Rajpurkar et al., 2016).
    package static func isNormalizedExact(_ text: String, reference: String) -> Bool {
        words(of: text) == words(of: reference)
    }

    /// F1 over the words of both texts, normalized likewise, from 0 to 1. Of an empty one it is whether the other is empty too.
    package static func f1(_ text: String, reference: String) -> Double {
        let (own, other) = (words(of: text), words(of: reference))
        guard !own.isEmpty, !other.isEmpty else { return own == other ? 1 : 0 }
        var left = other.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let common = own.count { word in
            guard let count = left[word], count > 0 else { return false }
            left[word] = count - 1
            return true
        }
        return 2 * Double(common) / Double(own.count + other.count)
    }

    private static let articles: Set<[Unicode.Scalar]> = [["a"], ["a", "n"], ["t", "h", "e"]]

    private static func words(of text: String) -> [[Unicode.Scalar]] {
        let signs = text.lowercased().unicodeScalars.filter { !isPunctuation($0) }
        var kept: [Unicode.Scalar] = []
        var run: [Unicode.Scalar] = []
        func close() {
            kept += articles.contains(run) ? [" "] : run
            run = []
        }
        for sign in signs {
            if PythonText.isWord(sign) {
                run.append(sign)
            } else {
                close()
                kept.append(sign)
            }
        }
        close()
        return PythonText.words(kept)
    }

    private static func isPunctuation(_ sign: Unicode.Scalar) -> Bool {
        switch sign {
        case "!"..."/", ":"..."@", "["..."`", "{"..."~": true
        default: false
        }
    }
}
