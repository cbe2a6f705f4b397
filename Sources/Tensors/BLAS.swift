import COpenBLAS
import Synchronization

/// The linear algebra library that is linked, and how many threads training uses.
package enum BLAS {
    /// The processor core whose kernels OpenBLAS runs, as it names it ("Cooperlake").
    package static var coreName: String { text(openblas_get_corename()) }

    /// The library's version and build options, in one line.
    package static var configuration: String { text(openblas_get_config()) }

    /// The version alone: "0.3.21".
    package static var version: String {
        configuration.split(separator: " ").first { $0.first?.isNumber == true }.map(String.init) ?? "unknown"
    }

    /// Threads that share a training step; what the library was told by its environment until ``setThreads(_:)``.
    package static var threads: Int {
        let chosen = chosenThreads.load(ordering: .relaxed)
        return chosen > 0 ? chosen : max(1, Int(openblas_get_num_threads()))
    }

    /// A batch is split by sequences over this many threads; inside each, products run on that thread alone.
    package static func setThreads(_ count: Int) {
        chosenThreads.store(max(1, count), ordering: .relaxed)
        openblas_set_num_threads(1)
    }

    private static let chosenThreads = Atomic<Int>(0)

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        pointer.map { String(cString: $0) } ?? "unknown"
    }
}
