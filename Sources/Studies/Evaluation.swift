/// What lines say of one evaluation of a model: a program can tell of it in a line of JSON with the step, and Hugging Face's
/// Trainer tells of it once more in its own dictionary.
struct Evaluation: Sendable, Hashable {
    struct Line: Sendable, Hashable {
        let step: Int?
        let value: Double
        let metrics: [String: Double]

        /// What figures it has: lines of one form tell of different evaluations.
        fileprivate var form: Set<String> { Set(metrics.keys).union(step == nil ? [] : ["step"]) }
    }

    /// The report that it was recorded as; nil: it was not.
    var iter: Int?
    private let value: Double
    private var step: Int?
    private var epoch: Double?
    private var forms: Set<Set<String>>

    init(_ line: Line) {
        (value, step, epoch, forms) = (line.value, line.step, line.metrics["epoch"], [line.form])
    }

    /// Takes a line that comes right after; false: it tells of another evaluation.
    mutating func take(_ line: Line) -> Bool {
        guard line.value.isSameFigure(as: value) else { return false }
        if let step, let other = line.step {
            guard step == other else { return false }
        } else {
            guard !forms.contains(line.form) else { return false }
        }
        if let epoch, let other = line.metrics["epoch"], !other.isSameFigure(as: epoch) { return false }
        step = step ?? line.step
        epoch = epoch ?? line.metrics["epoch"]
        forms.insert(line.form)
        return true
    }
}

extension Double {
    /// Whether two figures are one, as far as their digits go: equal, or one is the other rounded to at least three significant
    /// digits or two decimals.
    func isSameFigure(as other: Double) -> Bool {
        if self == other || isNaN && other.isNaN { return true }
        guard isFinite, other.isFinite else { return false }
        return Self.isRounded(self, from: other) || Self.isRounded(other, from: self)
    }

    private static func isRounded(_ rounded: Double, from exact: Double) -> Bool {
        // The coarsest unit that rounding can have left, then finer ones.
        var unit = 0.01
        while abs(exact) >= unit * 1000 { unit *= 10 }
        for _ in 0..<10 {
            if abs((rounded / unit).rounded() * unit - rounded) <= unit * 1e-6 {
                return abs(rounded - exact) <= unit * 0.5000001
            }
            unit /= 10
        }
        return false
    }
}
