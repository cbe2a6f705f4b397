import Tensors
import TrainerSettings

/// What a trainer computes with, recorded with every report: speed and the last digits follow from it.
package struct Numerics: Sendable, Hashable, Codable {
    /// "bf16", the frozen base's; what the setting `auto` came to.
    package var precision: String
    /// The variant of the kernels, "avx512-bf16".
    package var kernels: String
    package var threads: Int

    package init(precision: String, kernels: String, threads: Int) {
        self.precision = precision
        self.kernels = kernels
        self.threads = threads
    }

    init(_ precision: Precision, threads: Int, kernels: Kernels = .current) {
        self.init(precision: precision.rawValue, kernels: kernels.name, threads: threads)
    }

    /// The first line of a trial's log; names a slower choice that the environment forced.
    package func line(environment: [String: String]) -> String {
        let forced = Kernels.isForced ? " (forced by AUTOLORA_KERNELS)" : ""
        let core = environment["OPENBLAS_CORETYPE"].map { " (forced by OPENBLAS_CORETYPE=\($0))" } ?? ""
        return "\(precision), kernels \(kernels)\(forced), \(threads) thread\(threads == 1 ? "" : "s"); "
            + "OpenBLAS \(BLAS.version), core \(BLAS.coreName)\(core)"
    }

    /// Why results may differ from an undisturbed run's in the last digits; nil where they cannot.
    func difference(from other: Numerics) -> String? {
        guard other != self else { return nil }
        return
            "goes on with \(precision), kernels \(kernels), \(threads) threads; the checkpoint was made with \(other.precision), "
            + "kernels \(other.kernels), \(other.threads) threads: results may differ in the last digits"
    }
}
