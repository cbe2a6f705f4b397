import Backbones
import Tensors
import TrainerSettings

/// What a trainer computes with, recorded with every report: speed and the last digits follow from it.
package struct Numerics: Sendable, Hashable, Codable, CustomStringConvertible {
    /// "bf16", the frozen base's; what the setting `auto` came to, or "quantized".
    package var precision: String
    /// The variant of the kernels, "avx512-bf16".
    package var kernels: String
    package var threads: Int

    package init(precision: String, kernels: String, threads: Int) {
        self.precision = precision
        self.kernels = kernels
        self.threads = threads
    }

    init(_ storage: WeightStorage, threads: Int) {
        self.init(precision: storage.name, kernels: storage.kernels.name, threads: threads)
    }

    /// "bf16, kernels avx512-bf16, 2 threads"
    package var description: String { "\(precision), kernels \(kernels), \(threads) thread\(threads == 1 ? "" : "s")" }

    /// The first line of a trial's log; names a slower choice that the environment forced.
    package func line(environment: [String: String]) -> String {
        let kernels =
            switch environment["AUTOLORA_KERNELS"] {
            case nil, "": ""
            case Kernels.current.name: Kernels.isForced ? " (kernels forced by AUTOLORA_KERNELS)" : ""
            case let unknown?: " (AUTOLORA_KERNELS=\(unknown) names none that this processor has)"
            }
        return "\(self)\(kernels)"
    }

    /// Why results will differ from an undisturbed run's, if only in the last digits; nil where they will not.
    func difference(from other: Numerics) -> String? {
        guard other != self else { return nil }
        let extent = precision == other.precision ? "in the last digits" : "by \(precision)'s rounding"
        return "goes on with \(self); the checkpoint was made with \(other): results may differ \(extent)"
    }
}
