import FoundationEssentials
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct EarlyStoppingTests {
    private struct Golden: Decodable {
        let values: [Double]
        let patience: Int
        let threshold: Double
        let greater: Bool
        let evaluations: Int?
    }

    private static func rule(patience: Int, threshold: Double, greater: Bool) throws -> EarlyStopping {
        var settings = TrainerSettings()
        (settings.earlyStoppingPatience, settings.earlyStoppingThreshold) = (patience, threshold)
        return try #require(EarlyStopping(settings, goal: MetricGoal(name: "eval_x", greaterIsBetter: greater)))
    }

    /// After each evaluation transformers' callback was asked whether training goes on (Benchmarks/fixtures/make_loop_fixtures.py).
    @Test func `a run ends where transformers' callback ends it`() throws {
        let all = try JSONInput.read([Golden].self, file: TinyModel.here + "/Fixtures/loop/stops.json")
        #expect(all.count > 60 && all.contains { $0.evaluations == nil } && all.contains { $0.evaluations == 3 })
        for golden in all {
            let rule = try Self.rule(patience: golden.patience, threshold: golden.threshold, greater: golden.greater)
            let end = (1...golden.values.count).first { rule.isOver(golden.values.prefix($0)) }
            #expect(end == golden.evaluations, "\(golden)")
        }
    }

    @Test func `what is no number is no gain, and the first evaluation has nothing to be better than`() throws {
        let rule = try Self.rule(patience: 2, threshold: 0, greater: true)
        #expect(!rule.isOver([]) && !rule.isOver([.nan]) && !rule.isOver([.nan, .nan]))
        #expect(rule.isOver([.nan, .nan, .nan]) && !rule.isOver([.nan, .nan, 0.5, .infinity]))
        #expect(rule.isOver([0.5, .nan, .infinity]))
        #expect(EarlyStopping(TrainerSettings(), goal: MetricGoal(name: "x", greaterIsBetter: true)) == nil)
    }

    /// A threshold that no gain exceeds: the first evaluation, and as many as patience allows.
    private func settings(_ model: TinyModel, patience: Int = 2) throws -> TrainerSettings {
        try model.settings([
            "max_steps": .int(40), "eval_steps": .int(4), "early_stopping_patience": .int(patience),
            "early_stopping_threshold": .int(1000),
        ])
    }

    @Test func `a trial stops itself, says so in its last report, and keeps the adapter of its best`() throws {
        let model = try TinyModel()
        var reports: [TrainingReport] = []
        let trainer = try model.trainer(settings(model), metric: MetricGoal(name: "loss", greaterIsBetter: false))
        var adapters: [Data?] = []
        let outcome = try trainer.run(report: {
            reports.append($0)
            adapters.append(model.folder.contents("out/adapter/adapter_model.safetensors"))
        })
        #expect(outcome == .stoppedEarly && reports.map(\.step) == [4, 8, 12])
        #expect(reports.map(\.stoppedEarly) == [nil, nil, true])
        #expect(reports[2].line.contains(#""stopped_early": 1"#) && !reports[1].line.contains("stopped_early"))
        let best = reports.indices.min { reports[$0].loss < reports[$1].loss }
        #expect(try adapters.last == adapters[#require(best)] && adapters.allSatisfy { $0 != nil })
    }

    @Test(arguments: [1, 2, 3]) func `resumed anywhere, it ends where an undisturbed one does`(stop: Int) throws {
        let model = try TinyModel()
        let settings = try settings(model)
        var whole: [Figures] = []
        _ = try model.trainer(settings, output: model.folder.path + "/whole").run(report: { whole.append(Figures($0)) })
        var parts: [Figures] = []
        let first = try model.trainer(settings, stopAfter: stop).run(report: { parts.append(Figures($0)) })
        #expect(first == (stop == 3 ? .stoppedEarly : .stopped))
        #expect(try model.trainer(settings, resume: true).run(report: { parts.append(Figures($0)) }) == .stoppedEarly)
        #expect(parts == whole && whole.count == 3)
        // Of another patience it is another training.
        #expect(throws: InputError.self) { try model.trainer(self.settings(model, patience: 4), resume: true) }
    }

    @Test func `a trial that ends with its last step has not stopped early`() throws {
        let model = try TinyModel()
        var reports: [TrainingReport] = []
        var settings = try settings(model)
        settings.duration = .steps(12)
        #expect(try model.trainer(settings).run(report: { reports.append($0) }) == .finished)
        #expect(reports.map(\.step) == [4, 8, 12] && reports.allSatisfy { $0.stoppedEarly == nil })
    }

    @Test func `a report that says it survives its checkpoint`() throws {
        let model = try TinyModel()
        _ = try model.trainer(settings(model)).run(report: { _ in })
        var again: [TrainingReport] = []
        let job = try TrainingJob(
            settings: settings(model), outputFolder: model.output, resumeFrom: model.output + "/checkpoint", reportsOnRecord: 1)
        #expect(try TrainingRun(job).run(report: { again.append($0) }) == .stoppedEarly)
        #expect(again.map(\.stoppedEarly) == [nil, true])
    }
}
