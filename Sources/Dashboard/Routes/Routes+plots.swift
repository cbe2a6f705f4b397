import Hummingbird
import StudyStore
import StudyViews
import TrainerSettings

extension Routes {
    /// A study's plots, and several studies in one.
    func addPlots(to router: Pages) {
        router.get("/api/studies/:study/plots/:kind") { request, context in
            let kind = try context.parameters.require("kind")
            let answer = try await follower(context).answer("plot \(kind)?\(request.uri.query ?? "")") { follower, store in
                var query = request.query
                let theme = PlotTheme(rawValue: query.removeValue(forKey: "theme") ?? "") ?? .light
                // Beside each other; on a phone there is room for one.
                let columns = query.removeValue(forKey: "columns").flatMap { Int($0) }.map { min(max($0, 1), 4) }
                let plotKind = try PlotKinds.named(kind)
                let options = try PlotOptions(query: query).only(plotKind.options)
                let source = try follower.plotSource(store, withLaunches: kind == "timeline")
                return try PlotKinds.plot(plotKind, of: source, options).json(theme, columns: columns)
            }
            return Reply.text(answer, type: "application/json")
        }
        router.get("/api/compare") { request, _ in
            let query = request.query
            let names = (query["studies"] ?? "").split(separator: ",").map { String($0).fromURL }.prefix(8)
            var sources: [PlotSource] = []
            for name in names {
                sources.append(try await library.follower(name).look { try $0.plotSource($1, withLaunches: false) })
            }
            let progress = try PlotOptions(query: ["x": query["x"] ?? "trial"]).progress ?? .trial
            return Reply.json(BestSoFar.plot(sources, by: progress).json(PlotTheme(rawValue: query["theme"] ?? "") ?? .light))
        }
    }
}

extension StudyFollower {
    func plotSource(_ store: StudyStore, withLaunches: Bool) throws -> PlotSource {
        let launches =
            withLaunches ? RecordedLaunch.all(of: try store.events(), isRun: StudyLock.holder(of: folder) != nil) : []
        return PlotSource(try trials(), try specification(), launches: launches)
    }
}
