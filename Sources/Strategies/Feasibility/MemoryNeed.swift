import SearchSpaces
import TrainerSettings

/// What a configuration needs memory for: its value on each axis, the batch as it is launched.
struct MemoryNeed: Sendable, Hashable {
    fileprivate(set) var values: [Double]
    /// Halvings of a batch that is no parameter, counted down from 0.
    fileprivate(set) var fixedBatch = 0.0
}

/// Turns points into needs, and compares these.
struct MemoryCoding: Sendable {
    private let axes: [MemoryAxis]
    /// By parameter: the numbers of choices that are numbers.
    private let numbers: [[Double]?]
    /// The parameter that is the batch, if one is.
    private let batch: Int?

    /// - Parameter batch: the batch's name; nil: the usual ones are looked for.
    init(_ space: SearchSpace, batch: String?) {
        let found = space.parameters.firstIndex { parameter in
            batch.map { parameter.name == $0 } ?? MemoryRole.batches.contains(MemoryRole.plain(parameter.name))
        }
        self.batch = found
        (axes, numbers) = (
            space.parameters.map(Self.axis),
            space.parameters.map { parameter in
                guard case .categorical(let values, _) = parameter.distribution else { return nil }
                let numbers = values.compactMap(\.number)
                return numbers.count == values.count && numbers.count > 1 && MemoryRole(of: parameter.name) == .more
                    ? numbers : nil
            }
        )
    }

    /// Choices that are numbers are taken as numbers, so that half of one is one.
    private static func axis(_ parameter: Parameter) -> MemoryAxis {
        guard case .categorical(let values, _) = parameter.distribution, MemoryRole(of: parameter.name) == .more else {
            return MemoryAxis(parameter)
        }
        let numbers = values.compactMap(\.number)
        guard numbers.count == values.count, let low = numbers.min(), let high = numbers.max(), low < high else {
            return MemoryAxis(parameter)
        }
        return .rising(low: low, high: high, isLogarithmic: low > 0)
    }

    /// - Parameter halvings: of its batch.
    func need(_ point: Point, halvings: Int = 0) -> MemoryNeed {
        var need = MemoryNeed(
            values: zip(point.coordinates, numbers).map { coordinate, numbers in
                coordinate == Point.absent ? coordinate : numbers.map { $0[Int(coordinate)] } ?? coordinate
            })
        guard halvings > 0 else { return need }
        if let batch, need.values[batch] != Point.absent, case .rising = axes[batch] {
            for _ in 0..<halvings { need.values[batch] /= 2 }
        } else {
            need.fixedBatch = -Double(halvings)
        }
        return need
    }

    /// Whether one never needs less than another.
    func covers(_ a: MemoryNeed, _ b: MemoryNeed) -> Bool {
        guard a.fixedBatch >= b.fixedBatch else { return false }
        for (index, axis) in axes.enumerated() where !axis.covers(a.values[index], b.values[index]) { return false }
        return true
    }

    /// The last is that of a batch that is no parameter.
    func features(_ need: MemoryNeed) -> [Double] {
        zip(axes, need.values).flatMap { $0.features(of: $1) } + [need.fixedBatch / 6]
    }

    /// By feature, whether more of it never needs less.
    var rising: [Bool] { axes.flatMap { axis in (0..<axis.width).map { _ in axis.isRising } } + [true] }
}
