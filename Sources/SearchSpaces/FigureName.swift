/// The names of figures, for which `eval/loss` and `eval_loss` are one.
package enum FigureName {
    /// The same text for all spellings of a name.
    package static func key(_ name: String) -> String { name.replacing("/", with: "_") }

    package static func isSame(_ a: String, _ b: String) -> Bool { key(a) == key(b) }

    /// Figures by the names that the study has for them; a name that is spelled as the study does comes before one that is not.
    package static func known(_ numbers: [String: Double], _ names: [String]) -> [String: Double] {
        var known = numbers
        for name in names where known[name] == nil {
            guard let spelling = spelling(of: name, among: numbers) else { continue }
            known[name] = known.removeValue(forKey: spelling)
        }
        return known
    }

    /// How a figure is spelled that is there under another spelling alone.
    package static func spelling(of name: String, among numbers: [String: Double]) -> String? {
        let key = key(name)
        return numbers.keys.filter { Self.key($0) == key }.min()
    }

    /// Whether a figure tells of a program's progress and pace rather than of what it has reached.
    package static func isBookkeeping(_ name: String) -> Bool {
        let last = name.split(whereSeparator: { "/._".contains($0) }).last.map { $0.lowercased() } ?? ""
        return [
            "step", "steps", "epoch", "epochs", "iter", "iteration", "time", "timestamp", "runtime", "second", "seconds", "lr",
            "norm",
        ]
        .contains(last) || name.hasSuffix("learning_rate")
    }
}
