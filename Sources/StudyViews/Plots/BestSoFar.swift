import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// Several studies' best value so far, against what it took.
package enum BestSoFar {
    /// - Parameters:
    ///   - sources: of one metric; others are left out, which a note says.
    ///   - progress: trials, reports or steps that were made in all, or seconds since the study's first trial.
    package static func plot(_ sources: [PlotSource], by progress: PlotProgress) -> Plot {
        let metric = sources.first?.metric
        let alike = sources.filter { $0.metric.name == metric?.name && $0.metric.goal == metric?.goal }
        let lines = alike.map { (source: $0, points: points($0, progress)) }
        let title = "Best \(metric?.name ?? "value") so far, by \(progress == .seconds ? "seconds" : progress.rawValue + "s")"
        let others = sources.count - alike.count
        let notes =
            others > 0 ? ["\(others) of \(sources.count) studies are after another metric and are not in the picture"] : []
        let axis = ValueAxis(metric?.name ?? "", lines.flatMap { $0.points.map(\.y) }, .linear)
        let layers = lines.enumerated().filter { !$0.element.points.isEmpty }.flatMap { place, line in
            PlotLayer.line(
                name: line.source.study.name, mark: .steps, color: .series(place),
                points: Thinning.evenly(line.points, atMost: 2000))
        }
        guard !layers.isEmpty else {
            return Plot(kind: "comparison", title: title, notes: notes + ["nothing to see: no trial has reported a number yet"])
        }
        let name = progress == .seconds ? "seconds since the first trial" : progress.rawValue + "s in all"
        return Plot(
            kind: "comparison", title: title, notes: notes + axis.notes,
            panels: [PlotPanel(x: PlotAxis(title: name, isWhole: progress != .seconds), y: axis.axis, layers: layers)],
            table: PlotTable(
                columns: ["study", name, "best \(metric?.name ?? "value") so far"],
                rows: lines.flatMap { source, points in
                    points.map { [source.study.name, SettingValue.short($0.x), SettingValue.short($0.y)] }
                }))
    }

    /// In the order in which reports came; where the best changes, and the end.
    private static func points(_ source: PlotSource, _ progress: PlotProgress) -> [PlotPoint] {
        struct Made {
            let at: Double
            let trial: Trial
            let place: Int
        }
        let made = source.history.trials.filter { $0.state != .failed && source.history.isFeasible($0) }.flatMap { trial in
            let times = source.records[trial.id.number]?.reportedAt ?? []
            return trial.reports.indices.map { Made(at: $0 < times.count ? times[$0] : 0, trial: trial, place: $0) }
        }.sorted { ($0.at, $0.trial.id, $0.place) < ($1.at, $1.trial.id, $1.place) }
        let start = source.records.values.compactMap(\.record.startedAt).min() ?? made.first?.at ?? 0
        var (line, best, steps) = ([PlotPoint](), Double.nan, 0.0)
        var seen: Set<Trial.ID> = []
        for (count, report) in made.enumerated() {
            let reports = report.trial.reports
            let before = report.place > 0 ? reports[report.place - 1].step ?? 0 : 0
            steps += Double(max(0, (reports[report.place].step ?? 0) - before))
            seen.insert(report.trial.id)
            let value = reports[report.place].value
            let isBetter = source.history.goal.prefers(value, to: best)
            guard isBetter || count + 1 == made.count, isBetter || best.isFinite else { continue }
            if isBetter { best = value }
            let x: Double =
                switch progress {
                case .trial: Double(seen.count)
                case .report: Double(count + 1)
                case .step: steps
                case .seconds: report.at - start
                }
            line.append(
                PlotPoint(
                    x: x, y: best, trial: report.trial.id.number,
                    text: "\(source.study.name)\n\(source.metric.name) \(SettingValue.short(best)) by trial \(report.trial.id)")
            )
        }
        return line
    }
}
