import SearchSpaces
import TrainerSettings

/// The figures that a trial has told of, for whoever looks in vain for one.
package struct FoundFigures {
    /// In the order in which they came first.
    package private(set) var names: [String] = []
    private var seen: Set<String> = []

    private static let most = 8

    package init(_ readings: [LineReader.Reading] = []) {
        for reading in readings { note(reading) }
    }

    package mutating func note(_ reading: LineReader.Reading) {
        guard case .figures(let found) = reading else { return }
        for name in found where seen.insert(name).inserted { names.append(name) }
    }

    /// What was there instead of a metric, with the nearest name.
    ///
    /// - Parameter whose: "its lines" say.
    package func words(lacking metric: String?, _ whose: String) -> String {
        guard !names.isEmpty else { return "none of \(whose) has a figure" }
        let listed = names.prefix(Self.most).joined(separator: ", ") + (names.count > Self.most ? ", ..." : "")
        return "\(whose) have \(listed)" + (metric.map { nearest(to: $0) } ?? "")
    }

    private func nearest(to metric: String) -> String {
        let hint = nearestHint(to: metric, among: names)
        guard hint.isEmpty else { return hint }
        // `accuracy` for `eval_accuracy`: no slip of the finger, and yet what is meant.
        let last = metric.split(whereSeparator: { "/_.".contains($0) }).last.map(String.init) ?? metric
        let akin = names.first { $0.split(whereSeparator: { "/_.".contains($0) }).last.map(String.init) == last }
        return akin.map { "; did you mean '\($0)'?" } ?? ""
    }
}
