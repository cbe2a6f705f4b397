import TrainerSettings

/// A parameter with the places of what is said of it.
struct LocatedParameter {
    let name: String
    let position: Position
    let distribution: Distribution
    /// The values that the trainer is asked about before anything runs: every choice, both bounds and one between.
    let samples: [(value: SettingValue, position: Position)]
    let when: LocatedValue?

    init(_ entry: LocatedValue.Entry) throws(SpaceFileError) {
        guard !entry.key.isEmpty else { throw SpaceFileError(at: entry.keyPosition, "a parameter without a name") }
        if case .mapping(let entries) = entry.value.content, let nested = entries.first(where: { $0.key == "parameters" }) {
            throw .notAvailable("a parameter of parameters", at: nested.keyPosition)
        }
        guard case .mapping = entry.value.content else {
            throw entry.value.expected("'\(entry.key)' as a mapping of value, values, or min and max")
        }
        let section = try Section(entry.value, named: "'\(entry.key)'", allowed: DistributionKind.keys)
        let reader = DistributionReader(section: section)
        name = entry.key
        position = entry.keyPosition
        distribution = try reader.distribution(DistributionKind(section))
        when = section["when"]

        let places = section["values"]?.elements ?? ["value", "min", "max"].compactMap { section[$0] }
        // Bounds can be whole where what lies between is not.
        var samples = places.map { (value: $0.value, position: $0.position) }
        if distribution.bounds != nil {
            let between = distribution.count == nil ? distribution.value(atQuantile: 0.37) : distribution.value(at: 1)
            samples.append((between, entry.keyPosition))
        }
        self.samples = samples
    }
}

/// Reads a parameter's numbers and lists, each checked where it stands.
private struct DistributionReader {
    let section: Section

    func distribution(_ kind: DistributionKind) throws(SpaceFileError) -> Distribution {
        switch kind {
        case .constant: return .constant(try section.required("value", "a value").value)
        case .categorical: return try categorical()
        case .intUniform: return try whole(atLeast: .min) { .intUniform(min: $0, max: $1) }
        case .intLogUniform: return try whole(atLeast: 1) { .intLogUniform(min: $0, max: $1) }
        case .uniform: return try range { .uniform(min: $0, max: $1) }
        case .logUniform: return try range(aboveZero: true) { .logUniform(min: $0, max: $1) }
        case .quantizedUniform: return try steps { .quantizedUniform(min: $0, max: $1, q: $2) }
        case .quantizedLogUniform: return try steps(aboveZero: true) { .quantizedLogUniform(min: $0, max: $1, q: $2) }
        case .normal:
            let (mu, sigma) = try bell()
            return .normal(mu: mu, sigma: sigma)
        case .logNormal:
            let (mu, sigma) = try bell()
            return .logNormal(mu: mu, sigma: sigma)
        }
    }

    private func categorical() throws(SpaceFileError) -> Distribution {
        let list = try section.required("values", "a list")
        let elements = try list.list(of: "values")
        guard !elements.isEmpty else { throw SpaceFileError(at: list.position, "an empty list; expected at least one value") }
        var seen: Set<SettingValue> = []
        for element in elements where !seen.insert(element.value).inserted {
            throw SpaceFileError(at: element.position, "\(element.value) is among the values already")
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
        let step = try section.required("q", "a step")
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

    private func bell() throws(SpaceFileError) -> (mu: Double, sigma: Double) {
        let mu = try section.number("mu") ?? 0
        guard let spread = section["sigma"] else { return (mu, 1) }
        let sigma = try spread.number()
        guard sigma > 0 else { throw spread.expected("a number above 0") }
        return (mu, sigma)
    }

    /// Beyond this a double no longer tells neighbours apart.
    private static let mostSteps = 1 << 53

    private func disorder(_ low: LocatedValue, _ high: LocatedValue) -> SpaceFileError {
        .init(at: low.position, "min \(low.value) is not below max \(high.value); for a single value write value")
    }

    private func tooWide(_ value: LocatedValue) -> SpaceFileError {
        .init(at: value.position, "the range holds too many values")
    }
}
