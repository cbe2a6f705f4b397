import COpenBLAS

/// The linear algebra library, which is loaded when it is first needed.
package enum OpenBLAS {
    /// Loads it, to compute on one thread: sums in another order would be other numbers, and another study.
    ///
    package static func load() throws(StrategyError) {
        guard let problem = openblas_load() else { return }
        throw .noLinearAlgebra(String(cString: problem))
    }

    /// The version alone: "0.3.21"; nil: it cannot be loaded.
    package static var version: String? {
        text(openblas_get_config)?.split(separator: " ").first { $0.first?.isNumber == true }.map(String.init)
    }

    /// The processor core whose kernels it runs, as it names it ("Cooperlake"); nil: it cannot be loaded.
    package static var coreName: String? { text(openblas_get_corename) }

    private static func text(_ function: () -> UnsafeMutablePointer<CChar>?) -> String? {
        openblas_load() == nil ? function().map { String(cString: $0) } : nil
    }
}
