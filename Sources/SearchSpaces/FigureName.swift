/// The names of figures, for which `eval/loss` and `eval_loss` are one.
package enum FigureName {
    /// The same text for all spellings of a name.
    package static func key(_ name: String) -> String { name.replacing("/", with: "_") }

    package static func isSame(_ a: String, _ b: String) -> Bool { key(a) == key(b) }

    /// What the standard error of a figure is called: `eval_accuracy_se` of `eval_accuracy`.
    package static func standardError(of name: String) -> String { name + "_se" }

    /// Figures by the names that the study has for them; a name that is spelled as the study does comes before one that is not.
    package static func known(_ numbers: [String: Double], _ names: [String]) -> [String: Double] {
        var known = numbers
        for name in names where known[name] == nil {
            guard let spelling = spelling(of: name, among: numbers) else { continue }
            known[name] = known.removeValue(forKey: spelling)
        }
        return known
    }

    /// How a figure is spelled that is there under another spelling alone.
    package static func spelling(of name: String, among numbers: [String: Double]) -> String? {
        let key = key(name)
        return numbers.keys.filter { Self.key($0) == key }.min()
    }
}

extension FigureName {
    /// The figure by which trials are best compared where the space file names none; nil: none of these will do.
    ///
    /// First comes one of an evaluation (`eval_...`, `val_...`, `test_...`), then one that names a measure (`loss`, `accuracy`, ...), then any
    /// other that is no bookkeeping. A line that has the study's parameters is the program's configuration, or a log line with the learning
    /// rate: there only a measure will do.
    ///
    /// - Parameters:
    ///   - names: of a line's figures, in its order.
    ///   - parameters: the study's.
    package static func likelyMetric(among names: [String], parameters: Set<String>) -> String? {
        let own = names.filter { !parameters.contains(plain($0)) }
        let hasParameters = own.count < names.count
        let candidates = own.filter { !isBookkeeping($0) && (!hasParameters || isMeasure($0)) }
        return candidates.first(where: isOfEvaluation) ?? candidates.first(where: isMeasure) ?? candidates.first
    }

    /// The same text for the ways in which programs spell a parameter: `optimizer.lr`, `optimizer/lr`, `optimizer_lr`.
    package static func plain(_ name: String) -> String {
        String(name.lowercased().map { "/.-".contains($0) ? "_" : $0 })
    }

    /// Whether a figure tells of a program's progress, pace, size or settings rather than of what it has reached.
    static func isBookkeeping(_ name: String) -> Bool {
        let words = words(of: name)
        guard let first = words.first, let last = words.last else { return true }
        if words.count > 1, words[words.count - 2] == "learning", last == "rate" { return true }
        // `acc_norm` and `win_ratio` are measures, `grad_norm` and `loss_weight` are none.
        let ends = bookkeeping.contains(last) && !(relative.contains(last) && isMeasure(name))
        return ends || counts.contains(first) && !isMeasure(name)
    }

    /// Whether a figure's name says that it measures how well a trial does.
    static func isMeasure(_ name: String) -> Bool {
        Goal(usualFor: name) == .maximize || words(of: name).contains(where: unwanted.contains)
    }

    private static func isOfEvaluation(_ name: String) -> Bool {
        words(of: name).first.map { ["eval", "evaluation", "val", "valid", "validation", "test", "dev"].contains($0) } ?? false
    }

    /// In small letters: `valLoss` is `val` and `loss`.
    static func words(of name: String) -> [String] {
        var words = [""]
        var before: Character = "_"
        for character in name {
            let begins = character.isUppercase && before.isLowercase
            if begins || !(character.isLetter || character.isNumber) { words.append("") }
            if character.isLetter || character.isNumber { words[words.count - 1] += character.lowercased() }
            before = character
        }
        return words.filter { !$0.isEmpty }
    }

    /// What is better where it is less.
    static let unwanted: Set = [
        "loss", "losses", "error", "err", "perplexity", "ppl", "wer", "cer", "ter", "mse", "rmse", "mae", "mape", "nll",
        "logloss",
        "brier", "ece", "bpb", "bpc", "fid", "regret",
    ]

    /// The last words of names that tell of no result.
    private static let bookkeeping: Set = [
        "step", "steps", "epoch", "epochs", "iter", "iters", "iteration", "iterations", "batch", "batches", "total", "count",
        "time",
        "times", "timestamp", "runtime", "elapsed", "duration", "eta", "second", "seconds", "sec", "secs", "s", "ms", "minutes",
        "hours",
        "lr", "norm", "decay", "dropout", "seed", "size", "length", "len", "dim", "layers", "heads", "params", "parameters",
        "samples",
        "examples", "tokens", "rows", "classes", "labels", "bytes", "memory", "mem", "kb", "mb", "gb", "mib", "gib", "device",
        "devices",
        "gpus", "rank", "workers", "threads", "throughput", "weight", "weights", "coef", "coefficient", "threshold", "ratio",
        "fraction", "split", "se",
    ]

    /// Last words that say what a measure is relative to.
    private static let relative: Set = ["norm", "ratio", "fraction", "total", "count"]

    /// The first words of names that count or bound something.
    private static let counts: Set = ["n", "num", "number", "nr", "total", "max", "min"]
}
