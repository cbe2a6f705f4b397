import SearchSpaces
package import TrainerSettings

extension Importances {
    /// What they rest on, in a sentence.
    package var basis: String {
        let others = trials - counted
        let rest = others > 0 ? "; \(others) other\(others == 1 ? " has" : "s have") no value that counts" : ""
        let warning = best < Self.few ? "; so few may lie as they do by luck: 50 trials are a good start" : ""
        let winners = best == 1 ? "the best of \(counted) trials lies" : "the best \(best) of \(counted) trials lie"
        return "how differently \(winners) from all of them, by \(metric)\(rest)\(warning)"
    }

    /// For people: a line a parameter.
    package var text: String {
        if let problem { return "no importances: \(problem)" }
        let rows = [["parameter", "share", "90 % interval", "trials", ""]] + parameters.map(\.row)
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = row.enumerated().map { $1.padded(widths[$0], left: $0 == 1 || $0 == 3) }.joined(separator: "  ")
            return String(cells.reversed().drop { $0 == " " }.reversed())
        }
        return (lines + [basis]).joined(separator: "\n")
    }

    var table: PlotTable {
        PlotTable(columns: ["parameter", "share", "90 % interval", "trials", "note"], rows: parameters.map(\.row))
    }

    package var json: SettingValue {
        .object([
            "study": .string(study), "metric": .string(metric), "method": .string("ped-anova"),
            "quantile": .double(Self.quantile), "trials": .int(counted), "best": .int(best), "of": .int(trials),
            "problem": .text(problem),
            "parameters": .array(
                parameters.map {
                    .object([
                        "name": .string($0.name), "importance": .double($0.importance),
                        "interval": .array([.double($0.interval.lowerBound), .double($0.interval.upperBound)]),
                        "clear": .bool($0.isClear), "trials": .int($0.trials), "share": .double($0.share),
                    ])
                }),
        ])
    }
}

extension Importances.Importance {
    fileprivate var row: [String] {
        [
            name.printable.shortened(to: 40), Self.percent(importance),
            "\(Self.percent(interval.lowerBound)) to \(Self.percent(interval.upperBound))",
            share < 1 ? "\(trials) (\(Self.percent(share)))" : "\(trials)",
            isClear ? "" : "may be nothing: chance alone comes to as much",
        ]
    }

    var text: String {
        let words = isClear ? "" : "\nmay be nothing: chance alone comes to as much"
        return
            "\(name): \(Self.percent(importance)), \(Self.percent(interval.lowerBound)) to \(Self.percent(interval.upperBound))"
            + "\non \(trials) trials" + words
    }

    private static func percent(_ share: Double) -> String {
        let number = share * 100
        return number > 0 && number < 10 ? "\((number * 10).rounded() / 10) %" : "\(Int(number.rounded())) %"
    }
}

extension Importances {
    /// - Throws: ``StudyViewError`` for a metric that no trial reports.
    package static func of(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Importances {
        _ = try source.figure(options)
        return Importances(source, options)
    }
}
