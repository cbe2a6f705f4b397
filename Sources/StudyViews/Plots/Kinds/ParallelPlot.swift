import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// Each trial as a line over all parameters to its value (Inselberg, "The plane with parallel coordinates", 1985), the better the lighter.
struct ParallelPlot: PlotKind {
    let name = "parallel"
    let summary = "each trial as a line over all parameters to its value"
    let options: Set<PlotOption> = [.states, .trials, .top, .parameters]

    private static let mostLines = 400
    private static let shades = 8
    /// Where lines go whose trial does not have an axis's parameter: below its values.
    private static let unset = -0.1

    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot {
        let axes = try source.axes(options)
        let trials = source.trials(options)
        let ranked = source.ranked(trials).filter { $0.trial.state != .failed }
        let title = "Parameters and \(source.study.metric)"
        guard !ranked.isEmpty else { return source.empty(name, title, trials) }
        let values = ValueAxis(source.study.metric, ranked.map(\.report.value), .linear)
        let range = values.axis.range ?? 0...1
        let kept = Thinning.some(Array(ranked.indices), atMost: Self.mostLines)
        var unset: Set<Int> = []
        var lines: [[PlotPoint]] = Array(repeating: [], count: Self.shades)
        for place in kept.reversed() {
            let (trial, report) = ranked[place]
            let shade = Self.shades - 1 - place * Self.shades / ranked.count
            let text = source.text(trial)
            let height = (report.value - range.lowerBound) / (range.upperBound - range.lowerBound)
            let points = axes.enumerated().map { column, axis in
                let y = trial.assignment[axis.name].flatMap(axis.place).map(axis.share)
                if y == nil { unset.insert(column) }
                return PlotPoint(x: Double(column), y: y ?? Self.unset, trial: trial.id.number, text: text)
            }
            let end = PlotPoint(x: Double(axes.count), y: min(max(height, 0), 1), trial: trial.id.number, text: text)
            lines[shade] += points + [end, PlotPoint(x: .nan, y: .nan)]
        }
        let layers = lines.enumerated().filter { !$0.element.isEmpty }.map { shade, points in
            let name = shade == Self.shades - 1 ? "the best" : shade == 0 ? "the worst" : ""
            return PlotLayer(
                name: name, mark: .line(isBold: shade == Self.shades - 1),
                color: .scale(Double(shade) / Double(Self.shades - 1)), points: points)
        }
        return Plot(
            kind: name, title: title,
            notes: values.notes
                + Thinning.note(kept.count, of: ranked.count, "lines are shown: the best, and some of the others"),
            panels: [panel(axes, values.axis, range, layers, unset: unset)],
            table: PlotTable(
                columns: ["trial"] + axes.map(\.name) + [source.study.metric],
                rows: ranked.map { trial, report in
                    ["\(trial.id)"] + axes.map { trial.assignment[$0.name]?.label ?? "" } + [SettingValue.short(report.value)]
                }))
    }

    private func panel(
        _ axes: [ParameterAxis], _ value: PlotAxis, _ range: ClosedRange<Double>, _ lines: [PlotLayer], unset: Set<Int>
    ) -> PlotPanel {
        let places = (0...axes.count).map(Double.init)
        // A word beside one axis is not to lie on the next, nor on the one below it.
        let letters = max(4, Self.letters / (axes.count + 1))
        var words = axes.enumerated().flatMap { column, axis in
            Self.apart(axis.ticks.map { (axis.share(of: $0.place), $0.label) }).map { y, label in
                PlotPoint(x: Double(column), y: y, text: label.shortened(to: letters))
            }
        }
        words += unset.sorted().map { PlotPoint(x: Double($0), y: Self.unset, text: letters < 7 ? "unset" : "not set") }
        words += Ticks.linear(range, about: 5).map { tick in
            PlotPoint(
                x: Double(axes.count), y: (tick - range.lowerBound) / (range.upperBound - range.lowerBound),
                text: SettingValue.short(tick))
        }
        let names = (axes.map(\.name) + [value.title]).map { $0.shortened(to: 20) }
        let ticks = zip(places, names).map { PlotTick(place: $0, label: $1) }
        return PlotPanel(
            x: PlotAxis(title: "", ticks: ticks, range: -0.2...(Double(axes.count) + 0.5)),
            y: PlotAxis(title: "", ticks: [], range: (unset.isEmpty ? -0.04 : Self.unset - 0.04)...1.04),
            layers: [PlotLayer(mark: .guides, color: .muted, points: places.map { PlotPoint(x: $0, y: 0) })] + lines
                + [PlotLayer(mark: .words, color: .muted, points: words)],
            height: 420)
    }

    /// Letters for which there is room across the plot.
    private static let letters = 130
    /// From one word to the next along an axis.
    private static let line = 0.035

    private static func apart(_ ticks: [(place: Double, label: String)]) -> [(place: Double, label: String)] {
        ticks.reduce(into: []) { kept, tick in
            if kept.last.map({ abs(tick.place - $0.place) >= line }) ?? true { kept.append(tick) }
        }
    }
}

extension PlotSource {
    /// The axes of the parameters that an option names; of all that are searched where it names none.
    ///
    /// - Throws: ``StudyViewError`` for a name that the space does not have.
    func axes(_ options: PlotOptions) throws(StudyViewError) -> [ParameterAxis] {
        let names = space.parameters.map(\.name)
        if let strange = options.parameters.first(where: { !names.contains($0) }) {
            throw StudyViewError(
                "parameters: study '\(study.name)' has no parameter '\(strange)'\(nearestHint(to: strange, among: names)); it has "
                    + names.joined(separator: ", "))
        }
        let wanted =
            options.parameters.isEmpty
            ? space.parameters.filter { $0.distribution.count != 1 } : options.parameters.compactMap { space[$0] }
        return wanted.map(ParameterAxis.init)
    }
}
