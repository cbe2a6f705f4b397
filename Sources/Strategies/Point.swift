package import SearchSpaces
import TrainerSettings

/// A configuration as numbers, in the order of the space's parameters: a choice's index, a number itself, or ``absent``.
package struct Point: Sendable, Hashable {
    package var coordinates: [Double]

    /// Stands for a parameter that is not there.
    package static let absent = Double.infinity

    package init(_ coordinates: [Double]) {
        self.coordinates = coordinates
    }
}

/// Turns configurations into points and back: comparing, hashing and modeling are cheap on points.
package struct PointCoding: Sendable {
    package let space: SearchSpace
    /// How many points there are (`Int.max` where that overflows); nil where they cannot be counted.
    package let size: Int?
    /// The parameters by how many conditions they hang on one after the other, those that always are there first.
    let stages: [[Int]]
    /// For each parameter what must be there for it to be there.
    private let needs: [[Need]]

    /// A coordinate that another parameter hangs on.
    private struct Need: Sendable {
        let parent: Int
        let test: Test

        enum Test: Sendable {
            case among([Double])
            case within(Limits)
        }

        func isMet(in coordinates: [Double]) -> Bool {
            let coordinate = coordinates[parent]
            guard coordinate != Point.absent else { return false }
            switch test {
            case .among(let wanted): return wanted.contains(coordinate)
            case .within(let limits): return limits.allow(coordinate)
            }
        }
    }

    package init(_ space: SearchSpace) {
        self.space = space
        size = space.size
        let places = Dictionary(space.parameters.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let needs = space.parameters.map { parameter in
            parameter.conditions.compactMap { condition in
                places[condition.parameter].map { Self.need($0, condition, in: space.parameters[$0].distribution) }
            }
        }
        self.needs = needs
        var depths: [Int] = []
        for needs in needs { depths.append(needs.map { depths[$0.parent] + 1 }.max() ?? 0) }
        stages = (0...(depths.max() ?? 0)).map { depth in depths.indices.filter { depths[$0] == depth } }
    }

    private static func need(_ parent: Int, _ condition: Parameter.Condition, in distribution: Distribution) -> Need {
        switch (condition.test, distribution) {
        case (.values(let values), _):
            Need(parent: parent, test: .among(values.map { coordinate(of: $0, in: distribution) }))
        case (.range, .constant), (.range, .categorical):
            Need(
                parent: parent,
                test: .among(
                    (0..<(distribution.count ?? 0)).filter { condition.holds(for: distribution.value(at: $0)) }.map(Double.init)
                ))
        case (.range(let limits), _): Need(parent: parent, test: .within(limits))
        }
    }

    package var hasConditions: Bool { needs.contains { !$0.isEmpty } }

    /// Whether the parameter at `place` is there, given the coordinates before it.
    package func isActive(_ place: Int, in coordinates: [Double]) -> Bool {
        needs[place].allSatisfy { $0.isMet(in: coordinates) }
    }

    /// Whether a point has parameters in the stages after one.
    func goesOn(_ point: Point, beyond stage: Int) -> Bool {
        stages.dropFirst(stage + 1).joined().contains { point.coordinates[$0] != Point.absent }
    }

    package func point(of assignment: Assignment) -> Point {
        Point(
            space.parameters.map { parameter in
                assignment[parameter.name].map { Self.coordinate(of: $0, in: parameter.distribution) } ?? Point.absent
            })
    }

    package func assignment(of point: Point) -> Assignment {
        var assignment = Assignment([:])
        for (parameter, coordinate) in zip(space.parameters, point.coordinates) where coordinate != Point.absent {
            assignment[parameter.name] = Self.value(of: coordinate, in: parameter.distribution)
        }
        return assignment
    }

    /// The point numbered `index`, from 0 to below ``size``; file order, the last parameters vary slowest.
    package func point(at index: Int) -> Point {
        guard !hasConditions else { return point(of: space.assignment(at: index)) }
        var rest = index
        return Point(
            space.parameters.map { parameter in
                let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: parameter.distribution.count ?? 1)
                rest = quotient
                let value = parameter.distribution.value(at: remainder)
                return Self.coordinate(of: value, in: parameter.distribution)
            })
    }

    /// A point drawn from the distributions.
    package func sample(using generator: inout SeededGenerator) -> Point {
        point { _ in generator.unit() }
    }

    /// The point whose parameters are at some quantiles of their distributions.
    package func point(atQuantiles quantile: (Int) -> Double) -> Point {
        build { place in
            let distribution = space.parameters[place].distribution
            return Self.coordinate(of: distribution.value(atQuantile: quantile(place)), in: distribution)
        }
    }

    /// The coordinate of a parameter with one value.
    func onlyCoordinate(of place: Int) -> Double {
        let distribution = space.parameters[place].distribution
        return Self.coordinate(of: distribution.value(at: 0), in: distribution)
    }

    /// The coordinate of a parameter's median.
    func middle(of place: Int) -> Double {
        let distribution = space.parameters[place].distribution
        return Self.coordinate(of: distribution.value(atQuantile: 0.5), in: distribution)
    }

    /// Builds a point parameter by parameter; `choose` is asked for those that are there, parents first.
    ///
    /// - Parameter start: a point whose coordinates are kept in the stages before `stage`.
    package func build(from start: Point? = nil, stage: Int = 0, choosing choose: (Int) -> Double) -> Point {
        var coordinates = start?.coordinates ?? [Double](repeating: Point.absent, count: space.parameters.count)
        for place in stages.dropFirst(stage).joined() {
            coordinates[place] = isActive(place, in: coordinates) ? choose(place) : Point.absent
        }
        return Point(coordinates)
    }

    /// ``Point/absent`` also for a value that the distribution does not have.
    private static func coordinate(of value: SettingValue, in distribution: Distribution) -> Double {
        switch distribution {
        case .constant, .categorical: distribution.index(of: value).map(Double.init) ?? Point.absent
        default: value.number ?? Point.absent
        }
    }

    private static func value(of coordinate: Double, in distribution: Distribution) -> SettingValue {
        switch distribution {
        case .constant, .categorical: distribution.value(at: Int(coordinate))
        default: distribution.nearest(to: coordinate)
        }
    }
}
