import FoundationEssentials
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct ResumeTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    private func adapter(_ name: String) -> Data? { model.folder.contents(name + "/adapter/adapter_model.safetensors") }

    private func run(_ trainer: TrainingRun, into figures: inout [Figures], interruptAt step: Int? = nil) throws
        -> TrainingOutcome
    {
        var made: [Figures] = []
        let outcome = try trainer.run(report: { made.append(Figures($0)) }, isInterrupted: { trainer.step == step })
        figures += made
        return outcome
    }

    @Test(arguments: [1, 3, 4, 7, 11, 12], ["fp32", "bf16"])
    func `a run interrupted at any step goes on bit for bit`(step: Int, precision: String) throws {
        let settings = try model.settings(["precision": .string(precision)])
        var straight: [Figures] = []
        _ = try run(model.trainer(settings, output: model.folder.path + "/straight"), into: &straight)

        var parts: [Figures] = []
        #expect(try run(model.trainer(settings), into: &parts, interruptAt: step) == .interrupted)
        let resumed = try model.trainer(settings, resume: true)
        #expect(resumed.step == step)
        #expect(try run(resumed, into: &parts) == .finished)
        #expect(parts == straight)
        #expect(adapter("out") == adapter("straight") && adapter("out") != nil)
        // All of it: parameters and moments too, wherever the best report was.
        let ends = try ["out", "straight"].map { name in
            let file = try SafetensorsValues(model.folder.path + "/\(name)/checkpoint/state.safetensors")
            return file.values
        }
        #expect(ends[0] == ends[1])
    }

    @Test func `a run stopped after a report goes on from there, counting on`() throws {
        let settings = try model.settings()
        var straight: [Figures] = []
        _ = try run(model.trainer(settings, output: model.folder.path + "/straight"), into: &straight)
        var parts: [Figures] = []
        #expect(try run(model.trainer(settings, stopAfter: 1), into: &parts) == .stopped)
        #expect(parts.map(\.step) == [4])
        #expect(try run(model.trainer(settings, resume: true, stopAfter: 1), into: &parts) == .stopped)
        #expect(parts.map(\.step) == [4])
        #expect(try run(model.trainer(settings, resume: true, stopAfter: 2), into: &parts) == .stopped)
        #expect(try run(model.trainer(settings, resume: true), into: &parts) == .finished)
        #expect(parts == straight)
        #expect(adapter("out") == adapter("straight"))
    }

    @Test func `a finished run that is resumed makes no step and no report`() throws {
        let settings = try model.settings()
        _ = try model.trainer(settings).run(report: { _ in })
        var again: [Figures] = []
        #expect(try run(model.trainer(settings, resume: true), into: &again) == .finished)
        #expect(again.isEmpty)
    }

    @Test func `the best adapter comes along when a run goes on elsewhere`() throws {
        let settings = try model.settings()
        _ = try model.trainer(settings, stopAfter: 2).run(report: { _ in })
        let elsewhere = TrainingJob(
            settings: settings, outputFolder: model.folder.path + "/elsewhere", resumeFrom: model.output + "/checkpoint")
        let trainer = try TrainingRun(elsewhere)
        #expect(adapter("elsewhere") == adapter("out") && adapter("out") != nil)
        #expect(trainer.step == 8)
    }

    @Test(arguments: [
        ("learning_rate", SettingValue.double(0.5), "learning_rate 0.01, the configuration says 0.5"),
        ("max_steps", .int(24), "max_steps 12, the configuration says 24"),
        ("seed", .int(9), "seed 0, the configuration says 9"),
        ("target_modules", .string("all-linear"), "target_modules null, the configuration says all-linear"),
    ])
    func `a checkpoint of other settings is refused with the difference`(
        name: String, value: SettingValue, words: String
    ) throws {
        _ = try model.trainer(model.settings(), stopAfter: 1).run(report: { _ in })
        let other = try model.settings([name: value])
        // Another rank or module would not fit either: the settings are what a user can mend.
        let error = #expect(throws: InputError.self) { try model.trainer(other, resume: true) }
        #expect(error?.description.contains("checkpoint/state.safetensors: was made with \(words)") == true, "\(error as Any)")
    }

    @Test func `threads may differ, data may not`() throws {
        let settings = try model.settings()
        _ = try model.trainer(settings, stopAfter: 1).run(report: { _ in })
        #expect(try model.trainer(model.settings(["threads": .int(2)]), resume: true).step == 4)
        let data = String(decoding: model.folder.contents("train.jsonl") ?? Data(), as: UTF8.self)
        try model.folder.write(data.replacing("film", with: "plot"), as: "train.jsonl")
        let error = #expect(throws: InputError.self) { try model.trainer(settings, resume: true) }
        #expect(error?.problem.hasPrefix("was made with other training or validation data") == true)
    }

    @Test func `a checkpoint that is missing, or damaged without one before it, is named`() throws {
        let settings = try model.settings()
        let missing = #expect(throws: (any Error).self) { try model.trainer(settings, resume: true) }
        #expect("\(missing as Any)".contains("out/checkpoint/state.safetensors: no such file"))
        _ = try model.trainer(settings, stopAfter: 1).run(report: { _ in })
        let whole = try #require(model.folder.contents("out/checkpoint/state.safetensors"))
        try whole.prefix(whole.count / 2).write(to: URL(filePath: model.output + "/checkpoint/state.safetensors"))
        let damaged = #expect(throws: (any Error).self) { try model.trainer(settings, resume: true) }
        #expect("\(damaged as Any)".contains("state.safetensors: tensor '"))
    }
}
