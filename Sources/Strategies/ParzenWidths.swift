/// The widths of one numeric parameter's kernels, by rising place (Bergstra et al., 2011; as Optuna 5 has it).
///
/// A width is the larger gap to a neighbor, within (high - low) / min(100, 1 + K) and high - low, K being the number of
/// kernels with the prior's. The bounds are neighbors of a lone observation only.
struct ParzenWidths: Sendable {
    let low: Double
    let high: Double

    /// - Parameter places: rising, within the bounds.
    func sigmas(of places: [Double]) -> [Double] {
        let least = (high - low) / min(100, Double(places.count + 2))
        if places.count == 1 { return [min(max(places[0] - low, high - places[0], least), high - low)] }
        return places.indices.map { index in
            let left = index > 0 ? places[index] - places[index - 1] : 0
            let right = index + 1 < places.count ? places[index + 1] - places[index] : 0
            return min(max(left, right, least), high - low)
        }
    }
}
