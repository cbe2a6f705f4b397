/// How far a classifier's probabilities are from how often it is right.
package struct Calibration: Sendable, Hashable {
    /// Texts whose highest probability lies in one of equal parts of 0 to 1.
    package struct Bin: Sendable, Hashable {
        package var count = 0
        /// The sum of their highest probabilities.
        package var confidence = 0.0
        package var right = 0
    }

    package private(set) var bins = [Bin](repeating: Bin(), count: 15)

    package init() {}

    /// - Parameter confidence: the highest probability, above 0 and up to 1.
    package mutating func add(confidence: Double, isRight: Bool) {
        let place = min(bins.count - 1, max(0, Int((confidence * Double(bins.count)).rounded(.up)) - 1))
        bins[place].count += 1
        bins[place].confidence += confidence
        bins[place].right += isRight ? 1 : 0
    }

    /// The expected calibration error (Guo et al. 2017): the mean over all texts of how far, in a text's bin, the mean probability is
    /// from the share that is right. NaN without texts.
    package var error: Double {
        let total = bins.reduce(0) { $0 + $1.count }
        return bins.reduce(0.0) { $0 + abs($1.confidence - Double($1.right)) } / Double(total)
    }
}
