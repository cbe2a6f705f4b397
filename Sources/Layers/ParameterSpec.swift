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
    /// The tensor of the model that it is; nil: it is added to the model.
    package let tensor: ModelTensor?
    /// Whether it is of those that LoRA+ gives a rate of their own (Hayou et al. 2024): matrices B, and all of one dimension.
    package private(set) var hasOwnRate: Bool
    /// Whether it stays as it starts: it is saved with the others, and is none of those that are trained.
    package private(set) var isFrozen = false

    /// - Parameter name: within the model; PEFT's prefix is put before it.
    package init(_ name: String, shape: [Int], owner: Owner, decays: Bool = true, start: Start) {
        self.name = Self.prefix + name
        self.shape = shape
        self.owner = owner
        self.decays = decays
        self.start = start
        tensor = nil
        hasOwnRate = shape.count == 1
    }

    /// A tensor of the model, which starts as its files have it. As in Hugging Face's Trainer, biases and norms do not decay.
    ///
    /// - Parameter name: what an adapter's file calls it within the model; nil: as the model does.
    package init(_ tensor: ModelTensor, as name: String? = nil) {
        (self.name, shape, self.tensor) = (Self.prefix + (name ?? tensor.name), tensor.shape, tensor)
        (owner, start) = (.base, .zero)
        (decays, hasOwnRate) = (tensor.shape.count > 1, tensor.shape.count == 1)
    }

    /// The same as one of those.
    package var withOwnRate: ParameterSpec {
        var spec = self
        spec.hasOwnRate = true
        return spec
    }

    /// The same as it starts.
    package var frozen: ParameterSpec {
        var spec = self
        spec.isFrozen = true
        return spec
    }

    package var count: Int { shape.reduce(1, *) }
    /// As the model itself names it.
    package var modelName: String { tensor?.name ?? String(name.dropFirst(Self.prefix.count)) }

    private static let prefix = "base_model.model."

    /// The name that a tensor of the model has in PEFT's files.
    package static func fullName(_ name: String) -> String { prefix + name }
}

/// Where each trained tensor lies in the flat run of all, which is in the order of the list: the model's own are the last.
package struct ParameterLayout: Sendable {
    package let specs: [ParameterSpec]
    package let ranges: [Range<Int>]
    /// Where the model's own begin; the count of all where there are none.
    package let baseStart: Int
    private let places: [String: Int]

    package init(_ specs: [ParameterSpec]) {
        self.specs = specs
        var ranges: [Range<Int>] = []
        var (end, baseStart): (Int, Int?) = (0, nil)
        for spec in specs {
            precondition(baseStart == nil || spec.tensor != nil, "the model's own tensors are the last")
            if spec.tensor != nil, baseStart == nil { baseStart = end }
            ranges.append(end..<end + spec.count)
            end += spec.count
        }
        self.ranges = ranges
        self.baseStart = baseStart ?? end
        places = Dictionary(zip(specs.map(\.name), ranges.map(\.lowerBound))) { first, _ in first }
    }

    package var count: Int { ranges.last?.upperBound ?? 0 }

    /// Where the tensor begins, by its name within the model; nil: it is not trained.
    package func offset(of name: String) -> Int? { places[ParameterSpec.fullName(name)] }
}
