import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

/// Spaces made at random, written as YAML, read back.
struct RoundTripTests {
    @Test(arguments: 0..<60)
    func `A space read back is the space that was written`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let parameters = Self.parameters(using: &generator)
        let yaml = parameters.map { "\($0.name): \(Self.yaml($0))" }.joined(separator: "\n")
        let read = try parse(sweep(yaml)).specification.space
        #expect(read == SearchSpace(parameters), "\(yaml)")
    }

    @Test(arguments: 0..<60)
    func `Every configuration drawn from it is one of its own`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let space = SearchSpace(Self.parameters(using: &generator))
        for _ in 0..<50 {
            let assignment = space.sample(using: &generator)
            for parameter in space.parameters {
                #expect(space.isActive(parameter, in: assignment) == (assignment[parameter.name] != nil))
            }
            #expect(Set(assignment.values.keys).isSubset(of: space.parameters.map(\.name)))
        }
    }

    private static func parameters(using generator: inout SeededGenerator) -> [Parameter] {
        var parameters: [Parameter] = []
        for index in 0..<Int.random(in: 1...8, using: &generator) {
            let parents = parameters.filter { ($0.distribution.count ?? .max) <= 10 }
            var conditions: [Parameter.Condition] = []
            if let parent = parents.randomElement(using: &generator), Bool.random(using: &generator) {
                let count = parent.distribution.count ?? 1
                conditions.append(
                    .init(
                        parameter: parent.name,
                        values: [parent.distribution.value(at: Int.random(in: 0..<count, using: &generator))]))
                // What is always there can be a second condition of anything else.
                let others = parameters.filter { other in
                    other.conditions.isEmpty && !parameters.contains { $0.conditions.contains { $0.parameter == other.name } }
                }
                let numeric = others.filter { $0.name != parent.name && $0.distribution.bounds != nil }
                if let other = numeric.randomElement(using: &generator), let bounds = other.distribution.bounds {
                    conditions.append(.init(parameter: other.name, .range(Limits(min: bounds.lowerBound, max: 1e6))))
                }
            }
            parameters.append(
                Parameter(name: "p\(index)", distribution: distribution(using: &generator), conditions: conditions))
        }
        // The file's order need not be the order of conditions.
        return parameters.reversed()
    }

    private static func distribution(using generator: inout SeededGenerator) -> Distribution {
        let low = Int.random(in: 1...9, using: &generator)
        let (start, end) = (Double(low) / 8, Double(low) / 8 + Double(Int.random(in: 1...50, using: &generator)))
        switch Int.random(in: 0..<10, using: &generator) {
        case 0:
            return .constant([.string("a b"), .int(3), .double(0.5), .bool(true)].randomElement(using: &generator) ?? .null)
        case 1: return .categorical([.int(low), .string("all"), .array([.string("query"), .int(2)])], probabilities: nil)
        case 2: return .categorical([.double(0.5), .bool(false)], probabilities: [0.25, 0.75])
        case 3: return .intUniform(min: low, max: low + 5)
        case 4: return .intLogUniform(min: low, max: 10 * low)
        case 5: return .uniform(min: start, max: end)
        case 6: return .quantizedUniform(min: start, max: end, q: 0.25)
        case 7: return .logUniform(min: start, max: end)
        case 8: return .quantizedLogUniform(min: start, max: end, q: 0.5)
        default: return Bool.random(using: &generator) ? .normal(mu: start, sigma: end) : .logNormal(mu: start, sigma: end)
        }
    }

    private static func yaml(_ parameter: Parameter) -> String {
        var pairs = ["distribution: \(parameter.distribution.name)"]
        switch parameter.distribution {
        case .constant(let value): pairs.append("value: \(yaml(value))")
        case .categorical(let values, let probabilities):
            pairs.append("values: \(yaml(.array(values)))")
            if let probabilities { pairs.append("probabilities: \(probabilities)") }
        case .intUniform(let min, let max), .intLogUniform(let min, let max): pairs += ["min: \(min)", "max: \(max)"]
        case .uniform(let min, let max), .logUniform(let min, let max): pairs += ["min: \(min)", "max: \(max)"]
        case .quantizedUniform(let min, let max, let q), .quantizedLogUniform(let min, let max, let q):
            pairs += ["min: \(min)", "max: \(max)", "q: \(q)"]
        case .normal(let mu, let sigma), .logNormal(let mu, let sigma): pairs += ["mu: \(mu)", "sigma: \(sigma)"]
        }
        let conditions = parameter.conditions.map { condition in
            switch condition.test {
            case .values(let values): "\(condition.parameter): \(yaml(.array(values)))"
            case .range(let limits): "\(condition.parameter): {min: \(limits.min ?? -9), max: \(limits.max ?? 9e9)}"
            }
        }
        if !conditions.isEmpty { pairs.append("when: {\(conditions.joined(separator: ", "))}") }
        return "{\(pairs.joined(separator: ", "))}"
    }

    private static func yaml(_ value: SettingValue) -> String {
        switch value {
        case .array(let values): "[\(values.map(yaml).joined(separator: ", "))]"
        case .double(let number): "\(number)"
        default: value.description
        }
    }
}
