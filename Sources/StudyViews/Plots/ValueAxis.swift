import Glibc
import TrainerSettings

/// The axis of what trials reach: on a logarithmic one only what is above 0 has a place, and what lies far away from the rest is left out
/// of the picture, so that the rest can be seen.
struct ValueAxis {
    let axis: PlotAxis
    private(set) var notes: [String] = []

    /// - Parameter values: all that is shown.
    init(_ title: String, _ values: [Double], _ scale: PlotScale) {
        let finite = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }.sorted()
        let missing = values.count { $0.isFinite } - finite.count
        if missing > 0 {
            notes.append("\(missing) of \(values.count) values are not above 0 and have no place on a logarithmic axis")
        }
        guard let least = finite.first, let greatest = finite.last else {
            axis = PlotAxis(title: title.shortened(to: 60), scale: scale)
            return
        }
        let place = { (x: Double) in scale == .log ? log10(x) : x }
        let (low, high) = (place(least), place(greatest))
        let (tenth, last) = (place(finite[finite.count / 10]), place(finite[finite.count - 1 - finite.count / 10]))
        let most = max(4 * (last - tenth), 1e-12)
        var shown = low...high
        if finite.count >= 10, last > tenth, high - low > 3 * most {
            shown = max(low, tenth - most)...min(high, last + most)
            let beyond = finite.count { !shown.contains(place($0)) }
            notes.append(
                "\(beyond) of \(finite.count) values lie far outside, from \(SettingValue.short(least)) to "
                    + "\(SettingValue.short(greatest)), and are not in the picture")
        }
        let width = shown.upperBound - shown.lowerBound
        let margin = width > 0 ? width * 0.05 : max(abs(shown.lowerBound) * 0.05, 1e-6)
        let (first, end) = (shown.lowerBound - margin, shown.upperBound + margin)
        let range = scale == .log ? pow(10, first)...pow(10, end) : first...end
        axis = PlotAxis(title: title.shortened(to: 60), scale: scale, range: range)
    }
}
