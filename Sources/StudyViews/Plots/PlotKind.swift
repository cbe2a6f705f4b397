import TrainerSettings

/// A kind of plot, as `autolora plot --kind NAME` draws it and the dashboard shows it.
///
/// A new kind is a file in `Kinds/` and a line in ``PlotKinds/all``. It makes a ``Plot`` of a study; how that is rendered is not its
/// business.
package protocol PlotKind: Sendable {
    var name: String { get }
    /// What it shows, in a line.
    var summary: String { get }
    /// The options that change it; all others are refused before it is asked.
    var options: Set<PlotOption> { get }

    /// - Throws: ``StudyViewError`` for an option that names what the study does not have. A study with nothing to show is no error: the
    ///   plot is empty then, and its notes say why.
    func plot(_ source: PlotSource, _ options: PlotOptions) throws(StudyViewError) -> Plot
}

/// The kinds of plots that there are.
package enum PlotKinds {
    package static let all: [any PlotKind] = [
        HistoryPlot(), CurvesPlot(), ParallelPlot(), ImportancesPlot(), SlicePlot(), ContourPlot(), FrontPlot(), TimelinePlot(),
        ResourcesPlot(),
    ]

    package static func named(_ name: String) throws(StudyViewError) -> any PlotKind {
        if let kind = all.first(where: { $0.name == name }) { return kind }
        let names = all.map(\.name)
        throw StudyViewError(
            "there is no kind of plot '\(name)'\(nearestHint(to: name, among: names)); there are \(names.joined(separator: ", "))"
        )
    }

    /// - Throws: ``StudyViewError`` for an option that the kind does not take.
    package static func plot(
        _ kind: any PlotKind, of source: PlotSource, _ options: PlotOptions = PlotOptions()
    ) throws(StudyViewError) -> Plot {
        let strange = options.given.subtracting(kind.options).map(\.rawValue).sorted()
        guard strange.isEmpty else {
            let taken = kind.options.map(\.rawValue).sorted().joined(separator: ", ")
            throw StudyViewError(
                "\(strange.joined(separator: ", ")): a plot of kind \(kind.name) does not take \(strange.count == 1 ? "that" : "those")"
                    + (taken.isEmpty ? ", and no other option either" : "; it takes \(taken)"))
        }
        return try kind.plot(source, options)
    }
}
