import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// The trials in the plane of two metrics, with those that none beats in all of them: a panel for the first metric with each other one.
struct FrontPlot: PlotKind {
    let name = "front"
    let summary = "several metrics against each other, with the trials that none beats in all"
    let options: Set<PlotOption> = [.states, .trials, .top]

    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot {
        let title = "The front of \(source.metrics.map(\.name).joined(separator: ", "))"
        guard source.history.hasSeveralMetrics else {
            return Plot(
                kind: name, title: title,
                notes: [
                    "nothing to see: the study is after one metric, \(source.study.metric), so that there is one best trial and no front"
                ])
        }
        let trials = source.trials(options)
        let goal = source.history.goal
        let placed = trials.filter { $0.state != .failed }.compactMap { trial -> (trial: Trial, values: [Double])? in
            guard let report = trial.best(goal) else { return nil }
            let values = source.history.values(of: report)
            return values.allSatisfy(\.isFinite) ? (trial, values) : nil
        }
        guard !placed.isEmpty else {
            return source.empty(name, title, trials, source.metrics.map(\.name).joined(separator: ", "))
        }
        let inPlay = Set(placed.map(\.trial.id))
        let front = source.history.front.filter { inPlay.contains($0.trial.id) }
        let onFront = Set(front.map(\.trial.id))
        let metrics = source.metrics
        var shown = 0
        let panels = metrics.indices.dropFirst().map { other in
            let (x, y) = (
                ValueAxis(metrics[0].name, placed.map { $0.values[0] }, .linear).axis,
                ValueAxis(metrics[other].name, placed.map { $0.values[other] }, .linear).axis
            )
            func point(_ trial: Trial, _ values: [Double]) -> PlotPoint {
                let text = zip(metrics, values).dropFirst().map { "\($0.name) \(SettingValue.short($1))" }
                return PlotPoint(
                    x: values[0], y: values[other], trial: trial.id.number,
                    text: source.text(trial, text.joined(separator: "\n")))
            }
            let others = Thinning.dots(placed.filter { !onFront.contains($0.trial.id) }.map { point($0.trial, $0.values) })
            let best = front.map { point($0.trial, source.history.values(of: $0.report)) }.sorted {
                ($0.x, $0.y) < ($1.x, $1.y)
            }
            shown = others.count + placed.count { onFront.contains($0.trial.id) }
            var layers = [
                PlotLayer(name: other == 1 ? "others" : "", mark: .dots(.ring), color: .muted, points: others),
                PlotLayer(name: other == 1 ? "on the front" : "", mark: .dots(.diamond), color: .accent, points: best),
            ]
            // With three metrics the front is no line in a plane of two.
            if metrics.count == 2 { layers.insert(PlotLayer(mark: .line(isBold: false), color: .accent, points: best), at: 0) }
            return PlotPanel(x: x, y: y, layers: layers, height: 400)
        }
        return Plot(
            kind: name, title: title,
            notes: Thinning.note(shown, of: placed.count, "dots are shown: the others lie under them"),
            panels: Array(panels),
            table: PlotTable(
                columns: ["trial", "on the front"] + metrics.map(\.name),
                rows: placed.sorted { onFront.contains($0.trial.id) && !onFront.contains($1.trial.id) }.map { trial, values in
                    ["\(trial.id)", onFront.contains(trial.id) ? "yes" : "no"] + values.map(SettingValue.short)
                }))
    }
}

extension PlotSource {
    /// The study's own first.
    var metrics: [Metric] { [metric] + history.otherMetrics }
}
