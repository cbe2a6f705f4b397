import Backbones

/// Where each adapter and the head lie in the flat run of trained parameters.
struct AdapterLayout {
    private(set) var shapes: [(name: String, shape: [Int])] = []
    private(set) var slots: [String: LowRankSlot] = [:]
    let head: HeadSlot

    static let prefix = "base_model.model."

    /// Whether a tensor has a row for each class.
    static func isHead(_ name: String) -> Bool { name.hasPrefix(prefix + "classifier.") }

    /// The A's of modules that read one input lie end to end, so that they are multiplied as one matrix.
    init(_ modules: [LinearModule], lora: LoRAConfiguration, classes: Int, hiddenSize: Int) {
        var end = 0
        var rest = modules[...]
        while let first = rest.first {
            let together = rest.prefix { $0.depth == first.depth }
            rest = rest.dropFirst(together.count)
            var aOffset = end
            var bOffset = end + together.reduce(0) { $0 + lora.rank * $1.inputs }
            for module in together {
                shapes.append((Self.prefix + module.name + ".lora_A.weight", [lora.rank, module.inputs]))
                slots[module.name] = LowRankSlot(
                    rank: lora.rank, scale: Float(lora.scale), aOffset: aOffset, bOffset: bOffset)
                aOffset += lora.rank * module.inputs
                bOffset += lora.rank * module.outputs
            }
            shapes += together.map { (Self.prefix + $0.name + ".lora_B.weight", [$0.outputs, lora.rank]) }
            end = bOffset
        }
        head = HeadSlot(classes: classes, weightOffset: end, biasOffset: end + classes * hiddenSize)
        shapes.append((Self.prefix + "classifier.weight", [classes, hiddenSize]))
        shapes.append((Self.prefix + "classifier.bias", [classes]))
    }
}
