import FoundationEssentials
import Testing
import TrainerSettings

@testable import Finetuning

/// Whole trials with the caches and without: the same reports, adapters and checkpoints.
@Suite struct TrainingRunCacheTests {
    private let model: TinyModel
    private let upper: [String: SettingValue] = ["layers_to_transform": .string("last-1")]

    init() throws { model = try TinyModel() }

    private func files(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: model.folder.path + "/" + name)) ?? []).sorted()
    }

    private func trainer(
        _ settings: TrainerSettings, _ name: String, cache: String = "cache", resume: Bool = false, stopAfter: Int? = nil
    ) throws -> TrainingRun {
        let output = model.folder.path + "/" + name
        return try TrainingRun(
            TrainingJob(
                settings: settings, outputFolder: output, cacheFolder: model.folder.path + "/" + cache,
                resumeFrom: resume ? output + "/checkpoint" : nil, stopAfter: stopAfter),
            warn: { Issue.record("\($0)") })
    }

    private func figures(_ trainer: TrainingRun) throws -> [Figures] {
        var figures: [Figures] = []
        _ = try trainer.run(report: { figures.append(Figures($0)) })
        return figures
    }

    private func without() throws -> TrainerSettings {
        try model.settings(upper.merging(["prefix_cache": .string("off")]) { $1 })
    }

    @Test func `a trial reports the same with it and without, first and later, and leaves the same adapter`() throws {
        let expected = try figures(trainer(without(), "plain"))
        #expect(files("cache").allSatisfy { $0.hasPrefix("tokens-") } && files("cache").count == 1)
        let settings = try model.settings(upper)
        for name in ["cold", "warm"] {
            #expect(try figures(trainer(settings, name)) == expected)
            #expect(
                model.folder.contents(name + "/adapter/adapter_model.safetensors")
                    == model.folder.contents("plain/adapter/adapter_model.safetensors"))
        }
        #expect(files("cache").map { $0.prefix { $0 != "-" } } == ["lock", "prefix", "tokens"])
        let ends = try ["plain", "cold", "warm"].map {
            try SafetensorsValues(model.folder.path + "/\($0)/checkpoint/state.safetensors").values
        }
        #expect(ends[0] == ends[1] && ends[1] == ends[2])
    }

    @Test func `preparing a trial writes nothing; by hand the cache is in its output`() throws {
        let settings = try model.settings(upper)
        let trainer = try model.trainer(settings)
        #expect(!model.folder.exists("out"))
        _ = try figures(trainer)
        #expect(files("out/cache").count == 3)
    }

    @Test(arguments: [1, 2])
    func `a trial stopped and resumed with it goes on as one that never had it`(stop: Int) throws {
        let expected = try figures(trainer(without(), "plain"))
        let settings = try model.settings(upper)
        var parts = try figures(trainer(settings, "parts", stopAfter: stop))
        if stop == 2 { try FileManager.default.removeItem(atPath: model.folder.path + "/cache") }
        parts += try figures(trainer(stop == 1 ? without() : settings, "parts", resume: true))
        #expect(parts == expected)
    }

    @Test func `damage in every file of the cache changes no number and is mended`() throws {
        let settings = try model.settings(upper)
        let expected = try figures(trainer(settings, "first"))
        let before = files("cache").map { model.folder.contents("cache/" + $0) }
        for (name, whole) in zip(files("cache"), before) where name != "lock" {
            var bytes = try #require(whole)
            for index in stride(from: 0, to: bytes.count, by: 997) { bytes[index] ^= 0x5A }
            try bytes.write(to: URL(filePath: model.folder.path + "/cache/" + name))
        }
        #expect(try figures(trainer(settings, "second")) == expected)
        #expect(files("cache").map { model.folder.contents("cache/" + $0) } == before)
    }

    @Test func `trials at the same time share it`() async throws {
        let settings = try model.settings(upper)
        let expected = try figures(trainer(without(), "plain", cache: "other"))
        let all = try await withThrowingTaskGroup(of: [Figures].self) { group in
            for index in 0..<3 {
                let job = TrainingJob(
                    settings: settings, outputFolder: model.folder.path + "/trial\(index)",
                    cacheFolder: model.folder.path + "/cache")
                group.addTask {
                    var figures: [Figures] = []
                    _ = try TrainingRun(job).run(report: { figures.append(Figures($0)) })
                    return figures
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all == [expected, expected, expected])
        #expect(files("cache").count { $0.hasPrefix("prefix-") } == 1)
    }

    @Test(arguments: [DataPart.train, .validation, .test])
    func `an evaluation has the same logits with it and without`(split: DataPart) throws {
        let test = model.folder.path + "/test.jsonl"
        try FileManager.default.copyItem(atPath: model.folder.path + "/train.jsonl", toPath: test)
        let settings = try model.settings(upper.merging(["test": .string(test)]) { $1 })
        _ = try figures(trainer(settings, "out"))
        let adapter = model.output + "/adapter"
        let expected = try AdapterEvaluation(settings, adapterFolder: adapter, split: split)
        for _ in 0..<2 {
            let kept = try AdapterEvaluation(
                settings, adapterFolder: adapter, split: split, cacheFolder: model.folder.path + "/cache",
                warn: { Issue.record("\($0)") })
            #expect(kept == expected)
        }
        #expect(expected.outputs.count == 30 * 3)
    }
}
