import Glibc
import SearchSpaces
import TrainerSettings

/// One parameter as the memory that a trial needs goes by it.
///
/// A value on it is a number: of a parameter of numbers its own, of one of choices the choice's place; ``Point/absent`` where it is not there.
enum MemoryAxis: Sendable {
    /// It makes no difference.
    case none
    /// More never needs less. From 0, the least, to 1, by the logarithm where all are above 0.
    case rising(low: Double, high: Double, isLogarithmic: Bool)
    /// Choices: which of them hold which others, and how much each is, from 0 to 1.
    case nested(holds: [[Bool]], sizes: [Double])
    /// Numbers of which nothing is known.
    case free(low: Double, high: Double, isLogarithmic: Bool)
    /// Choices of which nothing is known.
    case choices(Int)

    init(_ parameter: Parameter) {
        let (role, distribution) = (MemoryRole(of: parameter.name), parameter.distribution)
        guard role != .none, distribution.count != 1 else {
            self = .none
            return
        }
        if case .categorical(let values, _) = distribution {
            let ranks = MemoryRanks(values, role)
            self = ranks.isKnown ? .nested(holds: ranks.holds, sizes: ranks.sizes) : .choices(values.count)
            return
        }
        guard let bounds = distribution.bounds, bounds.lowerBound < bounds.upperBound else {
            self = .none
            return
        }
        let (low, high) = (bounds.lowerBound, bounds.upperBound)
        let isLogarithmic = low > 0 && low.isFinite && high.isFinite
        self =
            role == .more
            ? .rising(low: low, high: high, isLogarithmic: isLogarithmic)
            : .free(low: low, high: high, isLogarithmic: isLogarithmic && distribution.isLogarithmic)
    }

    /// Features that a model is given.
    var width: Int {
        switch self {
        case .none: 0
        case .rising, .nested, .free: 1
        case .choices(let count): count
        }
    }

    /// Whether a greater feature never needs less.
    var isRising: Bool {
        switch self {
        case .rising, .nested: true
        case .none, .free, .choices: false
        }
    }

    func features(of value: Double) -> [Double] {
        let isThere = value != Point.absent
        switch self {
        case .none: return []
        case .rising(let low, let high, let isLogarithmic), .free(let low, let high, let isLogarithmic):
            guard isThere else { return [0.5] }
            if isLogarithmic { return [log(max(value, 1e-300) / low) / log(high / low)] }
            let share = (value - low) / (high - low)
            return [share.isFinite ? share : 0.5]
        case .nested(_, let sizes): return [isThere ? sizes[Int(value)] : 0.5]
        case .choices(let count): return (0..<count).map { isThere && Int(value) == $0 ? 1 : 0 }
        }
    }

    /// Whether one value never needs less than another, all else alike.
    func covers(_ a: Double, _ b: Double) -> Bool {
        switch self {
        case .none: true
        case _ where a == b: true
        case _ where a == Point.absent || b == Point.absent: false
        case .rising: a > b
        case .nested(let holds, _): holds[Int(a)][Int(b)]
        case .free, .choices: false
        }
    }
}

/// Choices by the memory that they need: which never needs less than which, as far as their names tell.
struct MemoryRanks {
    /// By choice, by other choice.
    private(set) var holds: [[Bool]] = []
    /// By choice, from 0 to 1.
    private(set) var sizes: [Double] = []
    /// Whether anything is known of them.
    private(set) var isKnown = false

    init(_ values: [SettingValue], _ role: MemoryRole) {
        let levels: [Double?] = values.map { value in
            switch role {
            case .more: Self.amount(value)
            case .less: Self.amount(value).map { -$0 }
            case .precision: Self.bits(value)
            case .parts, .unknown, .none: nil
            }
        }
        let parts = role == .parts ? values.map(Self.parts) : []
        let amounts = parts.isEmpty ? levels : parts.map(\.amount)
        isKnown = amounts.contains { $0 != nil }
        holds = values.indices.map { a in
            values.indices.map { b in
                if a == b { return true }
                if !parts.isEmpty { return parts[a].holds(parts[b]) }
                guard let first = levels[a], let second = levels[b] else { return false }
                return first >= second
            }
        }
        let known = amounts.compactMap(\.self)
        guard let least = known.min(), let most = known.max(), least < most else {
            sizes = values.map { _ in 0.5 }
            return
        }
        let isLogarithmic = least > 0
        sizes = amounts.map { amount in
            guard let amount else { return 0.5 }
            return isLogarithmic ? log(amount / least) / log(most / least) : (amount - least) / (most - least)
        }
    }

    private static func amount(_ value: SettingValue) -> Double? {
        if case .bool(let isOn) = value { return isOn ? 1 : 0 }
        return value.number
    }

    private static func bits(_ value: SettingValue) -> Double? {
        switch value.text?.lowercased().replacing("torch.", with: "") {
        case "fp32", "float32", "f32", "float": 32
        case "bf16", "fp16", "bfloat16", "float16", "half", "f16": 16
        case "int8", "8bit", "fp8": 8
        case "int4", "4bit", "nf4", "fp4", "quantized": 4
        default: nil
        }
    }

    /// Modules or layers.
    private enum Parts {
        case all
        case last(Int)
        case listed(Set<String>)
        case other

        var amount: Double? {
            switch self {
            // More than whatever is listed.
            case .all: 64
            case .last(let count): Double(max(count, 1))
            case .listed(let names): Double(names.count) + 1
            case .other: nil
            }
        }

        func holds(_ other: Parts) -> Bool {
            switch (self, other) {
            case (.all, .all), (.all, .last), (.all, .listed): true
            case (.last(let count), .last(let less)): count >= less
            case (.listed(let names), .listed(let fewer)): names.isSuperset(of: fewer)
            default: false
            }
        }
    }

    private static func parts(_ value: SettingValue) -> Parts {
        switch value {
        case .array(let values): return .listed(Set(values.map(\.description)))
        case .null: return .listed([])
        case .string("all"), .string("all-linear"): return .all
        case .string(let text):
            if text.hasPrefix("last-"), let count = Int(text.dropFirst(5)) { return .last(count) }
            return .other
        default: return .other
        }
    }
}
