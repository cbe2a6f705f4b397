import Checkpoints
import Glibc
import Tensors

/// Whether a model's file has each tensor as the merged model does, as far as its type can hold the numbers.
struct TensorCheck {
    private let model: MergedModel

    init(_ model: MergedModel) { self.model = model }

    /// - Returns: how far the answers may be from the trial's, by the type of the fewest bits.
    /// - Throws: ``ConversionError`` naming a tensor that is missing or another.
    func check(_ draft: String, as file: any WeightSource) throws -> Tolerance {
        var tolerance = Tolerance.exact
        for tensor in model.tensors {
            let entry = try file.entry(tensor.name, shape: tensor.shape)
            let (expected, found) = (try model.values(tensor), try file.tensor(tensor.name, shape: tensor.shape))
            let (own, share) = Self.limits(entry.typeName)
            let off = withExtendedLifetime((expected, found)) { Self.difference(found.values, expected.values) }
            guard off <= share else {
                throw ConversionError(
                    "the export is not the trial's model: tensor '\(tensor.name)' is off by \(Agreement.percent(off)) of its size, expected "
                        + "\(Agreement.percent(share)) at most for \(entry.typeName). Nothing is left of it; report this as a fault of autolora"
                )
            }
            if own.share > tolerance.share { tolerance = own }
        }
        return tolerance
    }

    /// What a type does to the logits, and to the numbers of one tensor.
    private static func limits(_ type: String) -> (Tolerance, share: Double) {
        switch type {
        case "F32", "F64": (.exact, 1e-6)
        case "F16": (.half, 1e-3)
        case "BF16": (.bfloat16, 4e-3)
        case "Q8_0": (.eightBits, 2e-2)
        case "Q6_K": (.eightBits, 4e-2)
        default: (.fourBits, 0.15)
        }
    }

    private static func difference(_ found: UnsafeBufferPointer<Float>, _ expected: UnsafeBufferPointer<Float>) -> Double {
        guard found.count == expected.count else { return .infinity }
        var (size, off) = (0.0, 0.0)
        for (one, other) in zip(found, expected) {
            size += Double(other) * Double(other)
            off += (Double(one) - Double(other)) * (Double(one) - Double(other))
        }
        return off == 0 ? 0 : (off / max(size, .leastNormalMagnitude)).squareRoot()
    }
}
