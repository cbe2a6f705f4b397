import Glibc
import SearchSpaces
import TrainerSettings

/// Points as a Gaussian process compares them: features from 0 to 1 whose squared differences are distances.
///
/// A number has one, its place on its axis (``NumericScale``; a normal one by its
/// distance from the mean); a list of rising or falling numbers
/// one, the choice's place in the list; any other list one for each choice, so that two different choices are 1 apart.
/// Where LoRA's learning rate, scale and rank are searched together, one feature more says what they come to (``StepSize``).
/// A parameter that is not there is put at its middle: it then differs from none by more than they do among themselves,
/// and what brought it in tells the rest.
struct FeatureSpace: Sendable {
    /// By parameter.
    let axes: [Axis]
    /// Features in all.
    let count: Int
    /// By feature: which of the parameters that vary it belongs to; the step size is a group of its own.
    let groups: [Int]
    let groupCount: Int
    let coding: PointCoding
    let step: StepSize?

    enum Axis: Sendable {
        case numeric(NumericScale, feature: Int)
        /// From three sigmas below the mean to three above.
        case normal(mu: Double, sigma: Double, isLogarithmic: Bool, feature: Int)
        /// `places`: by choice.
        case ordered(places: [Double], feature: Int)
        case choices(features: Range<Int>)
        /// There is only one value.
        case fixed
    }

    init(_ coding: PointCoding) {
        self.coding = coding
        var (axes, groups): ([Axis], [Int]) = ([], [])
        var groupCount = 0
        for parameter in coding.space.parameters {
            let axis = Self.axis(parameter.distribution, first: groups.count)
            axes.append(axis)
            let width =
                switch axis {
                case .numeric, .normal, .ordered: 1
                case .choices(let features): features.count
                case .fixed: 0
                }
            groups += [Int](repeating: groupCount, count: width)
            if width > 0 { groupCount += 1 }
        }
        step = StepSize(coding.space, feature: groups.count)
        if step != nil {
            groups.append(groupCount)
            groupCount += 1
        }
        (self.axes, self.groups, self.groupCount, count) = (axes, groups, groupCount, groups.count)
    }

    private static func axis(_ distribution: Distribution, first: Int) -> Axis {
        if case .categorical(let values, _) = distribution, values.count > 1 {
            if distribution.isOrderedList {
                return .ordered(places: values.indices.map { Double($0) / Double(values.count - 1) }, feature: first)
            }
            return .choices(features: first..<(first + values.count))
        }
        switch distribution {
        case .normal(let mu, let sigma) where sigma > 0:
            return .normal(mu: mu, sigma: sigma, isLogarithmic: false, feature: first)
        case .logNormal(let mu, let sigma) where sigma > 0:
            return .normal(mu: mu, sigma: sigma, isLogarithmic: true, feature: first)
        default: break
        }
        return NumericScale(distribution).map { .numeric($0, feature: first) } ?? .fixed
    }

    func features(of point: Point) -> [Double] {
        var features = [Double](repeating: 0.5, count: count)
        for (axis, coordinate) in zip(axes, point.coordinates) {
            let isThere = coordinate != Point.absent
            switch axis {
            case .numeric(let scale, let feature):
                if isThere { features[feature] = (scale.place(of: coordinate) - scale.low) / (scale.high - scale.low) }
            case .normal(let mu, let sigma, let isLogarithmic, let feature):
                let place = isLogarithmic ? log(coordinate) : coordinate
                if isThere { features[feature] = min(max(0.5 + (place - mu) / (6 * sigma), 0), 1) }
            case .ordered(let places, let feature):
                if isThere { features[feature] = places[Int(coordinate)] }
            case .choices(let range):
                for feature in range { features[feature] = isThere ? 0 : 0.5.squareRoot() / Double(range.count) }
                if isThere { features[range.lowerBound + Int(coordinate)] = 0.5.squareRoot() }
            case .fixed: break
            }
        }
        if let step { features[step.feature] = step.value(at: point) }
        return features
    }

    /// The features that can take any value from 0 to 1 at a point, and whose parameters they are.
    func continuous(at point: Point) -> [(parameter: Int, feature: Int)] {
        axes.indices.compactMap { parameter in
            guard point.coordinates[parameter] != Point.absent else { return nil }
            switch axes[parameter] {
            case .numeric(let scale, let feature): return scale.step == nil ? (parameter, feature) : nil
            case .normal(_, _, _, let feature): return (parameter, feature)
            case .ordered, .choices, .fixed: return nil
            }
        }
    }

    /// The coordinate of a numeric parameter whose feature has a value.
    func coordinate(of parameter: Int, at feature: Double) -> Double {
        switch axes[parameter] {
        case .numeric(let scale, _): return scale.coordinate(at: scale.low + feature * (scale.high - scale.low))
        case .normal(let mu, let sigma, let isLogarithmic, _):
            let place = mu + (feature - 0.5) * 6 * sigma
            return isLogarithmic ? exp(place) : place
        case .ordered, .choices, .fixed: return coding.onlyCoordinate(of: parameter)
        }
    }

    /// The other coordinates that a parameter with steps or choices might have: all where they are few, else those
    /// 1, 2, 4, ... steps away.
    func alternatives(to coordinate: Double, of parameter: Int) -> [Double] {
        let distribution = coding.space.parameters[parameter].distribution
        guard coordinate != Point.absent, let count = distribution.count, count > 1 else { return [] }
        if case .categorical(let values, let probabilities) = distribution {
            return values.indices.filter { probabilities?[$0] != 0 }.map(Double.init).filter { $0 != coordinate }
        }
        guard let step = distribution.step, let first = distribution.bounds?.lowerBound else { return [] }
        let index = Int(((coordinate - first) / step).rounded())
        let near = count <= Self.fewValues ? Array(0..<count) : Self.around(index, count: count)
        return near.filter { $0 != index }.compactMap { distribution.value(at: $0).number }
    }

    private static let fewValues = 12

    private static func around(_ index: Int, count: Int) -> [Int] {
        let steps = sequence(first: 1) { $0 < count ? $0 * 2 : nil }
        return steps.flatMap { [index - $0, index + $0] }.filter { (0..<count).contains($0) }
    }

    /// A point with another coordinate for one parameter; what that brings in is put at its middle.
    func replacing(_ parameter: Int, by coordinate: Double, in point: Point) -> Point {
        var point = point
        point.coordinates[parameter] = coordinate
        return snapped(point)
    }

    /// A point with what its coordinates bring in, at its middle, and without what they leave out.
    func snapped(_ point: Point) -> Point {
        coding.build { place in
            let old = point.coordinates[place]
            return old == Point.absent ? coding.middle(of: place) : old
        }
    }
}
