import Glibc
import SearchSpaces
import TrainerSettings

/// Reads a parameter's numbers and lists, each checked where it stands.
struct DistributionReader {
    let section: Section
    /// Of the groups that the parameter is in.
    var depth = 0

    func distribution(_ kind: DistributionKind) throws(SpaceFileError) -> Distribution {
        switch kind {
        case .constant:
            guard let value = section.stated("value") else { return .constant(try section.required("value", "a value").value) }
            try value.requireKeepable(of: section.name, depth: depth)
            return .constant(value.value)
        case .categorical: return try categorical()
        case .intUniform: return try whole(atLeast: .min) { .intUniform(min: $0, max: $1) }
        case .intLogUniform: return try whole(atLeast: 1) { .intLogUniform(min: $0, max: $1) }
        case .uniform: return try range { .uniform(min: $0, max: $1) }
        case .logUniform, .inverseLogUniform: return try range(aboveZero: true) { .logUniform(min: $0, max: $1) }
        case .logUniformExponents: return try exponents { .logUniform(min: exp($0), max: exp($1)) }
        case .inverseLogUniformExponents: return try exponents { .logUniform(min: exp(-$1), max: exp(-$0)) }
        case .quantizedUniform: return try steps { .quantizedUniform(min: $0, max: $1, q: $2) }
        case .quantizedLogUniform: return try steps(aboveZero: true) { .quantizedLogUniform(min: $0, max: $1, q: $2) }
        case .normal:
            let (mu, sigma) = try bell(within: 1e300)
            return .normal(mu: mu, sigma: sigma)
        case .logNormal:
            let (mu, sigma) = try bell(within: Self.greatestExponent)
            return .logNormal(mu: mu, sigma: sigma)
        }
    }

    private func categorical() throws(SpaceFileError) -> Distribution {
        let list = try section.required("values", "a list")
        let elements = try list.list(of: "values")
        guard !elements.isEmpty else { throw SpaceFileError(at: list.position, "an empty list; expected at least one value") }
        var seen: Set<SettingValue> = []
        for element in elements {
            try element.requireKeepable(of: section.name, depth: depth)
            // As it is stored: what is the same there would be taken for the other.
            guard seen.insert(element.value.stored).inserted else {
                let tuples = PythonTuples(in: list).map { "; lists of lists are written \($0.instead)" } ?? ""
                throw SpaceFileError(at: element.position, "\(element.value) is among the values already" + tuples)
            }
        }
        return .categorical(elements.map(\.value), probabilities: try probabilities(count: elements.count))
    }

    private func probabilities(count: Int) throws(SpaceFileError) -> [Double]? {
        guard let list = section["probabilities"] else { return nil }
        let elements = try list.list(of: "probabilities")
        guard elements.count == count else {
            throw SpaceFileError(at: list.position, "\(elements.count) probabilities for \(count) values")
        }
        var probabilities: [Double] = []
        for element in elements {
            let probability = try element.number()
            guard (0...1).contains(probability) else { throw element.expected("a probability from 0 to 1") }
            probabilities.append(probability)
        }
        let sum = probabilities.reduce(0, +)
        guard abs(sum - 1) < 1e-6 else {
            throw SpaceFileError(at: list.position, "the probabilities sum to \(SettingValue.short(sum)), expected 1")
        }
        return probabilities.map { $0 / sum }
    }

    private func whole(atLeast least: Int, _ make: (Int, Int) -> Distribution) throws(SpaceFileError) -> Distribution {
        let (first, last) = (try section.required("min", "a number"), try section.required("max", "a number"))
        let (low, high) = (try first.integer(atLeast: least), try last.integer())
        guard low < high else { throw disorder(first, last) }
        let (width, overflow) = high.subtractingReportingOverflow(low)
        guard !overflow, width < Self.mostSteps else { throw tooWide(last) }
        for (bound, value) in [(first, low), (last, high)] where value.magnitude > Self.mostSteps {
            throw SpaceFileError(at: bound.position, "found \(bound.found), expected a whole number within 2^53 of 0")
        }
        return make(low, high)
    }

    private func range(
        aboveZero: Bool = false, _ make: (Double, Double) -> Distribution
    ) throws(SpaceFileError) -> Distribution {
        let (low, high) = try bounds(aboveZero: aboveZero)
        return make(low, high)
    }

    private func steps(
        aboveZero: Bool = false, _ make: (Double, Double, Double) -> Distribution
    ) throws(SpaceFileError) -> Distribution {
        let (low, high) = try bounds(aboveZero: aboveZero)
        guard let step = section["q"] else {
            guard high - low >= 1 else {
                throw SpaceFileError(at: section.position, "\(section.name) lacks 'q', which is then 1, more than max - min")
            }
            guard high - low < Double(Self.mostSteps) else { throw tooWide(try section.required("max", "a number")) }
            return make(low, high, 1)
        }
        let q = try step.number()
        guard q > 0, q <= high - low else { throw step.expected("a step above 0, at most max - min") }
        guard (high - low) / q < Double(Self.mostSteps) else { throw tooWide(step) }
        return make(low, high, q)
    }

    private func bounds(aboveZero: Bool) throws(SpaceFileError) -> (Double, Double) {
        let (first, last) = (try section.required("min", "a number"), try section.required("max", "a number"))
        let (low, high) = (try first.number(), try last.number())
        guard !aboveZero || low > 0 else { throw first.expected("a number above 0, as a logarithm is taken") }
        guard low < high else { throw disorder(first, last) }
        guard (high - low).isFinite else { throw tooWide(last) }
        return (low, high)
    }

    /// Bounds that are exponents of e.
    private func exponents(_ make: (Double, Double) -> Distribution) throws(SpaceFileError) -> Distribution {
        let (low, high) = try bounds(aboveZero: false)
        for (key, bound) in [("min", low), ("max", high)] where abs(bound) > Self.greatestExponent {
            throw SpaceFileError(
                at: section[key]?.position ?? section.position,
                "found \(SettingValue.short(bound)), expected an exponent of e from -\(Int(Self.greatestExponent)) to "
                    + "\(Int(Self.greatestExponent)); log_uniform_values takes the values themselves")
        }
        return make(low, high)
    }

    /// - Parameter limit: of mu and ten sigmas on either side of it.
    private func bell(within limit: Double) throws(SpaceFileError) -> (mu: Double, sigma: Double) {
        let mu = try section.number("mu") ?? 0
        let sigma = try section.number("sigma") ?? 1
        if let spread = section["sigma"], sigma <= 0 { throw spread.expected("a number above 0") }
        guard abs(mu) + 10 * sigma <= limit else {
            throw SpaceFileError(
                at: (abs(mu) > limit ? section["mu"] : section["sigma"] ?? section["mu"])?.position ?? section.position,
                "mu \(SettingValue.short(mu)) and sigma \(SettingValue.short(sigma)) give values beyond what a number can hold")
        }
        return (mu, sigma)
    }

    /// e to it, and to less it, is a number that can be told from 0 and from infinity.
    private static let greatestExponent = 690.0

    /// Beyond this a double no longer tells neighbors apart.
    private static let mostSteps = 1 << 53

    private func disorder(_ low: LocatedValue, _ high: LocatedValue) -> SpaceFileError {
        .init(at: low.position, "min \(low.value) is not below max \(high.value); for a single value write value")
    }

    private func tooWide(_ value: LocatedValue) -> SpaceFileError {
        .init(at: value.position, "the range holds too many values")
    }
}
