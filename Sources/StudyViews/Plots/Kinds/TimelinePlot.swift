import Studies
import StudyStore
import TrainerSettings

/// Who worked when: each process of a trial as a bar, on as few lines as there were at the same time.
struct TimelinePlot: PlotKind {
    let name = "timeline"
    let summary = "which trials ran when, beside each other: launches, promotions, retries"
    let options: Set<PlotOption> = [.states, .trials, .top]

    private static let mostBars = 1500

    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot {
        let title = "Launches over time"
        let trials = Dictionary(source.trials(options).map { ($0.id, $0) }) { first, _ in first }
        let isWhole = options.given.isEmpty
        let all = source.launches.filter { isWhole || trials[$0.trial] != nil }
        guard let start = all.first?.start else {
            return Plot(
                kind: name, title: title,
                notes: [
                    source.launches.isEmpty
                        ? "nothing to see: the study has no launches on record"
                        : "nothing to see: none of these trials was launched"
                ])
        }
        let end = all.map(\.end).max() ?? start
        let unit = Self.unit(end - start)
        // On one line nothing overlaps: what ran at the same time lies on several.
        var (free, bars) = ([Double](), [(launch: RecordedLaunch, line: Int)]())
        for launch in all {
            let line = free.firstIndex { $0 <= launch.start } ?? free.count
            if line == free.count { free.append(launch.end) } else { free[line] = launch.end }
            bars.append((launch, line))
        }
        let kept = bars.count > Self.mostBars ? Self.longest(bars) : bars
        let groups = Dictionary(grouping: kept) { $0.launch.group }
        let layers = Launched.allCases.flatMap { group -> [PlotLayer] in
            guard let own = groups[group] else { return [] }
            let points = own.map { launch, line in
                PlotPoint(
                    x: (launch.start - start) / unit.seconds, y: Double(line), low: (launch.start - start) / unit.seconds,
                    high: (launch.end - start) / unit.seconds, trial: launch.trial.number, text: launch.text)
            }
            return [PlotLayer(name: group.rawValue, mark: .spans, color: group.color, points: points)]
        }
        let marks = [(RecordedLaunch.Reason.promotion, PlotSymbol.triangle), (.again, .cross)].compactMap { reason, symbol in
            let own = kept.filter { $0.launch.reason == reason }
            guard !own.isEmpty else { return PlotLayer?.none }
            return PlotLayer(
                name: reason == .promotion ? "promoted" : "launched again", mark: .dots(symbol), color: .muted,
                points: own.map { launch, line in
                    PlotPoint(
                        x: (launch.start - start) / unit.seconds, y: Double(line), trial: launch.trial.number, text: launch.text
                    )
                })
        }
        let ticks = (0..<min(free.count, 16)).map { PlotTick(place: Double($0), label: String($0 + 1)) }
        return Plot(
            kind: name, title: title,
            notes: Thinning.note(
                kept.count, of: bars.count, "launches are shown, the longest: the others are too short to be seen"),
            panels: [
                PlotPanel(
                    x: PlotAxis(title: unit.name + " since the first launch"),
                    y: PlotAxis(
                        title: "at the same time", ticks: ticks, range: -0.6...(Double(free.count) - 0.4)),
                    layers: layers + marks, height: min(700, 160 + 26 * Double(free.count)))
            ],
            table: PlotTable(
                columns: ["trial", "why", "from", "to", "ended"],
                rows: bars.map { launch, _ in
                    [
                        "\(launch.trial)", launch.reason.words, TimeSpan.text(seconds: launch.start - start),
                        TimeSpan.text(seconds: launch.end - start), launch.group.rawValue,
                    ]
                }))
    }

    private static func longest(_ bars: [(launch: RecordedLaunch, line: Int)]) -> [(launch: RecordedLaunch, line: Int)] {
        let sorted = bars.sorted { $0.launch.end - $0.launch.start > $1.launch.end - $1.launch.start }
        return sorted.prefix(mostBars).sorted { $0.launch.start < $1.launch.start }
    }

    private static func unit(_ span: Double) -> (seconds: Double, name: String) {
        span > 3 * 3600 ? (3600, "hours") : span > 180 ? (60, "minutes") : (1, "seconds")
    }
}

/// How a launch ended.
private enum Launched: String, CaseIterable {
    case complete, paused, pruned, failed, running
    case cut = "cut off"

    var color: PlotColor {
        switch self {
        case .complete: .state(.complete)
        case .paused: .state(.paused)
        case .pruned: .state(.pruned)
        case .failed: .state(.failed)
        case .running: .state(.running)
        case .cut: .muted
        }
    }
}

extension RecordedLaunch {
    fileprivate var group: Launched {
        if isRunning { return .running }
        guard let state else { return .cut }
        return Launched(rawValue: state.rawValue) ?? .cut
    }

    fileprivate var text: String {
        "trial \(trial), \(reason.words)\n\(TimeSpan.text(seconds: end - start)), \(group.rawValue)"
    }
}

extension RecordedLaunch.Reason {
    fileprivate var words: String {
        switch self {
        case .first: "first launch"
        case .promotion: "promoted"
        case .again: "launched again"
        }
    }
}
