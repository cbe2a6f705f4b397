import TrainerSettings

extension TrainerSettings.ClassWeights {
    /// What each class counts, in the order of their numbers.
    ///
    /// - Parameter targets: the classes of the rows to train on; none: all classes are taken to have as many.
    /// - Throws: ``InputError`` for weights that are not these labels'.
    func values(for labels: LabelNumbers, targets: [Int32]) throws(InputError) -> [Float] {
        let names = labels.names
        switch self {
        case .balanced:
            var counts = [Int](repeating: 0, count: names.count)
            for target in targets { counts[Int(target)] += 1 }
            // A class without rows counts nowhere.
            return counts.map { $0 == 0 ? 1 : Float(Double(targets.count) / Double(names.count * $0)) }
        case .numbered(let weights):
            guard weights.count == names.count else {
                throw Self.fail(
                    "has \(weights.count) weight\(weights.count == 1 ? "" : "s"), and there are \(names.count) labels: "
                        + ClassNumbers.sentence(names))
            }
            return weights.map { Float($0) }
        case .named(let weights):
            var values = [Float](repeating: 1, count: names.count)
            var given: [Int32: String] = [:]
            for (label, weight) in weights.sorted(by: { $0.key < $1.key }) {
                guard let number = labels[label] else {
                    let known = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
                    throw Self.fail(
                        "no row to train on is labeled '\(label)'; the labels are \(known)\(nearestHint(to: label, among: names))"
                    )
                }
                if let other = given.updateValue(label, forKey: number) {
                    throw Self.fail("'\(other)' and '\(label)' are the same label; keep one of the two")
                }
                values[Int(number)] = Float(weight)
            }
            return values
        }
    }

    private static func fail(_ problem: String) -> InputError { InputError(place: "class_weights", problem: problem) }
}
