import Glibc

/// The Matern-5/2 correlation of squared distances.
enum Matern {
    /// (1 + a + a^2 / 3) exp(-a), a = sqrt(5 d); and its slope by d.
    @inline(__always)
    static func correlation(_ squaredDistance: Double) -> (value: Double, slope: Double) {
        let a = (5 * max(squaredDistance, 0)).squareRoot()
        let decay = exp(-a)
        return ((1 + a + a * a / 3) * decay, -5.0 / 6 * (1 + a) * decay)
    }
}
