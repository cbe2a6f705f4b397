import Backbones
import FoundationEssentials
import Layers
import Methods
import Tasks
import Tensors
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct MemoryPlanTests {
    private let model: TinyModel
    private let decoder: CausalLMModel

    init() throws { (model, decoder) = (try TinyModel(), try CausalLMModel()) }

    private func planner(_ settings: TrainerSettings) throws -> MemoryPlanner {
        let task = try TrainingTasks.task(settings.task)
        var tokenized = TokenizedData(task, settings, cache: nil)
        let data = try TaskData(task, settings, from: &tokenized)
        let written = try tokenized.writing(settings.source(of: .validation) ?? settings.trainingSource)
        return MemoryPlanner(
            settings, try Architectures.weights(of: settings.model),
            PlannedData(settings, data, written: written, threads: settings.threads ?? 1, partTokens: 1024))
    }

    private func plan(_ more: [String: SettingValue]) throws -> MemoryPlan {
        try planner(model.settings(more)).plan(within: nil)
    }

    private func bytes(_ name: String, _ plan: MemoryPlan) -> Int { plan.parts.first { $0.name == name }?.use.total ?? 0 }

    @Test func `a plan is the sum of its parts, each of which has a name`() throws {
        let plan = try plan([:])
        #expect(plan.peak == plan.parts.reduce(0) { $0 + $1.use.own + $1.use.mapped })
        #expect(Set(plan.parts.map(\.name)).count == plan.parts.count)
        for name in ["program", "weights", "activations", "adapter and optimizer"] { #expect(bytes(name, plan) > 0, "\(name)") }
        #expect(plan.shared == plan.parts.reduce(0) { $0 + $1.use.mapped })
        #expect(plan.text.hasPrefix(plan.peakText + " (program "))
    }

    @Test func `more threads, longer texts, higher ranks and answers take more`() throws {
        let one = try plan([:])
        #expect(try plan(["threads": .int(3)]).peak > one.peak)
        #expect(try plan(["r": .int(64)]).peak > one.peak)
        #expect(try plan(["target_modules": .string("all-linear"), "r": .int(32)]).peak > one.peak)
        let silent = try planner(decoder.settings("completion")).plan(within: nil)
        let spoken = try planner(decoder.settings("completion", ["eval_generation_rows": .int(40)])).plan(within: nil)
        #expect(bytes("answers", silent) == 0 && bytes("answers", spoken) > 0)
    }

    @Test func `what a trial does before it trains is planned too`() throws {
        // So many activations that the peak is not where the tiny model is loaded.
        let file = model.folder.path + "/train.jsonl"
        let rows = try String(contentsOfFile: file, encoding: .utf8)
        try String(repeating: rows, count: 5).write(toFile: file, atomically: true, encoding: .utf8)
        let wide: [String: SettingValue] = [
            "target_modules": .string("all-linear"), "r": .int(2), "batch_size": .int(150),
        ]
        func plan(_ more: [String: SettingValue]) throws -> MemoryPlan { try self.plan(wide.merging(more) { $1 }) }
        let plain = try plan([:])
        let cut = try plan(["rank_allocation": .string("cut"), "rank_start": .int(512)])
        let sites = try LoRAConfiguration(model.settings(wide)).sites(
            of: Architectures.configuration(of: model.folder.path), for: .pooled)
        let looks: [(setting: String, value: String, method: any TuningMethod)] = [
            ("rank_allocation", "probe", WeightGradients(at: Placement())),
            ("init_lora_weights", "eva", InputMoments(at: Placement())),
        ]
        for (setting, value, method) in looks {
            let more = [setting: SettingValue.string(value)]
            let before = try #require(try planner(model.settings(wide.merging(more) { $1 })).preparation(within: nil))
            let numbers = method.parameters(at: sites).reduce(0) { $0 + $1.count }
            #expect(numbers > 0 && bytes("sums over the first batches", before) >= 2 * 4 * numbers)
            #expect(try plan(more).peak >= max(plain.peak, before.peak))
        }
        #expect(cut.peak > plain.peak && bytes("adapter and optimizer", cut) > bytes("adapter and optimizer", plain))
        // The least that keeps to the budget is told to be what would fit.
        let settings = try model.settings(wide.merging(["rank_allocation": .string("cut"), "rank_start": .int(512)]) { $1 })
        let planner = try planner(settings)
        let limit = try #require(MemoryLimit(cap: ByteCount(bytes: (plain.peak + cut.peak) / 2), machine: nil))
        let refusal = planner.refusal(of: cut, limit)
        #expect(refusal.contains("rank_start: ") && refusal.contains("rank_allocation: uniform"), "\(refusal)")
    }

    @Test func `the batches that are planned are those of the training`() throws {
        let settings = try model.settings(["batch_size": .int(5), "threads": .int(2), "max_steps": .int(9)])
        let run = try model.trainer(settings)
        let sizes = BatchSizes(settings, run.data, threads: 2, partTokens: 1024)
        var order = run.order
        var (tokens, longest) = (0, 0)
        for step in 0..<9 {
            let batch = run.data.training.batch(order.indices(step: step)).batch
            for part in TunedModel.parts(of: batch, threads: 2, atOnce: 1024) {
                tokens = max(tokens, Int(batch.offsets[part.upperBound] - batch.offsets[part.lowerBound]))
            }
            longest = max(longest, batch.longestSequence)
        }
        #expect(sizes.training.map(\.tokens).max() == tokens)
        #expect(sizes.training.map(\.longest).max() == longest)
        #expect(sizes.training.allSatisfy { (2...3).contains($0.rows) })
        #expect(sizes.hasSeveral == [false, false])
        #expect(sizes.evaluation.allSatisfy { $0.tokens > 0 })
    }

    @Test func `checkpoints take less for activations, and nothing else changes`() throws {
        // Several large pages of activations.
        let file = model.folder.path + "/train.jsonl"
        let rows = try String(contentsOfFile: file, encoding: .utf8)
        try String(repeating: rows, count: 5).write(toFile: file, atomically: true, encoding: .utf8)
        let settings = try model.settings(["batch_size": .int(150), "target_modules": .string("all-linear")])
        let planner = try planner(settings)
        var (kept, again) = (settings, settings)
        (kept.gradientCheckpointing, again.gradientCheckpointing) = (.off, .on)
        let plans = try [kept, again].map { try planner.with($0).plan(within: nil) }
        #expect(plans.map(\.checkpoints) == [false, true])
        #expect(bytes("activations", plans[1]) < bytes("activations", plans[0]))
        for part in plans[0].parts where part.name != "activations" { #expect(plans[1].parts.contains(part)) }
    }

    @Test func `auto computes again only where the plan does not fit otherwise`() throws {
        let planner = try planner(model.settings())
        let plain = try planner.plan(within: nil)
        #expect(!plain.checkpoints)
        #expect(try !planner.plan(within: MemoryLimit(cap: ByteCount(bytes: plain.peak), machine: nil)).checkpoints)
        #expect(try planner.plan(within: MemoryLimit(cap: ByteCount(bytes: plain.peak - 1), machine: nil)).checkpoints)
    }

    @Test func `the less of the cap and the machine counts`() {
        #expect(MemoryLimit(cap: nil, machine: nil) == nil)
        #expect(MemoryLimit(cap: nil, machine: 5_000_000)?.words == "this machine has 5 MB")
        #expect(MemoryLimit(cap: ByteCount(bytes: 1 << 30), machine: 1 << 30)?.words == "memory_cap allows 1GiB")
        #expect(MemoryLimit(cap: ByteCount(bytes: 10_000_000), machine: 1 << 30)?.words == "memory_cap allows 10 MB")
        #expect(MemoryLimit(cap: ByteCount(bytes: 1 << 30), machine: 5_000_000)?.words == "this machine has 5 MB")
        #expect(
            MemoryLimit(cap: nil, machine: 5_000_000, words: MemoryRoom.job(5_000_000).words)?.words
                == "the runner's mem gives a job 5 MB")
        #expect(MemoryRoom.job(nil).bytes == nil && MemoryRoom.machine.bytes == MachineMemory.total)
        #expect(MachineMemory.total.map { $0 > 100 << 20 } == true)
        #expect(MachineMemory.ancestors(of: "/a/b") == ["/a/b", "/a", ""])
        #expect(MachineMemory.ancestors(of: "/") == [""])
    }

    @Test func `what does not fit is refused before it begins, with the numbers and what would fit`() throws {
        let small = try plan([:])
        let error = #expect(throws: InputError.self) {
            try model.trainer(model.settings(["memory_cap": .string("1MB")]))
        }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("memory_cap: the trial would take about \(small.peakText) (program "), "\(text)")
        #expect(text.contains("memory_cap allows 1 MB; no one change makes it fit"), "\(text)")
        #expect(!model.folder.exists("out"))
    }

    private static let full: [String: SettingValue] = [
        "finetuning_type": .string("full"), "r": .null, "lora_dropout": .null,
    ]

    /// Each number of a matrix that is trained is there as a value, a gradient, two moments, and packed.
    @Test func `weights that are trained are planned as those that stay, which other trials still share`() throws {
        func plan(_ more: [String: SettingValue]) throws -> MemoryPlan {
            try planner(decoder.settings("text", more.merging(["init_adapter": .null]) { $1 })).plan(within: nil)
        }
        let frozen = try plan([:])
        let whole = try plan(Self.full.merging(["lora_alpha": .null, "target_modules": .null]) { $1 })
        let saved = try plan(["modules_to_save": .array([.string("down_proj")])])
        #expect(bytes("weights", frozen) > 0 && frozen.shared > 0)
        for plan in [whole, saved] { #expect(bytes("weights", plan) >= bytes("weights", frozen)) }
        let (mapped, own) = (saved.parts.first { $0.name == "weights" }?.use.mapped ?? 0, bytes("weights", frozen))
        #expect(mapped > 0 && mapped < own)
        // An encoder's frozen layers are packed for both directions, trained ones for one.
        #expect(try 2 * bytes("weights", self.plan(Self.full)) >= bytes("weights", self.plan([:])))
        let narrow: [String: SettingValue] = ["precision": .string("bf16"), "modules_to_save": .array([.string("pooler")])]
        #expect(try self.plan(narrow).shared > 0)
    }

    @Test func `what would fit is said by what is trained`() throws {
        func refusal(_ more: [String: SettingValue], _ cap: Int) throws -> String {
            let planner = try planner(model.settings(more))
            let limit = try #require(MemoryLimit(cap: ByteCount(bytes: cap), machine: nil))
            return planner.refusal(of: try planner.plan(within: limit), limit)
        }
        let whole = try refusal(Self.full, 1_000_000)
        #expect(whole.contains("a smaller max_length, finetuning_type: lora, fewer threads"), "\(whole)")
        #expect(!whole.contains("smaller r,") && !whole.contains("quantized"))
        let peak = try plan(Self.full).peak
        #expect(try refusal(Self.full, peak - 1).contains("finetuning_type: lora (about "))
        let prompt: [String: SettingValue] = [
            "finetuning_type": .string("prompt_tuning"), "r": .null, "lora_dropout": .null, "num_virtual_tokens": .int(2),
        ]
        #expect(try refusal(prompt, 1_000_000).contains("a smaller num_virtual_tokens, fewer threads"))
    }

    @Test func `a change that the method cannot have is none that would fit`() throws {
        // Half of the rank is odd.
        let planner = try planner(model.settings(["r": .int(2), "init_lora_weights": .string("orthogonal")]))
        let limit = try #require(MemoryLimit(cap: ByteCount(bytes: 1_000_000), machine: nil))
        #expect(try planner.refusal(of: planner.plan(within: limit), limit).contains("no one change makes it fit"))
    }

    @Test func `a rank that no machine has memory for is refused without being tried`() throws {
        let error = #expect(throws: InputError.self) {
            try model.trainer(
                model.settings(["r": .int(65536), "target_modules": .string("all-linear"), "memory_cap": .string("100MB")]))
        }
        #expect(error?.description.hasPrefix("memory_cap: ") == true)
    }
}
