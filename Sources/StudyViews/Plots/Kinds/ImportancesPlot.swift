import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// How much each parameter tells whether a trial is among the best.
struct ImportancesPlot: PlotKind {
    let name = "importances"
    let summary = "how much each parameter tells whether a trial is among the best"
    let options: Set<PlotOption> = [.states, .trials, .metric]

    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot {
        _ = try source.figure(options)
        let importances = Importances(source, options)
        let found = Array(importances.parameters.prefix(30))
        let title = "Importance for \(options.metric ?? source.study.metric)"
        guard importances.problem == nil, !found.isEmpty else {
            return Plot(kind: name, title: title, notes: ["nothing to see: \(importances.problem ?? "nothing is searched")"])
        }
        let bars = found.enumerated().map { row, parameter in
            PlotPoint(
                x: parameter.importance, y: Double(found.count - 1 - row), low: parameter.interval.lowerBound,
                high: parameter.interval.upperBound, text: parameter.text)
        }
        let ticks = found.enumerated().map { PlotTick(place: Double(found.count - 1 - $0), label: $1.name.shortened(to: 24)) }
        return Plot(
            kind: name, title: title,
            notes: [importances.basis]
                + Thinning.note(found.count, of: importances.parameters.count, "parameters are shown, the most important"),
            panels: [
                PlotPanel(
                    x: PlotAxis(title: "share", range: 0...1),
                    y: PlotAxis(title: "", ticks: ticks, range: -0.6...(Double(found.count) - 0.4)),
                    layers: [PlotLayer(mark: .bars, color: .accent, points: bars)],
                    height: 120 + 34 * Double(found.count))
            ], table: importances.table)
    }
}
