import SearchSpaces
import Studies
import StudyStore
import TrainerSettings

/// How each trial's metric went, with the rungs at which trials were compared.
struct CurvesPlot: PlotKind {
    let name = "curves"
    let summary = "each trial's reports, with the rungs"
    let options: Set<PlotOption> = [.states, .trials, .top, .metric, .progress, .scale]

    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot {
        let metric = try source.figure(options)
        let progress = options.progress ?? .report
        guard progress != .trial else { throw StudyViewError("x: curves go by report, step or seconds, not by trial") }
        let trials = source.trials(options)
        // Those without a value too: their curves may tell why.
        let ranked = source.ranked(trials).map(\.trial)
        let others = Set(ranked.map(\.id))
        let all = (ranked + trials.filter { !others.contains($0.id) }).filter { !$0.reports.isEmpty }
        let kept = Thinning.some(all, atMost: Thinning.mostCurves)
        let curves = kept.map { (trial: $0, points: Self.points($0, metric, progress, source)) }.filter { !$0.points.isEmpty }
        let title = "\(metric) by \(progress.rawValue)"
        guard !curves.isEmpty else { return source.empty(name, title, trials, metric) }
        let most = max(2, Thinning.mostCurvePoints / curves.count)
        let longest = curves.map(\.points.count).max() ?? 0
        let axis = ValueAxis(metric, curves.flatMap { $0.points.map(\.y) }, options.scale ?? .linear)
        let best = options.metric == nil ? ranked.first { $0.state != .failed }?.id : nil
        var layers: [PlotLayer] = []
        for state in Trial.State.allCases {
            let own = curves.filter { $0.trial.state == state && $0.trial.id != best }
            guard !own.isEmpty else { continue }
            layers += PlotLayer.line(
                name: state.rawValue, mark: .line(isBold: false), color: .state(state),
                points: own.flatMap { Thinning.evenly($0.points, atMost: most) + [PlotPoint(x: .nan, y: .nan)] })
        }
        if let winner = curves.first(where: { $0.trial.id == best }) {
            layers += PlotLayer.line(
                name: "best: trial \(winner.trial.id)", mark: .line(isBold: true), color: .series(2),
                points: Thinning.evenly(winner.points, atMost: most))
        }
        let rungs = Self.rungs(source, progress, all)
        if !rungs.isEmpty { layers.insert(PlotLayer(name: "rungs", mark: .guides, color: .muted, points: rungs), at: 0) }
        var notes = axis.notes + Thinning.note(kept.count, of: all.count, "curves are shown: the best, and some of the others")
        if longest > most { notes.append("of longer curves \(most) points each are shown") }
        if rungs.isEmpty, !source.milestones.isEmpty {
            notes.append("rungs are counted in reports and have no one place by \(progress.rawValue)")
        }
        return Plot(
            kind: name, title: title, notes: notes,
            panels: [
                PlotPanel(x: PlotAxis(title: progress.rawValue, isWhole: progress != .seconds), y: axis.axis, layers: layers)
            ],
            table: Self.table(curves, metric, progress))
    }

    private static func points(
        _ trial: Trial, _ metric: String, _ progress: PlotProgress, _ source: PlotSource
    ) -> [PlotPoint] {
        let seconds = progress == .seconds ? source.seconds(of: trial) : []
        return trial.reports.enumerated().compactMap { place, report in
            let x: Double? =
                switch progress {
                case .step: report.step.map(Double.init)
                case .seconds: place < seconds.count ? seconds[place] : nil
                case .report, .trial: Double(report.iter)
                }
            guard let x, let y = source.value(metric, of: report) else { return nil }
            return PlotPoint(
                x: x, y: y.isFinite ? y : .nan, trial: trial.id.number,
                text: "trial \(trial.id), report \(report.iter)\n\(metric) \(SettingValue.short(y))")
        }
    }

    /// By step where all trials make a rung's report at one step.
    private static func rungs(_ source: PlotSource, _ progress: PlotProgress, _ trials: [Trial]) -> [PlotPoint] {
        let last = trials.map(\.iter).max() ?? 0
        return source.milestones.filter { $0 <= last }.compactMap { rung in
            var place = Double(rung)
            switch progress {
            case .report: break
            case .step:
                let steps = Set(trials.compactMap { trial in trial.reports.first { $0.iter == rung }?.step })
                guard steps.count == 1, let step = steps.first else { return nil }
                place = Double(step)
            case .seconds, .trial: return nil
            }
            return PlotPoint(x: place, y: 0, text: "rung at report \(rung)")
        }
    }

    private static func table(
        _ curves: [(trial: Trial, points: [PlotPoint])], _ metric: String, _ progress: PlotProgress
    ) -> PlotTable {
        PlotTable(
            columns: ["trial", "state", progress.rawValue, metric],
            rows: curves.flatMap { trial, points in
                points.map { ["\(trial.id)", trial.standing, SettingValue.short($0.x), SettingValue.short($0.y)] }
            })
    }
}
