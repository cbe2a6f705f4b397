package import Backbones
package import Checkpoints
package import Layers
import TrainerSettings

/// An adapter whose start took B0 A0 away from the base is one of twice the rank for the base as its files have it: s B A - s B0 A0 is
/// s [B, -B0] [A; A0].
extension LoRAConfiguration {
    package func exported(for model: any BackboneConfiguration, rows: RowSelection) -> any TuningMethod {
        var method = self
        (method.start, method.freezesA) = (.usual, false)
        guard changesBase else { return method }
        // The scale is alpha over the rank, or over its root.
        let growth = isRankStabilized ? 2.0.squareRoot() : 2
        (method.rank, method.rankPattern) = (2 * rank, rankPattern.mapValues { 2 * $0 })
        (method.alpha, method.alphaPattern) = (growth * alpha, alphaPattern.mapValues { growth * $0 })
        return method
    }

    package func exported(
        _ parameters: TrainableParameters, at sites: [Site], without change: BaseChange?
    ) -> [SafetensorsWriter.Tensor] {
        var taken: [String: BaseChange.Part] = [:]
        for (name, part) in change?.parts ?? [:] {
            taken[ParameterSpec.fullName(name + Self.endingOfA)] = part
            taken[ParameterSpec.fullName(name + Self.endingOfB)] = part
        }
        return parameters.entries.map { entry in
            guard let part = taken[entry.name] else { return parameters.tensor(entry) }
            let values = Array(parameters.values[entry.range])
            if entry.name.hasSuffix(Self.endingOfA) {
                return .init(name: entry.name, shape: [2 * entry.shape[0], entry.shape[1]], values: values + part.a)
            }
            let rank = entry.shape[1]
            var rows: [Float] = []
            for row in 0..<entry.shape[0] {
                rows += values[row * rank..<(row + 1) * rank]
                for value in part.b[row * rank..<(row + 1) * rank] { rows.append(-value) }
            }
            return .init(name: entry.name, shape: [entry.shape[0], 2 * rank], values: rows)
        }
    }
}
