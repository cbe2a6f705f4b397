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

    /// What a pattern took for the metric though it is no number; nil: there was nothing of the kind.
    package static func held(_ readings: [LineReader.Reading]) -> String? {
        let texts = readings.compactMap { if case .noNumber(let text) = $0 { text } else { nil } }
        guard let text = texts.first else { return nil }
        let shown = text.count > longestText ? text.prefix(longestText) + "..." : text[...]
        let advice =
            text.contains(",") && text.contains(where: \.isNumber)
            ? "numbers have a point and no commas (0.5, 1234.5)" : "let the group take the number alone, as ([-+.0-9e]+) does"
        return "metric_pattern matches, but what its group holds is no number: '\(shown)'; \(advice)"
    }

    private static let longestText = 60

    /// What was there instead of a metric, with the nearest name.
    ///
    /// - Parameter whose: "its lines" say.
    package func words(lacking metric: String?, _ whose: String) -> String {
        guard !names.isEmpty else { return "none of \(whose) has a figure" }
        let listed = names.prefix(Self.most).joined(separator: ", ") + (names.count > Self.most ? ", ..." : "")
        guard let metric else {
            return "\(whose) have \(listed), none of which seems to tell how well a trial does; name the metric: "
                + "metric: {name: ..., goal: ...}"
        }
        return "\(whose) have \(listed)" + nearest(to: metric)
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
