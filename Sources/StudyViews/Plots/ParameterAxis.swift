import Glibc
import SearchSpaces
import TrainerSettings

/// Where a parameter's values stand: numbers by themselves or by their logarithm, as in the space, choices beside each other.
struct ParameterAxis: Sendable {
    let parameter: Parameter
    private let choices: [SettingValue]?

    init(_ parameter: Parameter) {
        self.parameter = parameter
        choices =
            switch parameter.distribution {
            case .constant(let value): [value]
            case .categorical(let values, _): values
            default: nil
            }
    }

    var name: String { parameter.name }

    /// Whether its values can each be looked at by themselves.
    var isDiscrete: Bool { parameter.distribution.count.map { $0 <= 12 } ?? false }

    /// Whether its values have no order.
    var isOfChoices: Bool { choices != nil }

    private var isLogarithmic: Bool { parameter.distribution.isLogarithmic }

    /// nil for what is no value of the parameter.
    func place(of value: SettingValue) -> Double? {
        if choices != nil { return parameter.distribution.index(of: value).map(Double.init) }
        guard let number = value.number, number.isFinite else { return nil }
        if isLogarithmic { return number > 0 ? log10(number) : nil }
        return number
    }

    /// From the least to the greatest place.
    var bounds: ClosedRange<Double> {
        if let choices { return -0.5...(Double(choices.count) - 0.5) }
        guard let bounds = parameter.distribution.bounds else { return 0...1 }
        return isLogarithmic ? log10(bounds.lowerBound)...log10(bounds.upperBound) : bounds
    }

    /// A place as a share of the bounds.
    func share(of place: Double) -> Double {
        let width = bounds.upperBound - bounds.lowerBound
        return width > 0 ? (place - bounds.lowerBound) / width : 0.5
    }

    var ticks: [PlotTick] {
        if let choices {
            let every = max(1, (choices.count + 11) / 12)
            return choices.indices.filter { $0.isMultiple(of: every) }.map {
                PlotTick(place: Double($0), label: choices[$0].label)
            }
        }
        if isLogarithmic { return Ticks.logarithmic(bounds) }
        return Ticks.linear(bounds, about: 5).map { PlotTick(place: $0, label: SettingValue.short($0)) }
    }

    var axis: PlotAxis {
        let margin = choices == nil ? (bounds.upperBound - bounds.lowerBound) * 0.04 : 0
        return PlotAxis(
            title: name.shortened(to: 40), ticks: ticks,
            range: (bounds.lowerBound - margin)...(bounds.upperBound
                + max(margin, bounds.upperBound > bounds.lowerBound ? 0 : 0.5)))
    }
}

extension SettingValue {
    /// For an axis.
    var label: String { description.printable.shortened(to: 24) }
}

/// Places for the marks of an axis.
enum Ticks {
    /// Multiples of 1, 2 or 5 times a power of ten.
    static func linear(_ range: ClosedRange<Double>, about count: Int) -> [Double] {
        let width = range.upperBound - range.lowerBound
        guard width > 0, width.isFinite else { return [range.lowerBound] }
        let rough = width / Double(count)
        let power = pow(10, log10(rough).rounded(.down))
        let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        return (0..<(4 * count)).map { Distribution.tidy((first + Double($0)) * step) }.prefix {
            $0 <= range.upperBound + step * 1e-9
        }
    }

    /// Powers of ten, or where there are few of them what lies between them too.
    ///
    /// - Parameter range: of logarithms.
    static func logarithmic(_ range: ClosedRange<Double>) -> [PlotTick] {
        let (low, high) = (Int(range.lowerBound.rounded(.down)), Int(range.upperBound.rounded(.up)))
        let every = max(1, (high - low) / 8)
        let factors: [Double] = high - low > 3 ? [1] : [1, 2, 5]
        return stride(from: low, through: high, by: every).flatMap { power in
            factors.map { Distribution.tidy($0 * pow(10, Double(power))) }
        }.filter { $0 > 0 && range.contains(log10($0)) }.map { PlotTick(place: log10($0), label: SettingValue.short($0)) }
    }
}

extension ParameterAxis {
    /// The value at a place, for people.
    func label(at place: Double) -> String {
        if let choices, choices.indices.contains(Int(place)) { return choices[Int(place)].label }
        return SettingValue.short(isLogarithmic ? pow(10, place) : place)
    }

    /// "0.001 to 0.003"
    func label(ofQuarter quarter: Int) -> String {
        let width = (bounds.upperBound - bounds.lowerBound) / 4
        let low = bounds.lowerBound + Double(quarter) * width
        return "\(label(at: low)) to \(label(at: low + width))"
    }
}
