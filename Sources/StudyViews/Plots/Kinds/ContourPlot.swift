import Glibc
import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// The value over two parameters: each field has the mean of the trials around it, the near ones weighing more.
struct ContourPlot: PlotKind {
    let name = "contour"
    let summary = "the value over two parameters"
    let options: Set<PlotOption> = [.states, .trials, .top, .parameters, .metric]

    private static let fields = 24

    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot {
        let metric = try source.figure(options)
        guard options.parameters.isEmpty || options.parameters.count == 2 else {
            throw StudyViewError(
                "parameters: a contour is over two, found \(options.parameters.count): give two, as r,learning_rate")
        }
        var axes = try source.axes(options)
        let trials = source.trials(options)
        let title = "\(metric) over two parameters"
        guard axes.count > 1 else {
            return Plot(kind: name, title: title, notes: ["nothing to see: the study searches fewer than two parameters"])
        }
        if options.parameters.isEmpty, axes.count > 2 { axes = try Self.mostImportant(axes, source, options) }
        let (x, y) = (axes[0], axes[1])
        let values = source.ranked(trials).filter { $0.trial.state != .failed }.compactMap { trial, report -> Placed? in
            guard let value = source.value(metric, of: report), value.isFinite,
                let column = trial.assignment[x.name].flatMap(x.place), let row = trial.assignment[y.name].flatMap(y.place)
            else { return nil }
            return Placed(trial: trial, x: column, y: row, value: value)
        }
        guard !values.isEmpty else { return source.empty(name, title, trials, metric) }
        let scale = ValueAxis(metric, values.map(\.value), .linear)
        let range = scale.axis.range ?? 0...1
        func shade(_ value: Double) -> Double {
            let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
            return source.history.goal == .maximize ? share : 1 - share
        }
        let dots = values.map { placed in
            PlotPoint(
                x: placed.x, y: placed.y, value: shade(placed.value), trial: placed.trial.id.number,
                text: source.text(placed.trial, "\(metric) \(SettingValue.short(placed.value))"))
        }
        let kept = Thinning.dots(dots, atMost: 1000)
        return Plot(
            kind: name, title: "\(metric) over \(x.name.shortened(to: 40)) and \(y.name.shortened(to: 40))",
            notes: ["lighter is better; a field is the mean of the trials around it, and empty where there are none"]
                + scale.notes
                + Thinning.note(kept.count, of: dots.count, "dots are shown: the others lie under them"),
            panels: [
                PlotPanel(
                    x: x.axis, y: y.axis,
                    layers: [
                        Self.cells(values, x, y, shade, metric),
                        PlotLayer(name: "trials", mark: .dots(.circle), color: .muted, points: kept),
                    ], height: 460)
            ],
            table: PlotTable(
                columns: ["trial", x.name, y.name, metric],
                rows: values.map {
                    ["\($0.trial.id)", x.label(at: $0.x), y.label(at: $0.y), SettingValue.short($0.value)]
                }))
    }

    private struct Placed {
        let trial: Trial
        let x: Double
        let y: Double
        let value: Double
    }

    private static func mostImportant(
        _ axes: [ParameterAxis], _ source: PlotSource, _ options: PlotOptions
    ) throws(StudyViewError) -> [ParameterAxis] {
        let importances = Importances(source, options.only([.states, .trials, .metric]), draws: 0)
        let ordered = importances.parameters.compactMap { found in
            axes.first { $0.name == found.name }.map { (axis: $0, importance: found.importance) }
        }
        let trials = source.trials(options)
        var best = (axes: Array(axes.prefix(2)), merit: 0.0)
        for (second, other) in ordered.enumerated() {
            for one in ordered[..<second] {
                // What few trials have tells of these alone.
                let merit = (one.importance + other.importance) * Double(shared(one.axis, other.axis, trials))
                if merit > best.merit { best = ([one.axis, other.axis], merit) }
            }
        }
        return best.axes
    }

    /// How many trials have both of two parameters; 0 where one of them has a single value in these, as what another hangs on has.
    private static func shared(_ one: ParameterAxis, _ other: ParameterAxis, _ trials: [Trial]) -> Int {
        let both = trials.filter { $0.assignment[one.name] != nil && $0.assignment[other.name] != nil }
        return [one, other].allSatisfy { axis in Set(both.map { $0.assignment[axis.name] }).count > 1 } ? both.count : 0
    }

    /// Trials are first counted into fields, so that many cost little more than few.
    private static func cells(
        _ values: [Placed], _ x: ParameterAxis, _ y: ParameterAxis, _ shade: (Double) -> Double, _ metric: String
    ) -> PlotLayer {
        let (columns, rows) = (x.edges(fields), y.edges(fields))
        let (width, height) = (columns.count - 1, rows.count - 1)
        var sums = [Double](repeating: 0, count: width * height)
        var counts = sums
        for placed in values {
            let column = min(max(Int(x.share(of: placed.x) * Double(width)), 0), width - 1)
            let row = min(max(Int(y.share(of: placed.y) * Double(height)), 0), height - 1)
            sums[row * width + column] += placed.value
            counts[row * width + column] += 1
        }
        let filled = counts.indices.filter { counts[$0] > 0 }
        let points = (0..<width * height).map { cell -> PlotPoint in
            let (column, row) = (cell % width, cell / width)
            var (sum, weight) = (0.0, 0.0)
            for other in filled {
                let across = Double(other % width - column) / Double(width) * (x.isOfChoices ? 8 : 1)
                let up = Double(other / width - row) / Double(height) * (y.isOfChoices ? 8 : 1)
                let near = exp(-(across * across + up * up) / (2 * 0.09 * 0.09))
                sum += near * sums[other]
                weight += near * counts[other]
            }
            let mean = weight > 0.05 ? sum / weight : .nan
            return PlotPoint(
                x: (columns[column] + columns[column + 1]) / 2, y: (rows[row] + rows[row + 1]) / 2,
                value: mean.isFinite ? shade(mean) : nil,
                text: mean.isFinite ? "about \(metric) \(SettingValue.short(mean))" : "")
        }
        return PlotLayer(mark: .cells(columns: columns, rows: rows), color: .muted, points: points)
    }
}

extension ParameterAxis {
    /// Of fields: one a choice.
    fileprivate func edges(_ most: Int) -> [Double] {
        let count = isOfChoices ? min(parameter.distribution.count ?? most, most) : most
        let width = (bounds.upperBound - bounds.lowerBound) / Double(count)
        return (0...count).map { bounds.lowerBound + Double($0) * width }
    }
}
