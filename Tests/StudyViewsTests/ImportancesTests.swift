import Foundation
import SearchSpaces
import Studies
import Testing
import TrainerSettings

@testable import StudyStore
@testable import StudyViews

/// Importances beside those that Optuna 5.0's evaluator gives (Benchmarks/fixtures/make_importance_fixtures.py).
@Suite struct ImportancesTests {
    private static let fixture: [String: SettingValue] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/importances.json").path
        return (try? JSONInput.object(file: path)) ?? [:]
    }()

    private static var functions: [String] { ["quadratic", "tuning", "conditional"] }

    private func function(_ name: String) throws -> (source: PlotSource, optunas: [String: Double]) {
        guard case .array(let functions)? = Self.fixture["functions"],
            case .object(let function)? = functions.first(where: { function in
                if case .object(let object) = function { object["name"] == .string(name) } else { false }
            }), case .object(let space)? = function["space"], case .array(let trials)? = function["trials"]
        else { throw WrongShape() }
        let parameters = try space.map { Parameter(name: $0, distribution: try Self.distribution($1)) }
        let rows = try trials.map { row -> ([String: SettingValue], Double) in
            guard case .array(let pair) = row, case .object(let values) = pair[0] else { throw WrongShape() }
            return (values, try #require(pair[1].number))
        }
        return (PlotSource.made(rows, SearchSpace(parameters)), try Self.numbers(function["importances"]))
    }

    private static func numbers(_ value: SettingValue?) throws -> [String: Double] {
        guard case .object(let object)? = value else { throw WrongShape() }
        return object.compactMapValues(\.number)
    }

    private static func distribution(_ value: SettingValue) throws -> Distribution {
        guard case .array(let parts) = value, let kind = parts[0].text else { throw WrongShape() }
        let limits = parts.dropFirst().compactMap(\.number)
        switch kind {
        case "categorical":
            guard case .array(let choices) = parts[1] else { throw WrongShape() }
            return .categorical(choices, probabilities: nil)
        case "int_uniform": return .intUniform(min: Int(limits[0]), max: Int(limits[1]))
        case "int_log_uniform": return .intLogUniform(min: Int(limits[0]), max: Int(limits[1]))
        case "q_uniform": return .quantizedUniform(min: limits[0], max: limits[1], q: limits[2])
        case "log_uniform": return .logUniform(min: limits[0], max: limits[1])
        default: return .uniform(min: limits[0], max: limits[1])
        }
    }

    private func expectEqual(_ found: Importances, _ optunas: [String: Double]) {
        #expect(found.parameters.count == optunas.count)
        for parameter in found.parameters {
            #expect(abs(parameter.importance - (optunas[parameter.name] ?? .nan)) < 1e-6, "\(parameter.name)")
        }
        #expect(found.parameters.map(\.name) == optunas.sorted { $0.value > $1.value }.map(\.key))
    }

    @Test(arguments: functions) func `importances are Optuna's on a test function`(name: String) throws {
        let (source, optunas) = try function(name)
        expectEqual(Importances(source, draws: 0), optunas)
    }

    @Test func `importances are Optuna's on the recorded table`() throws {
        guard case .object(let table)? = Self.fixture["table"] else { throw WrongShape() }
        let source = try PlotSource.recordedTable()
        #expect(source.history.trials.count == table["trials"]?.integer)
        expectEqual(Importances(source, draws: 0), try Self.numbers(table["importances"]))
    }

    @Test(arguments: functions) func `a parameter without effect is told as nothing, and one that matters is not`(name: String)
        throws
    {
        let importances = Importances(try function(name).source)
        let nothing = try #require(importances.parameters.first { $0.name == "nothing" })
        #expect(nothing.interval.lowerBound == 0 && !nothing.isClear)
        let first = importances.parameters[0]
        #expect(first.isClear && first.interval.contains(first.importance))
    }

    @Test func `a conditional parameter says on how many trials it rests`() throws {
        let (source, _) = try function("conditional")
        let importances = Importances(source, draws: 0)
        let momentum = try #require(importances.parameters.first { $0.name == "momentum" })
        let having = source.history.trials.count { $0.assignment["momentum"] != nil }
        #expect(momentum.trials == having && having < 200 && momentum.share == Double(having) / 200)
        #expect(importances.counted == 200 && importances.best == 20)
    }

    @Test func `few trials and no values are said in words`() throws {
        let space = SearchSpace([Parameter(name: "r", distribution: .intUniform(min: 1, max: 8))])
        #expect(Importances(PlotSource.made([], space)).problem?.contains("there are 0") == true)
        let few = Importances(PlotSource.made([(["r": .int(1)], 1), (["r": .int(2)], 2)], space))
        #expect(few.problem == nil && few.basis.contains("may lie as they do by luck"))
        #expect(few.parameters[0].interval.lowerBound == 0)
        let empty = Importances(PlotSource.made([([:], 1), ([:], 2)], SearchSpace([])))
        #expect(empty.problem?.contains("searches no parameter") == true)
    }
}

extension PlotSource {
    /// A study of trials that are complete with one report each.
    static func made(
        _ rows: [([String: SettingValue], Double)], _ space: SearchSpace, goal: Goal = .minimize, metric: String = "loss"
    ) -> PlotSource {
        let trials = rows.enumerated().map { number, row in
            RecordedTrial.made(number, .complete, row.0, [Report(iter: 1, step: 10, value: row.1)])
        }
        return made(trials, space, goal: goal, metric: metric)
    }

    static func made(
        _ trials: [RecordedTrial], _ space: SearchSpace, goal: Goal = .minimize, metric: String = "loss",
        otherMetrics: [Metric] = [], termination: EarlyTermination = .none, launches: [RecordedLaunch] = []
    ) -> PlotSource {
        let study = StudyRecord(
            name: "toy", metric: metric, goal: goal, spaceFile: "", spaceFileName: "s.yaml", folder: "/", seed: 7, runCap: 3,
            workers: 1, createdAt: 100, otherMetrics: otherMetrics)
        let specification = StudySpecification(
            name: "toy", metric: Metric(name: metric, goal: goal), earlyTermination: termination,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "/")
        return PlotSource(study, trials, specification, launches: launches)
    }

    /// The 300 trials of studies/minilm-movie-reviews with the first seed.
    static func recordedTable() throws -> PlotSource {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../studies/minilm-movie-reviews")
        let text = try String(contentsOf: folder.appending(path: "curves.jsonl"), encoding: .utf8)
        let lines = try text.split(separator: "\n").map {
            try JSONInput.decode([String: SettingValue].self, from: Data($0.utf8), of: "curves.jsonl")
        }.filter { $0["seed"] == .int(7) }
        let trials = try lines.enumerated().map { number, line -> RecordedTrial in
            guard case .object(let values)? = line["parameters"], case .array(let made)? = line["reports"] else {
                throw WrongShape()
            }
            let reports = made.enumerated().map { place, report -> Report in
                guard case .object(let figures) = report else { return Report(iter: place + 1, value: .nan) }
                return Report(
                    iter: place + 1, step: figures["step"]?.integer, value: figures["eval_accuracy"]?.number ?? .nan,
                    metrics: figures.compactMapValues(\.number))
            }
            return RecordedTrial.made(number, .complete, values, reports)
        }
        func choices(_ name: String) -> Distribution {
            let values = Set(trials.compactMap { $0.record.assignment[name] })
            return .categorical(values.sorted { $0.description < $1.description }, probabilities: nil)
        }
        let names = ["r", "alpha_over_r", "target_modules", "layers_to_transform"]
        let space = SearchSpace(
            names.map { Parameter(name: $0, distribution: choices($0)) } + [
                Parameter(name: "learning_rate", distribution: .logUniform(min: 3e-5, max: 3e-2)),
                Parameter(name: "lora_dropout", distribution: .uniform(min: 0, max: 0.1)),
            ])
        return made(trials, space, goal: .maximize, metric: "eval_accuracy")
    }
}

extension RecordedTrial {
    /// A trial that reported once a second.
    static func made(
        _ number: Int, _ state: Trial.State, _ values: [String: SettingValue], _ reports: [Report], error: String? = nil
    ) -> RecordedTrial {
        let record = TrialRecord(
            number: number, state: state, assignment: Assignment(values), launches: 1, startedAt: 100, seconds: 10, error: error
        )
        return RecordedTrial(record: record, reports: reports, reportedAt: reports.indices.map { 101 + Double($0) })
    }
}
