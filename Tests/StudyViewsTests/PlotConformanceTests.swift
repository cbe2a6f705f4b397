import Foundation
import FoundationXML
import SearchSpaces
import Studies
import Testing
import TrainerSettings

@testable import StudyStore
@testable import StudyViews

/// What every kind of plot has to do, on studies of every kind.
@Suite struct PlotConformanceTests {
    private static let kinds = PlotKinds.all.map(\.name)

    private static let hostile = "</script><script>alert(1)</script>\u{1B}[31m\"'&\u{202E}\n"

    private static let space = SearchSpace([
        Parameter(name: "rate", distribution: .logUniform(min: 1e-5, max: 1e-1)),
        Parameter(
            name: "kind",
            distribution: .categorical([.string("a"), .string("b"), .array([.string("c"), .int(1)])], probabilities: nil)),
        Parameter(
            name: "depth", distribution: .intUniform(min: 1, max: 30),
            condition: .init(parameter: "kind", values: [.string("a")])),
    ])

    private enum Kind: String, CaseIterable {
        case empty, ordinary, several, failed, hostile, strange
    }

    private static func source(_ kind: Kind) -> PlotSource {
        switch kind {
        case .empty: PlotSource.made([RecordedTrial](), space)
        case .ordinary:
            PlotSource.made(
                trials(40), space, termination: .asha(.init(eta: 3, minimum: 1, maximum: 9)), launches: launches(40))
        case .several:
            PlotSource.made(
                trials(20), space,
                otherMetrics: [Metric(name: "peak_memory_bytes", goal: .minimize), Metric(name: "loss2", goal: .minimize)])
        case .failed:
            PlotSource.made((0..<3).map { RecordedTrial.made($0, .failed, ["rate": .double(1e-3)], [], error: "boom") }, space)
        case .hostile:
            PlotSource.made(
                (0..<12).map { number in
                    RecordedTrial.made(
                        number, .complete,
                        [hostile: .string(hostile + String(number % 3)), "x": .string(String(repeating: "y", count: 100_000))],
                        [Report(iter: 1, value: Double(number), metrics: [hostile: 1, "peak_memory_bytes": 2])])
                }, SearchSpace([]), metric: hostile)
        // NaN, infinities, one value alone, values that the space does not have, steps that go back.
        case .strange:
            PlotSource.made(
                [
                    RecordedTrial.made(
                        0, .running, ["rate": .double(-1), "kind": .string("z")],
                        [Report(iter: 1, step: 5, value: .nan), Report(iter: 2, step: 1, value: .infinity)]),
                    RecordedTrial.made(1, .paused, [:], [Report(iter: 1, value: 1e300), Report(iter: 2, value: -1e300)]),
                    RecordedTrial.made(2, .waiting, ["depth": .int(7)], []),
                ], space)
        }
    }

    static func trials(_ count: Int, reports: Int = 9) -> [RecordedTrial] {
        let states: [Trial.State] = [.complete, .pruned, .complete, .paused, .failed]
        return (0..<count).map { number in
            var generator = SeededGenerator(5, number)
            let values = space.sample(using: &generator).values
            let made = (1...reports).map { iter in
                let loss = 1 + 1 / Double(iter) + generator.unit()
                return Report(
                    iter: iter, step: iter * 10, value: loss,
                    metrics: [
                        "loss2": generator.unit(), "peak_memory_bytes": 1e8 * (1 + generator.unit()), "tokens_per_second": 900,
                        "trainable_parameters": 1e4 * Double(1 + number % 7),
                    ])
            }
            return RecordedTrial.made(number, states[number % 5], values, made)
        }
    }

    private static func launches(_ count: Int) -> [RecordedLaunch] {
        (0..<count).map {
            RecordedLaunch(
                trial: Trial.ID($0), reason: $0 % 4 == 0 ? .promotion : .first, start: Double($0 / 2 * 10),
                end: Double($0 / 2 * 10 + 9), state: .complete,
                isRunning: false)
        }
    }

    /// Points of lines that have no point beside them, and no dot.
    private static func unseen(_ panel: PlotPanel) -> [PlotPoint] {
        let dots = panel.layers.filter { if case .dots = $0.mark { true } else { false } }.flatMap(\.points)
        return panel.layers.filter { [.line(isBold: true), .line(isBold: false), .steps].contains($0.mark) }.flatMap { layer in
            let points = [PlotPoint(x: .nan, y: .nan)] + layer.points + [PlotPoint(x: .nan, y: .nan)]
            return layer.points.indices.map { $0 + 1 }.filter { place in
                points[place].y.isFinite && !points[place - 1].y.isFinite && !points[place + 1].y.isFinite
                    && !dots.contains { $0.x == points[place].x && $0.y == points[place].y }
            }.map { points[$0] }
        }
    }

    @Test(arguments: kinds) func `a plot of any study is sound`(name: String) throws {
        let kind = try PlotKinds.named(name)
        #expect(kind.name == name && !kind.summary.isEmpty)
        for source in Kind.allCases {
            let plot = try PlotKinds.plot(kind, of: Self.source(source))
            #expect(plot.kind == name && !plot.title.isEmpty)
            #expect(!plot.panels.isEmpty || plot.notes.contains { $0.hasPrefix("nothing to see: ") }, "\(source)")
            #expect(plot.table.rows.allSatisfy { $0.count == plot.table.columns.count })
            for panel in plot.panels { #expect(panel.layers.contains { !$0.points.isEmpty }, "\(source)") }
            for panel in plot.panels { #expect(Self.unseen(panel).isEmpty, "\(source)") }
            let svg = plot.svg()
            let parser = XMLParser(data: Data(svg.utf8))
            #expect(parser.parse(), "\(source): \(parser.parserError.map { "\($0)" } ?? "")")
            #expect(!svg.contains("nan") && !svg.contains("inf"), "\(source)")
            for theme in PlotTheme.allCases {
                let text = JSONWriter.text(plot.json(theme), .page)
                #expect(throws: Never.self) { try JSONInput.check(Data(text.utf8), of: "plot") }
                #expect(!text.contains("NaN") && !text.contains("Infinity"))
            }
        }
    }

    @Test(arguments: kinds) func `nothing of a study is markup or a command`(name: String) throws {
        let plot = try PlotKinds.plot(PlotKinds.named(name), of: Self.source(.hostile))
        let svg = plot.svg()
        let page = PlotPage(title: Self.hostile, plots: [plot]).html("// plotly.js v0 </script>")
        for text in [svg, page] {
            #expect(!text.contains("<script>alert"))
            #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
        }
        // Scripts of our own alone end: plotly's, the two of data, and the one that draws.
        let ends = page.components(separatedBy: "</script>").count - 1
        #expect(ends == (plot.panels.isEmpty ? 0 : 4))
        // What plotly takes for HTML.
        let json = JSONWriter.text(plot.json(.dark), .page)
        guard case .object(let whole) = plot.json(.dark), let plotly = whole["plotly"] else { throw WrongShape() }
        #expect(!JSONWriter.text(plotly, .page).contains("<script") && json.utf8.count < 2_000_000)
    }

    @Test(arguments: kinds) func `an option that a kind does not take is refused, and a filter leaves what it says`(
        name: String
    ) throws {
        let kind = try PlotKinds.named(name)
        for option in Set(PlotOption.allCases).subtracting(kind.options) {
            var options = PlotOptions()
            try options.set(option, Self.example(option))
            let error = #expect(throws: StudyViewError.self) { try PlotKinds.plot(kind, of: Self.source(.ordinary), options) }
            #expect(error?.description.contains(option.rawValue) == true)
        }
        guard kind.options.contains(.trials) else { return }
        var options = PlotOptions()
        options.trials = [0, 2, 5]
        let points = try PlotKinds.plot(kind, of: Self.source(.ordinary), options).panels.flatMap(\.layers).flatMap(\.points)
        #expect(Set(points.compactMap(\.trial)).isSubset(of: [0, 2, 5]))
    }

    @Test func `the guide has each kind with its options`() throws {
        let guide = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/report.md")
        let lines = try String(contentsOf: guide, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
        for kind in PlotKinds.all {
            let line = try #require(lines.first { $0.hasPrefix("| `\(kind.name)` |") }, "\(kind.name)")
            let options = line.split(separator: "|").last.map(String.init) ?? ""
            let words = options.split(separator: ",").map { $0.filter { $0 != " " } }
            #expect(Set(words) == Set(kind.options.map(\.rawValue)), "\(kind.name)")
        }
    }

    private static func example(_ option: PlotOption) -> String {
        switch option {
        case .states: "complete"
        case .trials: "1,2"
        case .top: "0.5"
        case .parameters: "rate,kind"
        case .metric: "loss2"
        case .progress: "step"
        case .scale: "log"
        }
    }

    @Test func `what is asked for and is not there is named with what there is`() throws {
        let cases: [([String: String], String)] = [
            (["colour": "red"], "they have states"), (["states": "done"], "found 'done'"),
            (["trials": "-1"], "trials' numbers"),
            (["top": "0"], "above 0"), (["x": "epoch"], "trial, report, step, seconds"), (["y": "sqrt"], "linear or log"),
        ]
        for (query, words) in cases {
            let error = #expect(throws: StudyViewError.self) { try PlotOptions(query: query) }
            #expect(error?.description.contains(words) == true, "\(query)")
        }
        let source = Self.source(.ordinary)
        for (kind, query, words) in [
            ("slice", ["parameters": "rat"], "did you mean 'rate'"), ("curves", ["metric": "los2"], "did you mean 'loss'"),
            ("contour", ["parameters": "rate"], "over two"), ("curves", ["x": "trial"], "by report, step or seconds"),
        ] {
            let error = #expect(throws: StudyViewError.self) {
                try PlotKinds.plot(PlotKinds.named(kind), of: source, PlotOptions(query: query))
            }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "no error")")
        }
        let error = #expect(throws: StudyViewError.self) { try PlotKinds.named("histroy") }
        #expect(error?.description.contains("did you mean 'history'") == true)
    }
}
