import Checkpoints
import Layers
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// Adapters and checkpoints from when labels that are whole numbers were numbered as texts: 0, 1, 10, 11, 2.
@Suite struct EarlierNumbersTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    private func settings(_ more: [String: SettingValue] = [:]) throws -> TrainerSettings {
        let rows = (0..<48).map { "{\"text\": \"good bad film \($0 % 12)\", \"label\": \($0 % 12)}\n" }.joined()
        let file = SettingValue.string(try model.folder.write(rows, as: "numbers.jsonl"))
        return try model.settings(["train": file, "validation": file].merging(more) { $1 })
    }

    private func trained() throws -> (settings: TrainerSettings, adapter: String) {
        let settings = try settings()
        _ = try model.trainer(settings).run(report: { _ in })
        return (settings, model.output + "/adapter")
    }

    private var asTexts: [String] { ClassNumbers.byName((0..<12).map(String.init)) }

    @Test func `an adapter is measured by the numbers that its own file gives`() throws {
        let (settings, adapter) = try trained()
        let now = try AdapterEvaluation(settings, adapterFolder: adapter, split: .train)
        let early = try TunedModel(
            modelFolder: settings.model, labels: asTexts, lora: LoRAConfiguration(settings), seed: 9, initAdapter: adapter)
        let folder = model.folder.path + "/early"
        try early.saveAdapter(to: folder, baseModel: settings.model)
        let then = try AdapterEvaluation(settings, adapterFolder: folder, split: .train)
        #expect(try LabelFile(adapterFolder: adapter).names() == (0..<12).map(String.init))
        #expect(try LabelFile(adapterFolder: folder).names() == asTexts)
        #expect(
            then.metrics.dropFirst().first == now.metrics.dropFirst().first
                && zip(then.metrics, now.metrics).allSatisfy { abs($0.value - $1.value) < 1e-5 })
        #expect(then.outputs != now.outputs && Set(then.outputs.prefix(12)) == Set(now.outputs.prefix(12)))
        // A start from it is a start from each label's own row.
        let again = try model.trainer(self.settings(["init_adapter": .string(folder)]), output: model.folder.path + "/again")
        let same = try model.trainer(self.settings(["init_adapter": .string(adapter)]), output: model.folder.path + "/same")
        #expect(Array(again.model.parameters.values) == Array(same.model.parameters.values))
    }

    @Test func `labels that the adapter's file lacks are named with it`() throws {
        let adapter = try trained().adapter
        let other = try model.folder.write("text,label\na,3\nb,12\n", as: "other.csv")
        let error = #expect(throws: InputError.self) {
            try AdapterEvaluation(self.settings(["test": .string(other)]), adapterFolder: adapter, split: .test)
        }
        #expect(error?.description.hasPrefix("\(other):3: label '12' does not occur in \(adapter)/labels.json") == true)
    }

    @Test func `a checkpoint is refused with the reason`() throws {
        let settings = try settings()
        let trainer = try model.trainer(settings, stopAfter: 1)
        _ = try trainer.run(report: { _ in })
        let early = try #require(trainer.data.earlierFingerprint)
        #expect(early != trainer.data.fingerprint)
        let checkpoint = TrainingCheckpoint(
            folder: model.output + "/checkpoint", identity: TrainingIdentity(settings, data: early),
            totalSteps: trainer.totalSteps)
        try checkpoint.write(trainer.state, trainer.model.parameters, trainer.optimizer, keepsPrevious: false)
        let error = #expect(throws: InputError.self) { try model.trainer(settings, resume: true) }
        #expect(
            error?.problem
                == "was made when labels that are whole numbers were numbered as texts (0, 1, 10, 2); start without it")
    }
}
