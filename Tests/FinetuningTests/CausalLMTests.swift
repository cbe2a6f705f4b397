import Foundation
import Layers
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct CausalLMTests {
    private let model: CausalLMModel

    init() throws { model = try CausalLMModel() }

    @Test(arguments: CausalLMModel.golden.filter { $0.tokens != nil }.map(\.name))
    func `tokens, and which of them are to be predicted, are TRL's`(name: String) throws {
        let golden = try #require(CausalLMModel.golden.first { $0.name == name })
        let data = try model.trainer(model.settings(golden.kind, golden.settings)).data.training
        let (tokens, predicted) = (try #require(golden.tokens), try #require(golden.predicted))
        try #require(data.count == tokens.count && data.count > 40)
        for row in 0..<data.count {
            let (batch, targets) = data.batch([row])
            #expect(batch.tokens == tokens[row], "row \(row)")
            #expect(batch.listed.map { Int($0) + 1 } == predicted[row], "row \(row)")
            #expect(targets.classes == predicted[row].map { tokens[row][$0] }, "row \(row)")
        }
    }

    @Test(arguments: CausalLMModel.golden.map(\.name))
    func `each step's loss is TRL's`(name: String) throws {
        let golden = try #require(CausalLMModel.golden.first { $0.name == name })
        let settings = try model.settings(golden.kind, golden.settings.merging(["eval_batch_size": .int(16)]) { $1 })
        var losses: [Double] = []
        let outcome = try model.trainer(settings).run(report: { losses.append($0.loss) })
        #expect(outcome == .finished && golden.losses.count == 30)
        try #require(losses.count == golden.losses.count)
        for (step, (ours, theirs)) in zip(losses, golden.losses).enumerated() {
            #expect(abs(ours - theirs) < 1e-3, "step \(step + 1): \(ours), TRL \(theirs)")
        }
    }

    @Test func `the golden cases are there`() {
        #expect(
            CausalLMModel.golden.map(\.name) == [
                "text", "completion-only", "whole rows", "accumulated", "packed", "messages",
            ])
    }

    @Test func `packs are of the rows that TRL puts together, and what is packed is told`() throws {
        let golden = try #require(CausalLMModel.golden.first { $0.name == "packed" })
        let settings = try model.settings(golden.kind, golden.settings)
        let trainer = try model.trainer(settings)
        let lengths = trainer.data.training.lengths
        let bins = Packing.bins(lengths, room: settings.maxLength)
        #expect(bins.map { $0.map { lengths[$0] } } == golden.lengths)
        #expect(trainer.dataLine.contains("; packed: 48 rows to train on in \(bins.count) of up to 96 tokens, "))
        #expect(trainer.order.exampleCount == bins.count)
    }

    @Test func `a step of accumulated batches is one of a batch as large`() throws {
        func losses(_ settings: [String: SettingValue], _ output: String) throws -> [Double] {
            var losses: [Double] = []
            let all = try model.settings("completion", settings.merging(["max_steps": .int(6)]) { $1 })
            _ = try model.trainer(all, output: output).run(report: { losses.append($0.loss) })
            return losses
        }
        let parts = try losses(["batch_size": .int(2), "gradient_accumulation_steps": .int(3)], "parts")
        #expect(try losses(["batch_size": .int(6)], "whole") == parts)
    }

    @Test func `an evaluation's loss is over tokens, whatever the batches, and perplexity e to it`() throws {
        let settings = try model.settings("completion", ["max_steps": .int(1)])
        var first: TrainingReport?
        let trainer = try model.trainer(settings)
        _ = try trainer.run(report: { first = $0 })
        let report = try #require(first)
        #expect(report.metrics.map(\.name) == ["eval_loss", "eval_perplexity", "eval_token_accuracy"])
        let examples = trainer.data.validation
        let (batch, targets) = examples.batch(0..<examples.count)
        let outputs = try trainer.model.outputs(batch, targets: targets)
        let sum = stride(from: 0, to: outputs.count, by: 2).reduce(0.0) { $0 + Double(outputs[$1]) }
        #expect(abs(report.metrics[0].value - sum / Double(targets.classes.count)) < 1e-5)
        #expect(abs(report.metrics[1].value - exp(report.metrics[0].value)) < 1e-9)
        #expect(report.metrics.allSatisfy { $0.standardError != nil } && (report.metrics[1].standardError ?? 0) > 0)
    }

    @Test func `a trial goes on from its checkpoint as if it had never stopped, answers included`() throws {
        let settings = try model.settings(
            "completion",
            ["max_steps": .int(4), "eval_steps": .int(2), "eval_generation_rows": .int(5), "max_new_tokens": .int(6)])
        func run(_ output: String, stopAfter: Int? = nil, resume: Bool = false) throws -> [TrainingReport] {
            let folder = model.folder.path + "/" + output
            let job = TrainingJob(
                settings: settings, outputFolder: folder, resumeFrom: resume ? folder + "/checkpoint" : nil,
                stopAfter: stopAfter)
            var reports: [TrainingReport] = []
            _ = try TrainingRun(job).run(report: { reports.append($0) })
            return reports
        }
        let whole = try run("whole")
        let parts = try run("parts", stopAfter: 1) + run("parts", resume: true)
        #expect(whole.map(Figures.init) == parts.map(Figures.init))
        #expect(whole[0].metrics.map(\.name) == settings.task.metrics.map(\.name))
        #expect(whole.allSatisfy { $0.metrics.allSatisfy { $0.value.isFinite } })
        let evaluation = try AdapterEvaluation(
            settings, adapterFolder: model.folder.path + "/whole/adapter", split: .validation)
        let best = try #require(whole.min { $0.metrics[0].value < $1.metrics[0].value })
        #expect(evaluation.metrics == best.metrics)
    }

    @Test func `an adapter says that it is of a language model, and has no head`() throws {
        let trainer = try model.trainer(model.settings("text", ["max_steps": .int(1)]))
        _ = try trainer.run(report: { _ in })
        let adapter = model.folder.path + "/out/adapter"
        try TrainedAdapter(adapter).verify(isOurs: true)
        let configuration = try JSONInput.object(file: adapter + "/adapter_config.json")
        #expect(configuration["task_type"] == .string("CAUSAL_LM") && configuration["modules_to_save"] == .null)
        #expect(trainer.model.parameters.entries.allSatisfy { $0.name.contains("lora_") })
    }

    @Test(arguments: [
        ("text", ["metric_for_best_model": SettingValue.string("eval_bleu")], "has texts alone, which ask nothing"),
        (
            "completion", ["metric_for_best_model": .string("eval_bleu"), "eval_generation_rows": .int(0)],
            "is 0, and eval_bleu is measured"
        ),
        (
            "completion", ["metric_for_best_model": .string("eval_accuracy")],
            "is not reported by the built-in trainer; expected one of eval_bleu"
        ),
        ("completion", ["max_length": .int(4)], "nothing is left to learn of its 48 rows"),
        ("completion", ["model": .string(Fixture.model)], "a bert has no matrix of its vocabulary"),
    ])
    func `what cannot be learned or measured is refused with the reason`(
        kind: String, settings: [String: SettingValue], words: String
    ) throws {
        let error = #expect(throws: (any Error).self) {
            try model.trainer(model.settings(kind, settings.merging(["init_adapter": .null]) { $1 })).run(report: { _ in })
        }
        #expect(error.map { "\($0)".contains(words) } == true, "\(error.map { "\($0)" } ?? "")")
    }
}
