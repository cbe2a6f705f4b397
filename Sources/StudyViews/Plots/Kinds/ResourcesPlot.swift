import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// What trials cost against what they reach: memory, pace, size.
struct ResourcesPlot: PlotKind {
    let name = "resources"
    let summary = "memory, tokens a second and trainable parameters against the value"
    let options: Set<PlotOption> = [.states, .trials, .top, .metric, .scale]

    /// Of the built-in trainer's reports; other programs may report them under the same names.
    private static let figures: [(name: String, title: String, unit: Double)] = [
        ("peak_memory_bytes", "peak memory, MiB", 0x1p20), ("tokens_per_second", "tokens a second", 1),
        ("trainable_parameters", "trainable parameters", 1), ("train_seconds", "seconds of training", 1),
    ]

    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot {
        let metric = try source.figure(options)
        let trials = source.trials(options)
        let title = "What \(metric) costs"
        let placed = trials.filter { $0.state != .failed }.compactMap {
            trial -> (trial: Trial, report: Report, value: Double)? in
            guard let report = trial.best(source.history.goal), let value = source.value(metric, of: report), value.isFinite
            else {
                return nil
            }
            return (trial, report, value)
        }
        guard !placed.isEmpty else { return source.empty(name, title, trials, metric) }
        let value = ValueAxis(metric, placed.map(\.value), options.scale ?? .linear)
        var (panels, notes) = ([PlotPanel](), value.notes)
        for (figure, label, unit) in Self.figures {
            let points = placed.compactMap { trial, report, value -> (state: Trial.State, point: PlotPoint)? in
                guard let cost = report.figure(figure), cost.isFinite, cost > 0 else { return nil }
                let text = source.text(trial, "\(label) \(SettingValue.short(cost / unit))")
                return (trial.state, PlotPoint(x: cost / unit, y: value, trial: trial.id.number, text: text))
            }
            guard !points.isEmpty else {
                notes.append("no trial reports \(figure)")
                continue
            }
            let costs = points.map(\.point.x)
            let isWide = (costs.max() ?? 1) > 20 * (costs.min() ?? 1)
            var layers: [PlotLayer] = []
            for state in Trial.State.allCases {
                let kept = Thinning.dots(points.filter { $0.state == state }.map(\.point), atMost: 1000)
                guard !kept.isEmpty else { continue }
                let name = panels.isEmpty ? state.rawValue : ""
                layers.append(PlotLayer(name: name, mark: .dots(state.symbol), color: .state(state), points: kept))
            }
            if layers.reduce(0, { $0 + $1.points.count }) < points.count {
                notes.append("\(label): dots that lie under others are left out")
            }
            panels.append(
                PlotPanel(x: PlotAxis(title: label, scale: isWide ? .log : .linear), y: value.axis, layers: layers, height: 280)
            )
        }
        if panels.isEmpty { notes = ["nothing to see: " + notes.joined(separator: "; ")] }
        return Plot(
            kind: name, title: title, notes: notes, panels: panels,
            table: PlotTable(
                columns: ["trial", "state", metric] + Self.figures.map(\.title),
                rows: placed.map { trial, report, value in
                    ["\(trial.id)", trial.standing, SettingValue.short(value)]
                        + Self.figures.map { name, _, unit in
                            report.figure(name).map { SettingValue.short($0 / unit) } ?? ""
                        }
                }))
    }
}
