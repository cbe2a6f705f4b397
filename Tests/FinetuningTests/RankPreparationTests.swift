import Checkpoints
import FoundationEssentials
import Methods
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// Trials that find their ranks.
@Suite struct RankPreparationTests {
    private let model: TinyModel
    private let cache: String

    init() throws {
        model = try TinyModel()
        cache = model.folder.path + "/cache"
    }

    fileprivate func job(_ allocation: String, _ more: [String: SettingValue] = [:], output: String = "out") throws
        -> TrainingJob
    {
        let own: [String: SettingValue] = [
            "rank_allocation": .string(allocation), "target_modules": .string("all-linear"), "alpha_over_r": .double(2),
        ]
        return TrainingJob(
            settings: try model.settings(own.merging(more) { $1 }), outputFolder: model.folder.path + "/" + output,
            cacheFolder: cache)
    }

    fileprivate func prepared(_ job: TrainingJob, said: inout [String]) throws -> TrainingJob {
        var lines: [String] = []
        defer { said += lines }
        return try #require(try RankPreparation(job, warn: { lines.append($0) }).prepared())
    }

    fileprivate func trained(_ job: TrainingJob, interruptAt step: Int? = nil) throws -> (
        outcome: TrainingOutcome, figures: [Figures], count: Int
    ) {
        let run = try TrainingRun(job)
        var (figures, count): ([Figures], Int) = ([], 0)
        let outcome = try run.run(
            report: { (figures, count) = (figures + [Figures($0)], $0.trainableParameters) },
            isInterrupted: { run.step == step })
        return (outcome, figures, count)
    }

    @Test func `an even allocation changes nothing`() throws {
        let job = try job("uniform")
        var said: [String] = []
        #expect(try prepared(job, said: &said) == job && said.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: job.outputFolder + "/ranks.json"))
    }

    @Test(arguments: ["probe", "cut"], [("false", "false"), ("true", "false"), ("false", "true")])
    func `a trial trains no more parameters than with its rank, and goes on with the ranks that it found`(
        allocation: String, variant: (rslora: String, dora: String)
    ) throws {
        let more: [String: SettingValue] = [
            "use_rslora": .bool(variant.rslora == "true"), "use_dora": .bool(variant.dora == "true"), "rank_start": .int(16),
        ].filter { $0.key != "rank_start" || allocation == "cut" }
        var said: [String] = []
        let job = try job(allocation, more)
        let first = try prepared(job, said: &said)
        #expect(said.last?.hasPrefix("rank_allocation \(allocation): ") == true, "\(said)")
        #expect(
            Set(first.settings.rankPattern.values).count > 1
                && first.settings.alphaPattern.count == first.settings.rankPattern.count)
        let scale = variant.rslora == "true" ? 8 / 2.0 : 2
        for (name, rank) in first.settings.rankPattern { #expect(first.settings.alphaPattern[name] == scale * Double(rank)) }
        var uniform = job
        uniform.settings.rankAllocation = .uniform
        uniform.outputFolder += "-uniform"
        let budget = try trained(uniform).count
        let straight = try trained(first)
        #expect(straight.outcome == .finished && straight.count <= budget && straight.count > budget * 9 / 10)

        // Another launch reads them, and goes on bit for bit.
        var (again, interrupted) = (try self.job(allocation, more, output: "again"), [String]())
        let begun = try prepared(again, said: &interrupted)
        #expect(begun.settings.rankPattern == first.settings.rankPattern)
        let half = try trained(begun, interruptAt: 6)
        #expect(half.outcome == .interrupted)
        again.resumeFrom = again.outputFolder + "/checkpoint"
        var silent: [String] = []
        let resumed = try prepared(again, said: &silent)
        #expect(silent.isEmpty && resumed.settings == begun.settings)
        #expect(half.figures + (try trained(resumed).figures) == straight.figures)

        // Its adapter is read as it is.
        let evaluation = try AdapterEvaluation(job.settings, adapterFolder: first.adapterFolder, split: .validation)
        let best = straight.figures.map { $0.numbers[5] }.max()
        #expect(evaluation.metrics.first { $0.name == "eval_accuracy" }?.value == best)
    }

    @Test func `an adapter that is cut is trained once for all, and interrupted it goes on`() throws {
        let job = try job("cut", ["rank_start": .int(16)])
        var asked = 0
        let none = try RankPreparation(job, warn: { _ in }).prepared(isInterrupted: {
            asked += 1
            return asked > 7
        })
        #expect(none == nil && !FileManager.default.fileExists(atPath: job.outputFolder + "/ranks.json"))
        func starts(_ lines: [String]) -> Int { lines.count { $0.contains("is trained first") } }
        var said: [String] = []
        let first = try prepared(job, said: &said)
        #expect(said[0].contains("an adapter of rank 16 is trained first"))
        // Each evaluation is a sign of life.
        let steps = said.dropFirst().dropLast()
        #expect(steps.last == "rank_allocation cut: step 12 of 12 of the adapter of rank 16", "\(said)")
        #expect(steps.allSatisfy { $0.hasPrefix("rank_allocation cut: step ") })
        said = []
        let other = try prepared(
            self.job(
                "cut", ["rank_start": .int(16), "learning_rate": .double(1e-3), "lora_dropout": .int(0)], output: "other"),
            said: &said)
        #expect(said.count == 1 && other.settings.rankPattern == first.settings.rankPattern)
        // A lower rank cuts the same adapter further; another start is another adapter.
        let lower = try prepared(self.job("cut", ["rank_start": .int(16), "r": .int(2)], output: "lower"), said: &said)
        #expect(said.count == 2)
        for (name, rank) in lower.settings.rankPattern { #expect(rank <= first.settings.rankPattern[name] ?? 0) }
        _ = try prepared(self.job("cut", ["rank_start": .int(12)], output: "twelve"), said: &said)
        #expect(starts(said) == 1)
        // So is one of another tokenizer, though its texts came to the same.
        try "{}".write(toFile: model.folder.path + "/special_tokens_map.json", atomically: true, encoding: .utf8)
        _ = try prepared(self.job("cut", ["rank_start": .int(16)], output: "tokens"), said: &said)
        #expect(starts(said) == 2)
    }

    @Test(arguments: ["finished", "begun"])
    func `an adapter to be cut that is damaged is trained again`(state: String) throws {
        let job = try job("cut", ["rank_start": .int(16)])
        var (said, asked): ([String], Int) = ([], 0)
        if state == "finished" {
            _ = try prepared(job, said: &said)
        } else {
            let none = try RankPreparation(job, warn: { _ in }).prepared(isInterrupted: {
                asked += 1
                return asked > 7
            })
            #expect(none == nil)
        }
        let start = try #require(
            try FileManager.default.contentsOfDirectory(atPath: cache).first {
                $0.hasPrefix("start-") && !$0.hasSuffix(".lock")
            })
        let damaged =
            state == "finished" ? ["adapter/adapter_model.safetensors"] : ["checkpoint/state.safetensors"]
        for file in damaged {
            let path = cache + "/\(start)/" + file
            var bytes = try Data(contentsOf: URL(filePath: path))
            bytes[bytes.count - 5] ^= 1
            try bytes.write(to: URL(filePath: path))
        }
        said = []
        let again = try prepared(self.job("cut", ["rank_start": .int(16)], output: "again"), said: &said)
        #expect(
            said.first?.hasSuffix("it is trained again") == true && said.contains { $0.contains("is trained first") }, "\(said)"
        )
        said = []
        let whole = try prepared(self.job("cut", ["rank_start": .int(16)], output: "third"), said: &said)
        #expect(said.count == 1 && whole.settings.rankPattern == again.settings.rankPattern)
    }

    @Test(arguments: ["probe", "eva"])
    func `what looks at the first batches ends when it is told to`(kind: String) throws {
        let job = try job(
            kind == "probe" ? "probe" : "uniform", kind == "eva" ? ["init_lora_weights": .string("eva")] : [:])
        for first in 1...2 {
            var asked = 0
            let none = try RankPreparation(job, warn: { _ in }).prepared(isInterrupted: {
                asked += 1
                return asked >= first
            })
            #expect(none == nil && asked == first)
        }
        #expect(!FileManager.default.fileExists(atPath: job.outputFolder + "/start"))
    }

    @Test func `an adapter that was cut is evaluated by the configuration that it was trained with`() throws {
        let settings = try job("uniform").settings
        let run = try model.trainer(settings)
        _ = try run.run(report: { _ in })
        let ranks = try AdapterRanks(AdapterFolder(run.job.adapterFolder))
        let cut = model.folder.path + "/cut"
        try ranks.write(cutTo: ranks.path.ranks(after: ranks.path.stepCount), to: cut)
        let losses = try [run.job.adapterFolder, cut].map {
            try AdapterEvaluation(settings, adapterFolder: $0, split: .validation).metrics[0].value
        }
        #expect(abs(losses[0] - losses[1]) < 1e-5)
        try ranks.write(cutTo: ranks.path.ranks(after: 7), to: model.folder.path + "/few")
        let few = try AdapterEvaluation(settings, adapterFolder: model.folder.path + "/few", split: .validation)
        #expect(abs(few.metrics[0].value - losses[0]) > 1e-5)
    }

    /// What it starts from is the adapter, cut.
    @Test func `a cut begins where the adapter of the high rank has come to`() throws {
        var said: [String] = []
        let job = try prepared(job("cut", ["rank_start": .int(16), "r": .int(12)]), said: &said)
        let start = try #require(job.settings.initAdapter)
        let folder = try #require(
            try FileManager.default.contentsOfDirectory(atPath: cache).first {
                $0.hasPrefix("start-") && !$0.hasSuffix(".lock")
            })
        let losses = try [start, cache + "/\(folder)/adapter"].map { adapter in
            var settings = job.settings
            settings.rankAllocation = .probe
            return try AdapterEvaluation(settings, adapterFolder: adapter, split: .validation).metrics[0].value
        }
        var fresh = job
        (fresh.settings.initAdapter, fresh.settings.duration) = (nil, .steps(1))
        (fresh.settings.evalSteps, fresh.settings.learningRate) = (1, 0)
        fresh.outputFolder += "-fresh"
        let untrained = try #require(try trained(fresh).figures.first).numbers[3]
        #expect(abs(losses[0] - losses[1]) < 0.1 * abs(untrained - losses[1]), "\(losses), untrained \(untrained)")
    }

    @Test func `settings that mean nothing together are refused`() throws {
        for (more, setting, words) in [
            (["rank_start": SettingValue.int(8)], "rank_start", "is for rank_allocation cut"),
            (
                ["rank_allocation": .string("probe"), "rank_pattern": .object(["query": .int(2)])], "rank_allocation",
                "keep one of the two"
            ),
            (["rank_allocation": .string("cut"), "init_adapter": .string("a")], "rank_allocation", "keep one of the two"),
            (["rank_allocation": .string("probe"), "init_adapter": .string("a")], "rank_allocation", "keep one of the two"),
            (["rank_allocation": .string("cut"), "init_lora_weights": .string("pissa")], "rank_allocation", "leave it out"),
            (["rank_allocation": .string("eva")], "rank_allocation", "init_lora_weights: eva"),
            (["eva_rho": .double(3)], "eva_rho", "is for rank_allocation eva"),
            (["rank_allocation": .string("half")], "rank_allocation", "uniform, probe, eva, cut"),
            (["rank_allocation": .string("cut"), "r": .int(65)], "rank_start", "at least 65"),
            (["rank_allocation": .string("cut"), "lora_alpha": .int(0)], "rank_allocation", "lora_alpha above 0"),
            (["rank_allocation": .string("cut"), "alpha_over_r": .int(0)], "rank_allocation", "lora_alpha above 0"),
            (
                ["rank_allocation": .string("probe"), "init_lora_weights": .string("orthogonal")], "rank_allocation",
                "needs even ones"
            ),
        ] {
            let error = #expect(throws: TrainerSettingsError.self) { try model.settings(more) }
            #expect(error?.setting == setting && error?.problem.contains(words) == true, "\(error?.problem ?? "")")
        }
    }
}

extension RankPreparationTests {
    @Test(arguments: ["uniform", "probe", "eva"])
    func `EVA starts with orthonormal directions and no change, and is saved as plain LoRA`(allocation: String) throws {
        var said: [String] = []
        let job = try prepared(job(allocation, ["init_lora_weights": .string("eva")]), said: &said)
        #expect(said.last == "init_lora_weights eva: the inputs of 19 modules over \(Self.batches) batches", "\(said)")
        let start = try SafetensorsFile(path: try #require(job.settings.initAdapter) + "/adapter_model.safetensors")
        for (name, entry) in start.entries where name.contains(".lora_") {
            let tensor = try start.tensor(name)
            let values = withExtendedLifetime(tensor) { Array(tensor.values) }
            guard name.hasSuffix("lora_A.weight") else {
                #expect(values.allSatisfy { $0 == 0 })
                continue
            }
            let (rank, inputs) = (entry.shape[0], entry.shape[1])
            for i in 0..<rank {
                for j in 0..<rank {
                    let rows = zip(values[i * inputs..<(i + 1) * inputs], values[j * inputs..<(j + 1) * inputs])
                    #expect(abs(rows.reduce(Float(0)) { $0 + $1.0 * $1.1 } - (i == j ? 1 : 0)) < 1e-5)
                }
            }
        }
        // q, k and v read one input: the same directions.
        let layer = "base_model.model.bert.encoder.layer.1.attention.self."
        let firsts = try ["query", "key", "value"].map { name in
            let tensor = try start.tensor(layer + name + ".lora_A.weight")
            return withExtendedLifetime(tensor) { Array(tensor.values.prefix(tensor.shape[1])) }
        }
        #expect(firsts[0] == firsts[1] && firsts[1] == firsts[2])
        let straight = try trained(job)
        #expect(straight.outcome == .finished)
        let config = try AdapterFiles.json(job.adapterFolder + "/adapter_config.json")
        #expect(config["init_lora_weights"] == .bool(true))
        let half = try trained(job, interruptAt: 6)
        #expect(half.outcome == .interrupted)
        var again = job
        again.resumeFrom = job.checkpointFolder
        #expect(half.figures + (try trained(again).figures) == straight.figures)
    }

    /// Of an epoch of the tiny data.
    private static let batches = 3

    @Test func `EVA gives out as many ranks as there are, at most rho times as many to one module, at the scale in common`()
        throws
    {
        var said: [String] = []
        let uniform = try job("uniform", ["init_lora_weights": .string("eva"), "r": .int(4)])
        let job = try prepared(
            job("eva", ["init_lora_weights": .string("eva"), "r": .int(4), "eva_rho": .double(1.5)]), said: &said)
        let ranks = job.settings.rankPattern
        #expect(
            ranks.values.reduce(0, +) == 4 * 19 && ranks.values.allSatisfy { (1...6).contains($0) }
                && Set(ranks.values).count > 1)
        let scale = uniform.settings.loraAlpha / 4
        #expect(ranks.allSatisfy { job.settings.alphaPattern[$0.key] == scale * Double($0.value) })
        let start = try SafetensorsFile(path: try #require(job.settings.initAdapter) + "/adapter_model.safetensors")
        for (name, rank) in ranks {
            #expect(start.entries["base_model.model." + name + ".lora_A.weight"]?.shape[0] == rank)
        }
    }

    @Test func `EVA refuses ranks beyond a module's inputs`() throws {
        let job = try job("uniform", ["init_lora_weights": .string("eva"), "r": .int(40)])
        let error = #expect(throws: PlacementError.self) { try RankPreparation(job, warn: { _ in }).prepared() }
        #expect(error?.problem.contains("eva needs ranks up to a module's inputs") == true)
    }
}
