import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// The value against each parameter by itself, with the mean and the range of each choice.
struct SlicePlot: PlotKind {
    let name = "slice"
    let summary = "the value against each parameter, with the mean and range of each choice"
    let options: Set<PlotOption> = [.states, .trials, .top, .parameters, .metric, .scale]

    private static let mostPanels = 12

    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot {
        let metric = try source.figure(options)
        let trials = source.trials(options)
        let values = source.ranked(trials).filter { $0.trial.state != .failed }.compactMap { trial, report in
            source.value(metric, of: report).flatMap { $0.isFinite ? (trial: trial, value: $0) : nil }
        }
        let title = "\(metric) by parameter"
        guard !values.isEmpty else { return source.empty(name, title, trials, metric) }
        let all = try source.axes(options)
        let axes = Array(all.prefix(Self.mostPanels))
        let value = ValueAxis(metric, values.map(\.value), options.scale ?? .linear)
        var (panels, rows, fewest) = ([PlotPanel](), [[String]](), values.count)
        for axis in axes {
            let placed = values.compactMap { trial, value in
                trial.assignment[axis.name].flatMap(axis.place).map { (trial: trial, place: $0, value: value) }
            }
            var layers: [PlotLayer] = []
            for state in Trial.State.allCases {
                let own = placed.filter { $0.trial.state == state }
                let points = own.map {
                    PlotPoint(x: $0.place, y: $0.value, trial: $0.trial.id.number, text: source.text($0.trial))
                }
                let kept = Thinning.dots(points, atMost: max(1, 800 * own.count / max(placed.count, 1)))
                fewest -= own.count - kept.count
                if !kept.isEmpty {
                    layers.append(
                        PlotLayer(
                            name: panels.isEmpty ? state.rawValue : "", mark: .dots(state.symbol), color: .state(state),
                            points: kept)
                    )
                }
            }
            guard !layers.isEmpty else { continue }
            let choices = axis.isDiscrete ? Self.choices(placed.map { ($0.place, $0.value) }) : []
            if !choices.isEmpty {
                layers.append(
                    PlotLayer(
                        name: panels.isEmpty ? "mean and range" : "", mark: .ranges, color: .series(3),
                        points: choices.map(\.point)))
            }
            rows += Self.rows(axis, placed.map { ($0.place, $0.value) }, choices)
            panels.append(PlotPanel(x: axis.axis, y: value.axis, layers: layers, height: 280))
        }
        guard !panels.isEmpty else {
            return Plot(
                kind: name, title: title, notes: ["nothing to see: none of these trials has a value of a searched parameter"])
        }
        var notes =
            value.notes
            + Thinning.note(
                axes.count, of: all.count, "parameters are shown; `parameters` names others")
        if fewest < values.count { notes.append("dots that lie under others are left out") }
        return Plot(
            kind: name, title: title, notes: notes, panels: panels,
            table: PlotTable(columns: ["parameter", "value", "trials", "mean", "least", "greatest"], rows: rows))
    }

    private struct Choice {
        let count: Int
        let point: PlotPoint
    }

    private static func choices(_ placed: [(place: Double, value: Double)]) -> [Choice] {
        Dictionary(grouping: placed, by: \.place).sorted { $0.key < $1.key }.map { place, group in
            let values = group.map(\.value)
            let mean = values.reduce(0, +) / Double(values.count)
            let (least, greatest) = (values.min() ?? mean, values.max() ?? mean)
            let text =
                "\(values.count) trial\(values.count == 1 ? "" : "s"): mean \(SettingValue.short(mean)), "
                + "\(SettingValue.short(least)) to \(SettingValue.short(greatest))"
            return Choice(count: values.count, point: PlotPoint(x: place, y: mean, low: least, high: greatest, text: text))
        }
    }

    /// A row a choice; of a range of numbers one a quarter.
    private static func rows(
        _ axis: ParameterAxis, _ placed: [(place: Double, value: Double)], _ choices: [Choice]
    ) -> [[String]] {
        var groups = choices.map { (axis.label(at: $0.point.x), $0) }
        if groups.isEmpty {
            let quarters = Dictionary(grouping: placed) { min(3, Int(axis.share(of: $0.place) * 4)) }
            groups = quarters.sorted { $0.key < $1.key }.flatMap { quarter, group in
                Self.choices(group.map { (Double(quarter), $0.value) }).map { (axis.label(ofQuarter: quarter), $0) }
            }
        }
        return groups.map { label, choice in
            [axis.name.shortened(to: 60), label, String(choice.count)]
                + [choice.point.y, choice.point.low, choice.point.high].map { SettingValue.short($0 ?? .nan) }
        }
    }
}
