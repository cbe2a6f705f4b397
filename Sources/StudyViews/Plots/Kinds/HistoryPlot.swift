import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// Each trial's value, and the best so far.
struct HistoryPlot: PlotKind {
    let name = "history"
    let summary = "each trial's value and the best so far"
    let options: Set<PlotOption> = [.states, .trials, .top, .metric, .scale]

    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot {
        let metric = try source.figure(options)
        let trials = source.trials(options)
        let points = trials.compactMap { trial -> (trial: Trial, value: Double)? in
            guard let report = trial.best(source.history.goal), let value = source.value(metric, of: report), value.isFinite
            else {
                return nil
            }
            return (trial, value)
        }
        let title = "\(metric) by trial"
        guard !points.isEmpty else { return source.empty(name, title, trials, metric) }
        let axis = ValueAxis(metric, points.map(\.value), options.scale ?? .linear)
        var (dots, shown) = ([PlotLayer](), 0)
        for state in Trial.State.allCases {
            let own = points.filter { $0.trial.state == state }.map { trial, value in
                PlotPoint(x: Double(trial.id.number), y: value, trial: trial.id.number, text: source.text(trial))
            }
            let kept = Thinning.dots(own, atMost: max(1, Thinning.mostDots * own.count / points.count))
            shown += kept.count
            if !kept.isEmpty {
                dots.append(PlotLayer(name: state.rawValue, mark: .dots(state.symbol), color: .state(state), points: kept))
            }
        }
        let best = options.metric == nil ? Self.best(points, source) : []
        let line = PlotLayer(name: "best so far", mark: .steps, color: .series(2), points: best)
        let x = PlotAxis(title: "trial", range: Self.around(points.map { Double($0.trial.id.number) }), isWhole: true)
        return Plot(
            kind: name, title: title,
            notes: axis.notes + Thinning.note(shown, of: points.count, "dots are shown: the others lie under them"),
            panels: [PlotPanel(x: x, y: axis.axis, layers: dots + (best.isEmpty ? [] : [line]))],
            table: PlotTable(
                columns: ["trial", "state", metric],
                rows: points.map { ["\($0.trial.id)", $0.trial.standing, SettingValue.short($0.value)] }))
    }

    /// Where the best changes, and the end. Failed trials and those that break a constraint are never the best.
    private static func best(_ points: [(trial: Trial, value: Double)], _ source: PlotSource) -> [PlotPoint] {
        var (line, best) = ([PlotPoint](), Double.nan)
        for (trial, value) in points where trial.state != .failed && source.history.isFeasible(trial) {
            guard source.history.goal.prefers(value, to: best) else { continue }
            best = value
            line.append(
                PlotPoint(
                    x: Double(trial.id.number), y: value, trial: trial.id.number,
                    text: "best so far: " + source.text(trial)))
        }
        if let last = points.last?.trial.id.number, var end = line.last {
            end.x = Double(last)
            line.append(end)
        }
        return line
    }

    static func around(_ places: [Double]) -> ClosedRange<Double>? {
        guard let low = places.min(), let high = places.max() else { return nil }
        let margin = max((high - low) * 0.02, 0.5)
        return (low - margin)...(high + margin)
    }
}

extension PlotSource {
    /// The figure that an option names; the study's metric where it names none.
    ///
    /// - Throws: ``StudyViewError`` for one that no trial reports.
    func figure(_ options: PlotOptions) throws(StudyViewError) -> String {
        guard let name = options.metric, name != study.metric else { return study.metric }
        guard !history.trials.contains(where: { $0.reports.contains { $0.figure(name) != nil } }) else { return name }
        let known = figureNames
        throw StudyViewError(
            "metric: no trial of study '\(study.name)' reports '\(name)'\(nearestHint(to: name, among: known)); there are "
                + known.joined(separator: ", "))
    }

    /// All that trials report, by name.
    package var figureNames: [String] {
        Set(history.trials.flatMap { $0.reports.last.map { Array($0.metrics.keys) } ?? [] } + [study.metric]).sorted()
    }

    func value(_ figure: String, of report: Report) -> Double? {
        figure == study.metric ? report.value : report.figure(figure)
    }

    /// A plot with nothing in it, and why.
    func empty(_ kind: String, _ title: String, _ trials: [Trial], _ figure: String? = nil) -> Plot {
        let reason =
            history.trials.isEmpty
            ? "the study has no trials yet"
            : trials.isEmpty
                ? "none of its \(history.trials.count) trials is among those that were asked for"
                : "none of \(trials.count) trials has reported a number for \(figure ?? study.metric) yet"
        return Plot(kind: kind, title: title, notes: ["nothing to see: \(reason)"])
    }
}
