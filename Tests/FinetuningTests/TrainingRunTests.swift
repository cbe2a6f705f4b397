import FoundationEssentials
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct TrainingRunTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    @Test func `training reports every so many steps and at the end, and learns`() throws {
        var reports: [TrainingReport] = []
        let settings = try model.settings(["max_steps": .int(30), "eval_steps": .int(12)])
        let outcome = try model.trainer(settings).run(report: { reports.append($0) })
        #expect(outcome == .finished)
        #expect(reports.map(\.step) == [12, 24, 30])
        #expect(reports.map(\.epoch) == [4, 8, 10])
        #expect(reports[2].loss < reports[0].loss)
        #expect(try #require(reports[2].value(of: "eval_accuracy")) > 0.4)
        #expect(reports[0].tokensPerSecond > reports[0].samplesPerSecond && reports[0].samplesPerSecond > 0)
        #expect(reports[2].trainSeconds > reports[1].trainSeconds)
        #expect(reports.allSatisfy { $0.trainableParameters == 3 * 2 * 2 * 4 * 32 + 3 * 33 })
    }

    @Test func `epochs set the steps and each ends with a report`() throws {
        var settings = try model.settings()
        settings.duration = .epochs(2.5)
        settings.evalSteps = nil
        let trainer = try model.trainer(settings)
        #expect(trainer.totalSteps == 8)
        var steps: [Int] = []
        _ = try trainer.run(report: { steps.append($0.step) })
        #expect(steps == [3, 6, 8])
    }

    @Test func `the same seed trains the same, another one otherwise`() throws {
        func figures(seed: Int, _ name: String) throws -> [Figures] {
            var all: [Figures] = []
            let trainer = try model.trainer(model.settings(["seed": .int(seed)]), output: model.folder.path + "/" + name)
            _ = try trainer.run(report: { all.append(Figures($0)) })
            return all
        }
        let first = try figures(seed: 1, "a")
        #expect(try figures(seed: 1, "b") == first)
        #expect(try figures(seed: 2, "c") != first)
    }

    @Test func `the adapter kept is the best report's, whatever came after`() throws {
        // More loss is better here, so that the first report is the best.
        let metric = MetricGoal(name: "loss", greaterIsBetter: true)
        var saved: [Data?] = []
        let settings = try model.settings(["max_steps": .int(60), "eval_steps": .int(20)])
        var losses: [Double] = []
        _ = try model.trainer(settings, metric: metric).run(report: {
            losses.append($0.loss)
            saved.append(model.folder.contents("out/adapter/adapter_model.safetensors"))
        })
        try #require(losses.max() == losses[0])
        #expect(saved[0] != nil)
        #expect(saved.allSatisfy { $0 == saved[0] })
        #expect(model.folder.contents("out/adapter/adapter_model.safetensors") == saved[0])
    }

    @Test func `a report comes after its adapter and before its checkpoint`() throws {
        var seen: [Bool] = []
        _ = try model.trainer(model.settings(["max_steps": .int(4)])).run(report: { _ in
            seen = [
                model.folder.exists("out/adapter/adapter_config.json"), model.folder.exists("out/checkpoint/state.safetensors"),
            ]
        })
        #expect(seen == [true, false])
        #expect(model.folder.exists("out/checkpoint/state.safetensors"))
    }

    @Test func `a trial that diverges reports NaN once and ends`() throws {
        var reports: [TrainingReport] = []
        let settings = try model.settings([
            "learning_rate": .double(1000), "lr_scheduler_type": .string("constant"), "max_steps": .int(2000),
            "eval_steps": .int(1000), "lora_alpha": .double(1e9), "weight_decay": .double(1000), "max_grad_norm": .int(0),
        ])
        let outcome = try model.trainer(settings).run(report: { reports.append($0) })
        guard case .diverged(let step) = outcome else {
            Issue.record("ended with \(outcome)")
            return
        }
        #expect(reports.count == 1)
        #expect(reports[0].step == step && step < 1000)
        #expect(
            reports[0].metrics.map(\.name) == ["eval_loss", "eval_accuracy", "eval_f1"]
                && reports[0].metrics.allSatisfy { $0.value.isNaN } && reports[0].loss.isNaN)
        #expect(!model.folder.exists("out/adapter"))
    }

    @Test func `progress tells each step`() throws {
        var steps: [Int] = []
        var total = 0
        _ = try model.trainer(model.settings()).run(
            report: { _ in },
            progress: {
                steps.append($0.step)
                total = $0.totalSteps
            })
        #expect(steps == Array(1...12))
        #expect(total == 12)
    }

    @Test func `an adapter evaluated apart has the metrics that its report had`() throws {
        let settings = try model.settings(["test": .string(model.folder.path + "/train.jsonl"), "lora_dropout": .int(0)])
        var last: TrainingReport?
        var best: TrainingReport?
        _ = try model.trainer(settings).run(report: {
            last = $0
            let value = $0.value(of: "eval_accuracy") ?? .nan
            if MetricGoal(settings).improves(value, over: best?.value(of: "eval_accuracy")) { best = $0 }
        })
        let evaluation = try AdapterEvaluation(settings, adapterFolder: model.output + "/adapter", split: .test)
        #expect(last?.step == 12)
        #expect(evaluation.metrics == best?.metrics)
        #expect(evaluation.outputs.count == 30 * 3)
        let (loss, error) = (evaluation.metrics[0].value, try #require(evaluation.metrics[0].standardError))
        #expect(evaluation.line.hasPrefix("{\"test_loss\": \(loss), \"test_loss_se\": \(error), \"test_accuracy\": "))
        let noTest = try model.settings()
        #expect(throws: InputError.self) {
            try AdapterEvaluation(noTest, adapterFolder: model.output + "/adapter", split: .test)
        }
    }

    @Test func `an adapter is measured on the rows that are held back`() throws {
        let rows = (0..<600).map { "{\"text\": \"film \($0)\", \"label\": \($0 % 3)}\n" }.joined()
        let settings = try model.settings([
            "train": .string(model.folder.write(rows, as: "all.jsonl")), "validation": .null,
            "split": .object(["validation": .double(0.2), "test": .double(0.1)]),
        ])
        _ = try model.trainer(settings).run(report: { _ in })
        let evaluation = try AdapterEvaluation(settings, adapterFolder: model.output + "/adapter", split: .test)
        let held = try #require(ClassificationTask.summary(settings).rows[.test])
        #expect(held > 0 && evaluation.outputs.count == 3 * held)
    }
}
