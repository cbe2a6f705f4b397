import Checkpoints
import Glibc
import Tensors

/// Whether a model's file has each tensor as the merged model does: bit for bit what its type leaves of the numbers. An adapter changes a
/// matrix by less than a type of few bits may be off, so that a tolerance would not see one that is lost.
struct TensorCheck {
    private let model: MergedModel

    init(_ model: MergedModel) { self.model = model }

    /// - Returns: how far the answers may be from the trial's, by the type of the fewest bits.
    /// - Throws: ``ConversionError`` naming a tensor that is missing or another.
    func check(_ draft: String, as file: any WeightSource) throws -> Tolerance {
        var tolerance = Tolerance.exact
        for tensor in model.tensors {
            let entry = try file.entry(tensor.name, shape: tensor.shape)
            let type = BlockType.allCases.first { $0.name == entry.typeName } ?? .f32
            let (wanted, found) = (try model.values(tensor), try file.tensor(tensor.name, shape: tensor.shape))
            let expected = withExtendedLifetime(wanted) { Array(wanted.values) }
            let values = withExtendedLifetime(found) { Array(found.values) }
            guard Self.holds(values, expected, type, columns: tensor.shape.last ?? 1) else {
                let off = Agreement.percent(Self.difference(values, expected))
                throw ConversionError(
                    "the export is not the trial's model: tensor '\(tensor.name)' is off by \(off) of its size, and is not what \(type.name) "
                        + "leaves of the trial's. Nothing is left of it; report this as a fault of autolora")
            }
            let own = Self.tolerance(type)
            if own.share > tolerance.share { tolerance = own }
        }
        return tolerance
    }

    /// What a type does to the logits.
    private static func tolerance(_ type: BlockType) -> Tolerance {
        switch type {
        case .f32: .exact
        case .f16: .half
        case .bf16: .bfloat16
        case .q8_0, .q6_K: .eightBits
        default: .fourBits
        }
    }

    /// Of some norms a file has the numbers plus one: reading them back rounds.
    private static let rounding = 1e-6

    /// - Parameter expected: the trial's numbers; those of a quantised base that nothing has changed are what its blocks stand for.
    static func holds(_ found: [Float], _ expected: [Float], _ type: BlockType, columns: Int) -> Bool {
        if type == .f32 { return difference(found, expected) <= rounding }
        if found == expected { return true }
        guard BlockEncoder.types.contains(type), columns % type.weights == 0 else { return false }
        return found == BlockEncoder(type).rounded(expected, columns: columns)
    }

    static func difference(_ found: [Float], _ expected: [Float]) -> Double {
        guard found.count == expected.count else { return .infinity }
        var (size, off) = (0.0, 0.0)
        for (one, other) in zip(found, expected) {
            size += Double(other) * Double(other)
            off += (Double(one) - Double(other)) * (Double(one) - Double(other))
        }
        return off == 0 ? 0 : (off / max(size, .leastNormalMagnitude)).squareRoot()
    }
}
