import Foundation
import SearchSpaces
import Studies
import Testing
import TrainerSettings

@testable import StudyStore
@testable import StudyViews

/// What the kinds of plots show.
@Suite struct PlotTests {
    private let space = SearchSpace([
        Parameter(name: "rate", distribution: .logUniform(min: 1e-4, max: 1e-1)),
        Parameter(name: "kind", distribution: .categorical([.string("a"), .string("b")], probabilities: nil)),
    ])

    private func trial(
        _ number: Int, _ values: [Double], _ state: Trial.State = .complete, kind: String = "a", rate: Double = 1e-2
    ) -> RecordedTrial {
        let reports = values.enumerated().map { place, value in
            Report(iter: place + 1, step: (place + 1) * 10, value: value, metrics: ["peak_memory_bytes": 0x3p20])
        }
        return RecordedTrial.made(number, state, ["rate": .double(rate), "kind": .string(kind)], reports)
    }

    private func plot(_ kind: String, _ source: PlotSource, _ query: [String: String] = [:]) throws -> Plot {
        try PlotKinds.plot(PlotKinds.named(kind), of: source, PlotOptions(query: query))
    }

    private func layer(_ name: String, _ plot: Plot) throws -> PlotLayer {
        try #require(plot.panels.flatMap(\.layers).first { $0.name == name })
    }

    @Test func `history has every trial by its state and the best so far`() throws {
        let source = PlotSource.made(
            [trial(0, [3, 2]), trial(1, [1], .failed), trial(2, [5], .pruned), trial(3, [1.5, 1.8])], space)
        let plot = try plot("history", source)
        #expect(try layer("complete", plot).points.map(\.y) == [2, 1.5])
        #expect(try layer("failed", plot).points.map(\.x) == [1])
        // A failed trial is never the best.
        #expect(try layer("best so far", plot).points.map { [$0.x, $0.y] } == [[0, 2], [3, 1.5], [3, 1.5]])
    }

    @Test func `curves have rungs at their reports and steps, and the best stands out`() throws {
        let source = PlotSource.made(
            [trial(0, [3, 2, 1]), trial(1, [4], .pruned)], space, termination: .asha(.init(eta: 3, minimum: 1, maximum: 9)))
        let byReport = try plot("curves", source)
        #expect(try layer("rungs", byReport).points.map(\.x) == [1, 3])
        #expect(try layer("best: trial 0", byReport).points.map(\.x) == [1, 2, 3])
        let byStep = try plot("curves", source, ["x": "step"])
        #expect(try layer("rungs", byStep).points.map(\.x) == [10, 30])
        #expect(try layer("best: trial 0", byStep).points.map(\.x) == [10, 20, 30])
        let bySeconds = try plot("curves", source, ["x": "seconds"])
        #expect(try layer("best: trial 0", bySeconds).points.map(\.x) == [1, 2, 3])
        #expect(bySeconds.notes.contains { $0.contains("rungs") })
        #expect(try plot("curves", source, ["y": "log"]).panels[0].y.scale == .log)
        let dots = byReport.panels[0].layers.filter { $0.mark == .dots(.circle) }
        #expect(dots.flatMap(\.points).map(\.y) == [4] && dots.map(\.name) == ["pruned"])
    }

    @Test func `an axis that counts has whole numbers alone`() throws {
        let few = PlotSource.made([trial(0, [30, 20]), trial(1, [10])], space)
        for plot in [try plot("history", few), try plot("curves", few), BestSoFar.plot([few], by: .trial)] {
            #expect(
                plot.panels[0].x.isWhole && JSONWriter.text(plot.json(.light), .page).contains(#""dtick":1"#), "\(plot.kind)")
            #expect(!plot.svg().contains(">0.5<") && !plot.svg().contains(">1.5<"), "\(plot.kind)")
        }
        #expect(!(try plot("curves", few, ["x": "seconds"]).panels[0].x.isWhole))
    }

    @Test func `slice tells the mean and the range of each choice`() throws {
        let source = PlotSource.made([trial(0, [1]), trial(1, [3]), trial(2, [7], kind: "b")], space)
        let plot = try plot("slice", source)
        let kind = try #require(plot.panels.first { $0.x.title == "kind" })
        let ranges = try #require(kind.layers.first { $0.mark == .ranges })
        #expect(ranges.points.map { [$0.x, $0.y, $0.low ?? 0, $0.high ?? 0] } == [[0, 2, 1, 3], [1, 7, 7, 7]])
        #expect(plot.table.rows.contains(["kind", "a", "2", "2", "1", "3"]))
        // On the logarithm, as in the space.
        let rate = try #require(plot.panels.first { $0.x.title == "rate" })
        #expect(rate.layers.flatMap(\.points).allSatisfy { abs($0.x + 2) < 1e-9 })
        #expect(
            rate.x.ticks?.map(\.label) == [
                "0.0001", "0.0002", "0.0005", "0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1",
            ])
    }

    @Test func `the front has the trials that none beats`() throws {
        func trial(_ number: Int, _ loss: Double, _ memory: Double) -> RecordedTrial {
            RecordedTrial.made(
                number, .complete, ["kind": .string("a")], [Report(iter: 1, value: loss, metrics: ["memory": memory])])
        }
        let source = PlotSource.made(
            [trial(0, 1, 9), trial(1, 2, 4), trial(2, 3, 5)], space, otherMetrics: [Metric(name: "memory", goal: .minimize)])
        let plot = try plot("front", source)
        #expect(try layer("on the front", plot).points.map { [$0.x, $0.y] } == [[1, 9], [2, 4]])
        #expect(try layer("others", plot).points.map(\.trial) == [2])
    }

    @Test func `launches are told from promotions and retries, and lie on as many lines as ran at once`() throws {
        func event(_ at: Double, _ event: RecordedEvent) -> TimedEvent { TimedEvent(number: Int(at), at: at, event: event) }
        let (one, two) = (Trial.ID(0), Trial.ID(1))
        let launches = RecordedLaunch.all(
            of: [
                event(1, .began(runCap: 2)), event(2, .added(one, milestone: 1)), event(3, .added(two, milestone: nil)),
                event(4, .reported(one, iter: 1)), event(5, .settled(one, .paused)), event(6, .launched(one, milestone: nil)),
                event(8, .reported(two, iter: 1)),
                // The controller died after 8.
                event(20, .began(runCap: 2)), event(21, .launched(one, milestone: nil)), event(25, .settled(one, .complete)),
                event(26, .launched(two, milestone: nil)),
            ], isRun: true)
        #expect(launches.map(\.trial) == [one, two, one, one, two])
        #expect(launches.map(\.reason) == [.first, .first, .promotion, .again, .again])
        #expect(launches.map(\.end) == [5, 8, 8, 25, 26])
        #expect(launches.map(\.state) == [.paused, nil, nil, .complete, nil])
        #expect(launches.map(\.isRunning) == [false, false, false, false, true])
        let source = PlotSource.made([trial(0, [1]), trial(1, [2])], space, launches: launches)
        let plot = try plot("timeline", source)
        #expect(Set(plot.panels[0].layers.filter { $0.mark == .spans }.flatMap(\.points).map(\.y)) == [0, 1])
        #expect(try layer("promoted", plot).points.map(\.trial) == [0])
        #expect(try layer("launched again", plot).points.map(\.trial) == [0, 1])
    }

    @Test func `resources are in the units that people read`() throws {
        let plot = try plot("resources", PlotSource.made([trial(0, [1]), trial(1, [2])], space))
        #expect(plot.panels.map(\.x.title) == ["peak memory, MiB"])
        #expect(plot.panels[0].layers.flatMap(\.points).allSatisfy { $0.x == 3 })
        #expect(plot.notes.contains("no trial reports tokens_per_second"))
    }

    @Test func `a value far from all others leaves the rest to be seen, and is told of`() throws {
        let trials = (0..<20).map { trial($0, [1 + Double($0) / 100]) } + [trial(20, [1e30])]
        let plot = try plot("history", PlotSource.made(trials, space))
        #expect(try #require(plot.panels[0].y.range).upperBound < 10)
        #expect(plot.notes.contains { $0.contains("1 of 21 values") })
    }

    @Test func `parallel lines go by a place of its own where a parameter is not there`() throws {
        let source = PlotSource.made(
            [
                trial(0, [1]), RecordedTrial.made(1, .complete, ["kind": .string("b")], [Report(iter: 1, value: 2)]),
            ], space)
        let lines = try plot("parallel", source).panels[0].layers.filter {
            $0.mark == .line(isBold: false) || $0.mark == .line(isBold: true)
        }
        let points = lines.flatMap(\.points)
        #expect(try #require(points.first { $0.trial == 1 && $0.x == 0 }).y < -0.05)
        let words = try #require(try plot("parallel", source).panels[0].layers.last { $0.mark == .words })
        #expect(words.points.filter { $0.text == "not set" }.map(\.x) == [0])
        #expect(
            try #require(plot("parallel", source).panels[0].y.range).contains(points.map(\.y).filter(\.isFinite).min() ?? 0))
        let whole = points.first { $0.trial == 0 && $0.x == 0 }
        #expect(whole.map { abs($0.y - 2.0 / 3) < 1e-9 } == true)
    }

    @Test func `words beside the axes of many parameters have room, and an SVG names every axis`() throws {
        let names = (0..<14).map { "group\($0).learning_rate" }
        let many = SearchSpace(names.map { Parameter(name: $0, distribution: .logUniform(min: 1e-5, max: 1e-1)) })
        let values = Dictionary(uniqueKeysWithValues: names.map { ($0, SettingValue.double(1e-3)) })
        let trials = (0..<3).map { RecordedTrial.made($0, .complete, values, [Report(iter: 1, value: Double($0))]) }
        let plot = try plot("parallel", PlotSource.made(trials, many))
        let words = plot.panels[0].layers.filter { $0.mark == .words }.flatMap(\.points)
        for column in 0..<14 {
            let heights = words.filter { $0.x == Double(column) }.map(\.y).sorted()
            #expect(zip(heights, heights.dropFirst()).allSatisfy { $1 - $0 >= 0.0349 })
        }
        #expect(words.allSatisfy { $0.text.count <= 9 })
        let svg = plot.svg()
        for name in names { #expect(svg.contains(name.shortened(to: 20)), "\(name)") }
        #expect(svg.contains("rotate(-30"))
    }

    @Test func `a contour is by default not over a parameter and the one that it hangs on`() throws {
        let nested = SearchSpace([
            Parameter(name: "type", distribution: .categorical([.string("full"), .string("lora")], probabilities: nil)),
            Parameter(
                name: "full.rate", distribution: .uniform(min: 0, max: 1),
                condition: .init(parameter: "type", values: [.string("full")])),
            Parameter(name: "size", distribution: .intUniform(min: 1, max: 8)),
        ])
        let trials = (0..<40).map { number in
            var values: [String: SettingValue] = [
                "type": .string(number % 2 == 0 ? "full" : "lora"), "size": .int(1 + number % 8),
            ]
            if number % 2 == 0 { values["full.rate"] = .double(Double(number) / 40) }
            let value = number % 2 == 0 ? 1 - abs(Double(number) / 40 - 0.3) : 0.1
            return RecordedTrial.made(number, .complete, values, [Report(iter: 1, value: value)])
        }
        let columns = try plot("contour", PlotSource.made(trials, nested)).table.columns
        #expect(Set(columns.dropFirst().prefix(2)) != ["type", "full.rate"] && columns.count == 4)
    }

    @Test func `studies are compared by what it took`() throws {
        let slow = PlotSource.made([trial(0, [3, 2]), trial(1, [5, 1])], space)
        let plot = BestSoFar.plot([slow], by: .step)
        #expect(plot.panels[0].layers[0].points.map { [$0.x, $0.y] } == [[10, 3], [30, 2], [40, 1]])
        #expect(BestSoFar.plot([slow], by: .trial).panels[0].layers[0].points.map(\.x) == [1, 2, 2])
        #expect(BestSoFar.plot([], by: .trial).panels.isEmpty)
    }

    @Test(.timeLimit(.minutes(5))) func `a large study is thinned, which its plots say`() throws {
        let trials = PlotConformanceTests.trials(2_000, reports: 30)
        let source = PlotSource.made(trials, space)
        for kind in PlotKinds.all where kind.name != "importances" && kind.name != "contour" {
            let plot = try PlotKinds.plot(kind, of: source)
            let points = plot.panels.flatMap(\.layers).reduce(0) { $0 + $1.points.count }
            #expect(points <= 25_000, "\(kind.name)")
        }
        let curves = try plot("curves", source)
        #expect(curves.notes.contains { $0.contains("150 of 2000 curves") })
        #expect(curves.table.rows.count == 1000 && curves.notes.contains { $0.contains("the first 1000 of") })
    }
}
