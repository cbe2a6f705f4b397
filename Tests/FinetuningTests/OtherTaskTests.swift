import FoundationEssentials
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// Training, checkpoints, adapters and evaluations of a task that nothing in Finetuning names.
@Suite struct OtherTaskTests {
    private let model: TinyModel
    private let settings: TrainerSettings

    init() throws {
        model = try TinyModel()
        let words = ["good", "bad", "film", "good good", "bad film", "good film"]
        let rows = (0..<48).map { number in
            let text = words[number % words.count]
            let value = Double(text.split(separator: " ").count { $0 == "good" }) + 0.25
            return "{\"text\": \"\(text)\", \"label\": \"\(value)\"}\n"
        }
        let file = SettingValue.string(try model.folder.write(rows.joined(), as: "values.jsonl"))
        settings = try model.settings([
            "train": file, "validation": file, "test": file, "max_steps": .int(120), "eval_steps": .int(60),
            "lora_dropout": .int(0),
        ])
    }

    private var metric: MetricGoal { RegressionTask.metrics[1] }

    private func run(
        _ output: String, resume: Bool = false, stopAfter: Int? = nil
    ) throws -> (reports: [TrainingReport], trainer: TrainingRun) {
        let folder = model.folder.path + "/" + output
        let job = TrainingJob(
            settings: settings, metric: metric, outputFolder: folder, resumeFrom: resume ? folder + "/checkpoint" : nil,
            stopAfter: stopAfter)
        let trainer = try TrainingRun(job, task: RegressionTask.self)
        var reports: [TrainingReport] = []
        _ = try trainer.run(report: { reports.append($0) })
        return (reports, trainer)
    }

    @Test func `it learns, and reports its own metrics in its order`() throws {
        let (reports, trainer) = try run("out")
        #expect(reports.map(\.step) == [60, 120])
        #expect(reports.allSatisfy { $0.metrics.map(\.name) == ["eval_loss", "eval_error"] })
        #expect(try #require(reports[1].value(of: "eval_error")) < 0.3, "\(reports.map(\.metrics))")
        #expect(reports[1].line.contains("\"eval_loss\": \(reports[1].metrics[0].value), \"eval_error\": "))
        let error = try #require(reports[1].metrics[1].standardError)
        #expect(reports[1].line.contains(", \"eval_error_se\": \(error), ") && !reports[1].line.contains("eval_loss_se"))
        #expect(trainer.dataLine == "train 48 rows; validation 48 rows")
    }

    @Test func `it goes on from its checkpoint, and its adapter is measured apart`() throws {
        let whole = try run("whole").reports
        let parts = try run("parts", stopAfter: 1).reports + run("parts", resume: true).reports
        #expect(parts.map(Figures.init) == whole.map(Figures.init))
        let best = try #require(whole.min { $0.metrics[1].value < $1.metrics[1].value })
        let evaluation = try AdapterEvaluation(
            settings, task: RegressionTask.self, adapterFolder: model.folder.path + "/whole/adapter", split: .test)
        #expect(evaluation.metrics == best.metrics && evaluation.outputs.count == 48)
        #expect(evaluation.line.hasSuffix(", \"test_error_se\": \(best.metrics[1].standardError ?? -1)}"))
        #expect(evaluation.line.hasPrefix("{\"test_loss\": \(best.metrics[0].value), \"test_error\": "))
    }

    @Test func `a label that means nothing to it is named with its line, a metric that it lacks by its name`() throws {
        try model.folder.write(
            "{\"text\": \"a\", \"label\": \"1\"}\n{\"text\": \"a\", \"label\": \"good\"}\n", as: "values.jsonl")
        let error = #expect(throws: InputError.self) { try run("out") }
        #expect(error?.description.hasSuffix("values.jsonl:2: 'good' is no number") == true)
        let job = TrainingJob(settings: settings, metric: MetricGoal(settings), outputFolder: model.output)
        let other = #expect(throws: InputError.self) { try TrainingRun(job, task: RegressionTask.self) }
        #expect(other?.problem.hasSuffix("expected one of eval_error, eval_loss, loss") == true)
    }
}
