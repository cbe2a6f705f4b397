/// A tensor that is trained: what it is called, how large it is and how it starts.
package struct ParameterSpec: Sendable, Hashable {
    package enum Owner: Sendable, Hashable {
        /// The tuning method's.
        case adapter
        /// The task's.
        case head
        /// A tensor of the model itself.
        case base
    }

    package indirect enum Start: Sendable, Hashable {
        case zero
        case one
        /// Uniform within plus and minus the bound.
        case uniform(bound: Double)
        case normal(deviation: Double)
        /// As the base's files have the tensor of this name; where they have none, otherwise.
        case checkpoint(String, otherwise: Start)
    }

    /// As PEFT names it: "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight".
    package let name: String
    package let shape: [Int]
    package let owner: Owner
    /// Whether weight decay applies.
    package let decays: Bool
    package let start: Start
    /// Whether it is of those that LoRA+ gives a rate of their own (Hayou et al. 2024): matrices B, and all of one dimension.
    package private(set) var hasOwnRate: Bool

    /// - Parameter name: within the model; PEFT's prefix is put before it.
    package init(_ name: String, shape: [Int], owner: Owner, decays: Bool = true, start: Start) {
        self.name = Self.prefix + name
        self.shape = shape
        self.owner = owner
        self.decays = decays
        self.start = start
        hasOwnRate = shape.count == 1
    }

    /// The same as one of those.
    package var withOwnRate: ParameterSpec {
        var spec = self
        spec.hasOwnRate = true
        return spec
    }

    package var count: Int { shape.reduce(1, *) }

    private static let prefix = "base_model.model."

    /// The name that a tensor of the model has in PEFT's files.
    package static func fullName(_ name: String) -> String { prefix + name }
}

/// Where each trained tensor lies in the flat run of all, which is in the order of the list.
package struct ParameterLayout: Sendable {
    package let specs: [ParameterSpec]
    package let ranges: [Range<Int>]
    private let places: [String: Int]

    package init(_ specs: [ParameterSpec]) {
        self.specs = specs
        var ranges: [Range<Int>] = []
        var end = 0
        for spec in specs {
            ranges.append(end..<end + spec.count)
            end += spec.count
        }
        self.ranges = ranges
        places = Dictionary(zip(specs.map(\.name), ranges.map(\.lowerBound))) { first, _ in first }
    }

    package var count: Int { ranges.last?.upperBound ?? 0 }

    /// Where the tensor begins, by its name within the model; nil: it is not trained.
    package func offset(of name: String) -> Int? { places[ParameterSpec.fullName(name)] }
}
