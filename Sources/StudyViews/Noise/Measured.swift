import SearchSpaces
package import Studies
import TrainerSettings

/// A value beside its standard error, for people.
package enum Measured {
    /// "0.8542 ± 0.011"; without an error the value alone.
    package static func text(_ value: Double, _ error: Double?) -> String {
        SettingValue.short(value) + (error.map { " ± " + rounded($0) } ?? "")
    }

    /// One of a report's figures.
    package static func text(_ name: String, of report: Report) -> String {
        text(report.figure(name) ?? .nan, report.standardError(of: name))
    }

    /// Figures by name, such as the test split's: each with its error, which has no line of its own.
    package static func figures(_ figures: [String: Double]) -> [(name: String, text: String)] {
        let errors = Set(figures.keys.map { FigureName.standardError(of: $0) })
        return figures.filter { !errors.contains($0.key) }.sorted { $0.key < $1.key }.map { name, value in
            (name, text(value, figures[FigureName.standardError(of: name)]))
        }
    }

    /// With two significant digits: no more of an error is known.
    static func rounded(_ error: Double) -> String {
        guard error.isFinite, error > 0 else { return SettingValue.short(error) }
        var unit = 1.0
        while error / unit >= 100 { unit *= 10 }
        while error / unit < 10, unit > 1e-300 { unit /= 10 }
        let steps = (error / unit).rounded()
        return SettingValue.short(unit < 1 ? steps / (1 / unit).rounded() : steps * unit)
    }
}
