import Checkpoints
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

@testable import Backbones

/// What transformers and peft compute with tiny random decoders of each architecture.
@Suite struct DecoderGoldenTests {
    private static let untuned = LoRAConfiguration(rank: 1, alpha: 1, targets: .names([]))

    @Test(arguments: TinyDecoder.all, Kernels.available)
    func `logits are transformers'`(name: String, kernels: Kernels) throws {
        let tiny = TinyDecoder(name)
        let (batch, golden) = (try tiny.batch(), try #require(try tiny.numbers("golden")["logits"]))
        let tuned = try tiny.tuned(Self.untuned, rows: .all, storage: WeightStorage(kernels: kernels))
        let pass = tuned.pass(dropoutSeed: nil)
        tuned.backbone.pack(pass)
        let hidden = tuned.activations.forward(Shard(batch, sequences: 0..<batch.sequenceCount), pass: pass)
        let logits = try tuned.logits(hidden, pass: pass)
        #expect(logits.count == golden.count)
        #expect(zip(logits, golden).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test(arguments: TinyDecoder.all)
    func `products in bf16 are near`(name: String) throws {
        let tiny = TinyDecoder(name)
        let (batch, golden) = (try tiny.batch(), try #require(try tiny.numbers("golden")["logits"]))
        let tuned = try tiny.tuned(Self.untuned, rows: .all, storage: WeightStorage(.bf16))
        let pass = tuned.pass(dropoutSeed: nil)
        let hidden = tuned.activations.forward(Shard(batch, sequences: 0..<batch.sequenceCount), pass: pass)
        let logits = try tuned.logits(hidden, pass: pass)
        let squares = zip(logits, golden).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        #expect((squares / Double(golden.count)).squareRoot() < 0.03)
    }

    @Test(arguments: TinyDecoder.all)
    func `greedy texts are those that generate gives`(name: String) throws {
        let tiny = TinyDecoder(name)
        let (batch, golden) = (try tiny.batch(), try #require(try tiny.numbers("golden")["generated"]).map(Int32.init))
        let prompts = [0, 3, 1].map { Array(batch.tokens[Int(batch.offsets[$0])..<Int(batch.offsets[$0 + 1])]) }
        let count = golden.count / prompts.count
        let tuned = try tiny.tuned(Self.untuned)
        let pass = tuned.pass(dropoutSeed: nil)
        tuned.backbone.pack(pass)
        let generation = try #require(tuned.backbone.generation())
        var texts = prompts.map { _ in [Int32]() }
        var hidden = generation.prefill(PackedBatch(sequences: prompts), newTokens: count, pass: pass)
        for place in 0..<count {
            let logits = try tuned.logits(hidden, pass: pass)
            let width = logits.count / prompts.count
            for text in texts.indices {
                let row = logits[text * width..<(text + 1) * width]
                texts[text].append(Int32((row.indices.max { row[$0] < row[$1] } ?? row.startIndex) - row.startIndex))
            }
            guard place < count - 1 else { break }
            hidden = generation.step(texts.compactMap(\.last), of: Array(texts.indices), pass: pass)
        }
        #expect(texts.flatMap(\.self) == golden)
    }

    /// LongRoPE's short texts are other than the whole one.
    @Test(arguments: TinyDecoder.all.filter { !$0.hasSuffix("longrope") })
    func `a text that grows token by token has transformers' logits at each`(name: String) throws {
        let tiny = TinyDecoder(name)
        let (batch, golden) = (try tiny.batch(), try #require(try tiny.numbers("golden")["logits"]))
        let places = zip(batch.offsets, batch.offsets.dropFirst()).map { Int($0)..<Int($1) }
        let text = try #require(places.max { $0.count < $1.count })
        let (width, first) = (golden.count / batch.tokenCount, text.lowerBound + 2)
        let tuned = try tiny.tuned(Self.untuned)
        let pass = tuned.pass(dropoutSeed: nil)
        tuned.backbone.pack(pass)
        let generation = try #require(tuned.backbone.generation())
        let prompt = PackedBatch(sequences: [Array(batch.tokens[text.lowerBound...first])])
        var hidden = generation.prefill(prompt, newTokens: text.upperBound - first - 1, pass: pass)
        for place in first..<text.upperBound {
            if place > first { hidden = generation.step([batch.tokens[place]], of: [0], pass: pass) }
            let logits = try tuned.logits(hidden, pass: pass)
            let wanted = golden[place * width..<(place + 1) * width]
            #expect(zip(logits, wanted).allSatisfy { abs($0 - $1) < 1e-4 }, "token \(place - text.lowerBound)")
        }
    }

    /// Llama's keys before the border stay as they were turned; Phi-3 begins again there.
    @Test(arguments: ["llama-longrope", "phi3-longrope"])
    func `a text that grows over LongRoPE's border has the logits that generate gives`(name: String) throws {
        let tiny = TinyDecoder(name)
        let (batch, golden) = (try tiny.batch(), try #require(try tiny.numbers("grown")["logits"]))
        let places = zip(batch.offsets, batch.offsets.dropFirst()).map { Int($0)..<Int($1) }
        let text = Array(batch.tokens[try #require(places.max { $0.count < $1.count })])
        let tuned = try tiny.tuned(Self.untuned)
        let pass = tuned.pass(dropoutSeed: nil)
        tuned.backbone.pack(pass)
        let vocabulary = tuned.backbone.configuration.vocabularySize
        let count = golden.count / vocabulary
        let first = text.count - count
        let border = try #require(try tiny.configuration()?.rotary.border)
        #expect(first < border && border < text.count - 2)
        let generation = try #require(tuned.backbone.generation())
        // Beside others, of which one is over the border before it and one never comes there.
        let (long, short) = (text, Array(text.prefix(3)))
        let prompts = PackedBatch(sequences: [long, Array(text.prefix(first)), short])
        var hidden = generation.prefill(prompts, newTokens: count, pass: pass)
        var others: [[Float]] = [[], []]
        for place in 0..<count {
            if place > 0 {
                hidden = generation.step([text[place], text[first + place - 1], text[place]], of: [0, 1, 2], pass: pass)
            }
            let logits = try tuned.logits(hidden, pass: pass)
            let wanted = golden[place * vocabulary..<(place + 1) * vocabulary]
            #expect(zip(logits.dropFirst(vocabulary), wanted).allSatisfy { abs($0 - $1) < 1e-4 }, "token \(first + place)")
            others[0] += logits.prefix(vocabulary)
            others[1] += logits.suffix(vocabulary)
        }
        for (prompt, seen) in zip([long, short], others) {
            let alone = try #require(tuned.backbone.generation())
            var hidden = alone.prefill(PackedBatch(sequences: [prompt]), newTokens: count, pass: pass)
            for place in 0..<count {
                if place > 0 { hidden = alone.step([text[place]], of: [0], pass: pass) }
                let logits = try tuned.logits(hidden, pass: pass)
                #expect(zip(logits, seen.dropFirst(place * vocabulary)).allSatisfy { abs($0 - $1) < 1e-5 })
            }
        }
    }

    @Test func `a text that is begun again at the border is part of the plan`() throws {
        let tuned = try TinyDecoder("phi3-longrope").tuned(Self.untuned, storage: WeightStorage().planned)
        func planned(_ prompt: Int, new: Int) -> Int {
            let batch = PackedBatch(sequences: [Array(repeating: 5, count: prompt)])
            return tuned.backbone.generationMemory(batch, newTokens: new)
        }
        // Of two texts as long in the end, the one that grows over the border takes the room of the other's prompt besides.
        #expect(planned(8, new: 32) == planned(33, new: 7))
        #expect(planned(8, new: 24) <= planned(8, new: 32))
    }

    @Test func `Gemma's embeddings are scaled in bf16 where products are`() throws {
        for (precision, scale) in [(WeightPrecision.fp32, Float(32).squareRoot()), (.bf16, 5.65625)] {
            let tuned = try TinyDecoder("gemma").tuned(Self.untuned, rows: .all, storage: WeightStorage(precision))
            #expect((tuned.backbone as? DecoderModel)?.embeddingScale == scale)
        }
        #expect(WeightPrecision.bf16.rounded(-1.00390625) == -1 && WeightPrecision.bf16.rounded(1.01171875) == 1.015625)
    }

    private static let cases: [(name: String, file: String, targets: TrainerSettings.TargetModules?, layers: [Int]?)] = [
        ("llama", "query-value", .names(["q_proj", "v_proj"]), nil), ("llama", "all-linear", .allLinear, nil),
        ("llama", "last-layer", .names(["k_proj", "gate_proj"]), [2]), ("mistral", "all-linear", .allLinear, nil),
        ("qwen2", "query-value", .names(["q_proj", "v_proj"]), nil), ("qwen3", "all-linear", .allLinear, nil),
        ("smollm3", "query-value", .names(["q_proj", "v_proj"]), nil),
        ("gemma", "query-value", .names(["q_proj", "v_proj"]), nil), ("gemma2", "all-linear", .allLinear, nil),
        ("gemma3", "query-value", .names(["q_proj", "v_proj"]), nil), ("gemma3", "all-linear", .allLinear, nil),
        ("phi3", "all-linear", .allLinear, nil), ("phi3", "inputs", .names(["qkv_proj", "gate_up_proj"]), [1, 2]),
        ("phi3-longrope", "queries", nil, nil),
    ]

    @Test(arguments: cases.indices)
    func `gradients, and the losses of thirty steps, are peft's`(index: Int) throws {
        let (name, file, targets, layers) = Self.cases[index]
        let tiny = TinyDecoder(name)
        let golden = try tiny.numbers(file)
        let tuned = try tiny.tuned(
            LoRAConfiguration(rank: 2, alpha: 4, targets: targets, layers: layers.map { .indices($0) } ?? .all))
        for entry in tuned.parameters.entries {
            let start = try #require(golden["start." + entry.name], "\(entry.name)")
            for (place, value) in zip(entry.range, start) { tuned.parameters.values[place] = value }
        }
        #expect(golden.keys.filter { $0.hasPrefix("start.") }.count == tuned.parameters.entries.count)
        let batch = try Self.labeled(tiny.batch(), from: golden["first_label"]?.first ?? 0)
        let moments = (FloatStorage(count: tuned.parameters.count), FloatStorage(count: tuned.parameters.count))
        for (step, expected) in (golden["losses"] ?? []).enumerated() {
            let loss = try tuned.causalLoss(batch)
            #expect(abs(loss - Double(expected)) < 1e-3 * max(1, abs(Double(expected))), "step \(step)")
            if step == 0 {
                for entry in tuned.parameters.entries {
                    let gradient = try #require(golden["gradient." + entry.name])
                    let ours = tuned.parameters.gradients[entry.range]
                    let largest = gradient.map(abs).max() ?? 0
                    #expect(zip(ours, gradient).allSatisfy { abs($0 - $1) < 1e-3 * largest }, "\(entry.name)")
                }
            }
            adamW(
                values: tuned.parameters.values, gradients: UnsafeBufferPointer(tuned.parameters.gradients),
                firstMoments: moments.0.values, secondMoments: moments.1.values, step: step + 1, learningRate: 5e-3,
                weightDecay: 0)
        }
        #expect(golden["losses"]?.count == 30)
    }

    @Test(arguments: [("qwen2", "rslora"), ("qwen2", "dora"), ("phi3", "dora-rslora")], [false, true])
    func `an adapter of PEFT's other kinds gives its logits`(adapter: (name: String, kind: String), isLate: Bool) throws {
        let tiny = TinyDecoder(adapter.name)
        let folder = AdapterFolder(tiny.folder + "/" + adapter.kind)
        let method = try #require(try TuningMethods.method(of: folder) as? LoRAConfiguration)
        #expect(
            method.isDecomposed == adapter.kind.hasPrefix("dora") && method.isRankStabilized == adapter.kind.hasSuffix("rslora")
        )
        let tuned = try tiny.tuned(method, rows: isLate ? .listed : .all)
        let file = try folder.tensors(
            tuned.parameters.entries.map(\.spec), of: method, at: tuned.sites, on: Architectures.configuration(of: tiny.folder))
        for entry in tuned.parameters.entries {
            let tensor = try file.tensor(entry.name, shape: entry.shape)
            withExtendedLifetime(tensor) {
                for (place, value) in zip(entry.range, tensor.values) { tuned.parameters.values[place] = value }
            }
        }
        var batch = try tiny.batch()
        batch.listed = isLate ? [3, 7, 20, 66] : []
        let pass = tuned.pass(dropoutSeed: nil)
        tuned.backbone.pack(pass)
        let hidden = tuned.activations.forward(Shard(batch, sequences: 0..<batch.sequenceCount), pass: pass)
        let logits = try tuned.logits(hidden, pass: pass)
        let golden = try #require(try tiny.numbers(adapter.kind + "/golden")["logits"])
        let width = golden.count / batch.tokenCount
        let wanted = isLate ? batch.listed.flatMap { golden[Int($0) * width..<(Int($0) + 1) * width] } : golden
        #expect(logits.count == wanted.count && zip(logits, wanted).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    /// The batch with the rows listed that predict a labelled token: those from this part of each sequence on, never the first.
    private static func labeled(_ batch: PackedBatch, from part: Float) throws -> PackedBatch {
        var batch = batch
        for (start, end) in zip(batch.offsets, batch.offsets.dropFirst()) {
            let first = max(1, Int32(part * Float(end - start)))
            if first < end - start { batch.listed += start + first - 1..<end - 1 }
        }
        return batch
    }
}
