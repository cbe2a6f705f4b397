import Checkpoints
import FoundationEssentials
import Tasks
import Testing
import TrainerSettings

@testable import Finetuning

/// What becomes of a run whose checkpoint is damaged.
@Suite struct CheckpointTests {
    private let model: TinyModel
    private let settings: TrainerSettings
    private var checkpoint: String { model.output + "/checkpoint" }
    private var newest: String { checkpoint + "/state.safetensors" }
    private var previous: String { checkpoint + "/previous.safetensors" }

    init() throws {
        model = try TinyModel()
        settings = try model.settings()
    }

    private func contents(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

    private func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }

    private func flipBit(_ number: Int, of path: String) throws {
        var bytes = try contents(path)
        bytes[number / 8] ^= 1 << (number % 8)
        try write(bytes, to: path)
    }

    /// Goes on from the output folder's checkpoint; the lines that were said of it.
    private func resume(
        stopAfter: Int? = nil, reportsOnRecord: Int? = nil, said: inout [String]
    ) throws -> (trainer: TrainingRun, figures: [Figures]) {
        var (lines, figures): ([String], [Figures]) = ([], [])
        let job = TrainingJob(
            settings: settings, outputFolder: model.output, resumeFrom: checkpoint, stopAfter: stopAfter,
            reportsOnRecord: reportsOnRecord)
        let trainer = try TrainingRun(job, warn: { lines.append($0) })
        _ = try trainer.run(report: { figures.append(Figures($0)) })
        said += lines
        return (trainer, figures)
    }

    /// A checkpoint taken apart, its texts changed, and put together as the first version wrote it: without a checksum.
    private func age(_ path: String, replacing part: String = "", with other: String = "") throws {
        let file = try SafetensorsFile(path: path)
        var texts = file.metadata
        texts["checksum"] = nil
        texts["format"] = "autolora-training-state-1"
        if !part.isEmpty {
            let state = try #require(texts["state"])
            #expect(state.contains(part), "\(state)")
            texts["state"] = state.replacing(part, with: other)
        }
        let tensors = try file.entries.keys.map { name in
            let values = Array(try file.tensor(name).values)
            return SafetensorsWriter.Tensor(name: name, shape: [values.count], values: values)
        }
        try SafetensorsWriter.write(tensors, metadata: texts, to: path)
    }

    @Test func `the one before stays beside the newest, and nothing else`() throws {
        _ = try model.trainer(settings, stopAfter: 1).run(report: { _ in })
        #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoint) == ["state.safetensors"])
        let first = try contents(newest)
        _ = try model.trainer(settings, resume: true, stopAfter: 2).run(report: { _ in })
        #expect(try contents(previous) == first)
        #expect(try contents(newest) != first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoint).count == 2)
    }

    @Test(arguments: ["truncated", "one bit", "missing"])
    func `a run whose newest checkpoint is damaged goes on from the one before, to the same end`(damage: String) throws {
        var straight: [Figures] = []
        _ = try model.trainer(settings, output: model.folder.path + "/straight").run(report: { straight.append(Figures($0)) })
        var parts: [Figures] = []
        _ = try model.trainer(settings, stopAfter: 2).run(report: { parts.append(Figures($0)) })
        let before = try contents(previous)
        switch damage {
        case "truncated": try write(Array(try contents(newest).dropLast(9)), to: newest)
        case "one bit": try flipBit(try contents(newest).count * 8 - 77, of: newest)
        default: try FileManager.default.removeItem(atPath: newest)
        }
        var said: [String] = []
        let resumed = try resume(stopAfter: 2, reportsOnRecord: 2, said: &said)
        // The report that it made again has the step by which it is recognized.
        #expect(resumed.figures == [straight[1]] && resumed.trainer.step == 8)
        #expect(said.count == 1 && said[0].hasPrefix(newest + ": "))
        #expect(said[0].hasSuffix("; training goes on from the checkpoint before it, at step 4"))
        // The damaged one did not take the place of what training went on from.
        #expect(try contents(previous) == before)
        let last = try resume(reportsOnRecord: 2, said: &said)
        #expect(last.figures == [straight[2]] && said.count == 1)
        let adapters = ["/straight", "/out"].map { model.folder.contents($0 + "/adapter/adapter_model.safetensors") }
        #expect(adapters[0] == adapters[1] && adapters[0] != nil)
    }

    @Test func `no single bit that is changed goes unnoticed`() throws {
        _ = try model.trainer(settings, stopAfter: 1).run(report: { _ in })
        let whole = try contents(newest)
        _ = try CheckpointFiles.open(newest)
        let header = whole.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let text = String(decoding: whole[8..<(8 + header)], as: UTF8.self)
        var generator = RandomNumbers(state: 5)
        let sampled = (0..<400).map { _ in Int.random(in: 0..<whole.count * 8, using: &generator) }
        let inHeader = (0..<400).map { _ in Int.random(in: 64..<(8 + text.trimmedCount) * 8, using: &generator) }
        for bit in sampled + inHeader {
            var damaged = whole
            damaged[bit / 8] ^= 1 << (bit % 8)
            // Spaces at the header's end fill it up and say nothing.
            if (8 + text.trimmedCount..<8 + header).contains(bit / 8) { continue }
            try write(damaged, to: newest)
            #expect(throws: CheckpointError.self, "bit \(bit)") { try CheckpointFiles.open(newest) }
        }
    }

    @Test func `where both are damaged, the newest is named`() throws {
        _ = try model.trainer(settings, stopAfter: 2).run(report: { _ in })
        for path in [newest, previous] { try flipBit(try contents(path).count * 8 - 5, of: path) }
        let error = #expect(throws: CheckpointError.self) { try model.trainer(settings, resume: true) }
        #expect(error?.description == newest + ": is damaged: its checksum is another; start without it")
    }

    @Test func `one of other settings is refused, whatever is beside it`() throws {
        _ = try model.trainer(settings, stopAfter: 2).run(report: { _ in })
        let other = try model.settings(["learning_rate": .double(0.5)])
        let error = #expect(throws: InputError.self) { try model.trainer(other, resume: true) }
        #expect(error?.place == newest)
    }

    @Test func `an earlier version's, without a checksum, is read`() throws {
        _ = try model.trainer(settings, stopAfter: 1).run(report: { _ in })
        try age(newest)
        var said: [String] = []
        #expect(try resume(said: &said).figures.map(\.step) == [8, 12])
        #expect(said.isEmpty)
    }

    @Test(arguments: [
        (#""step":4"#, #""step":-4"#), (#""step":4,"trainSeconds"#, #""step":13,"trainSeconds"#),
        (#""evaluatedStep":4"#, #""evaluatedStep":5"#), (#""lossCount":0"#, #""lossCount":-1"#),
        (#""step":4"#, #""step":9223372036854775807"#),
    ])
    func `a checkpoint that says what no training comes to is refused`(part: String, other: String) throws {
        _ = try model.trainer(settings, stopAfter: 1).run(report: { _ in })
        try age(newest, replacing: part, with: other)
        let error = #expect(throws: CheckpointError.self) { try model.trainer(settings, resume: true) }
        #expect(error?.problem == "is damaged: its state is none that training comes to; start without it")
    }

    /// An earlier version's names no changes of what is computed; where one concerns the trial, it would go on with other numbers.
    @Test func `a checkpoint of other numbers is refused with the reason`() throws {
        let full: [String: SettingValue] = [
            "finetuning_type": .string("full"), "r": .null, "lora_dropout": .null, "max_steps": .int(8),
        ]
        // Its rows name the token of padding.
        let rows = (0..<24).map { "{\"text\": \"good [PAD] film\", \"label\": \"\($0 % 2)\"}\n" }.joined()
        let file = SettingValue.string(try model.folder.write(rows, as: "padding.jsonl"))
        let settings = try model.settings(full.merging(["train": file, "validation": file]) { $1 })
        let first = try model.trainer(settings, stopAfter: 1)
        _ = try first.run(report: { _ in })
        #expect(first.checkpoint.identity.numericsText == "padding-row")
        _ = try model.trainer(settings, resume: true)
        func write(_ numerics: [NumericsChange]) throws {
            let identity = TrainingIdentity(settings, data: first.data.fingerprint, numerics: numerics)
            try TrainingCheckpoint(folder: checkpoint, identity: identity, totalSteps: first.totalSteps)
                .write(first.state, first.model.parameters, first.optimizer, keepsPrevious: false)
        }
        for (numerics, words) in [
            ([], "was made by an earlier version, which gave the embeddings' row of padding a gradient; start without it"),
            (
                first.checkpoint.identity.numerics + [NumericsChange(name: "later", earlier: "") { _, _ in true }],
                "was made by another version, which computed otherwise (padding-row later); start without it"
            ),
        ] {
            try write(numerics)
            let error = #expect(throws: InputError.self) { try model.trainer(settings, resume: true) }
            #expect(error?.problem == words)
        }
    }

    @Test func `what a killed process had begun to write is removed`() throws {
        try FileManager.default.createDirectory(atPath: checkpoint, withIntermediateDirectories: true)
        let (old, new) = (newest + ".1.2.tmp", newest + ".3.4.tmp")
        for path in [old, new] { try write([1], to: path) }
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -90)], ofItemAtPath: old)
        _ = try model.trainer(settings, stopAfter: 1).run(report: { _ in })
        #expect(!FileManager.default.fileExists(atPath: old) && FileManager.default.fileExists(atPath: new))
    }
}

private struct RandomNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

extension String {
    /// Without the spaces at the end.
    fileprivate var trimmedCount: Int { utf8.count - utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count }
}
