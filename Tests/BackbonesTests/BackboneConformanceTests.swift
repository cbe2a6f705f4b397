import Backbones
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

/// A model of each architecture, and one of the tests' own: what holds for all of them names none.
struct BackboneCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let weights: @Sendable () throws -> any BackboneWeights

    static let all = [
        BackboneCase(testDescription: "bert") { try Architectures.weights(of: ModelFolder.tiny) },
        .encoder("roberta"), .encoder("xlm-roberta"), .encoder("distilbert"), .encoder("electra"),
        .decoder("llama"), .decoder("mistral"), .decoder("qwen2"), .decoder("qwen3"), .decoder("smollm3"),
        .decoder("gemma"), .decoder("gemma2"), .decoder("gemma3"), .decoder("phi3"),
        BackboneCase(testDescription: "two layers") { TwoLayers.Weights(configuration: TwoLayers()) },
    ]

    private static func encoder(_ name: String) -> BackboneCase {
        BackboneCase(testDescription: name) { try Architectures.weights(of: TinyEncoder(name).folder) }
    }

    private static func decoder(_ name: String) -> BackboneCase {
        BackboneCase(testDescription: name) { try Architectures.weights(of: TinyDecoder(name).folder) }
    }

    static var batch: PackedBatch {
        var batch = PackedBatch(sequences: [[2, 11, 7, 30, 4, 19, 3], [2], [2, 5, 39, 8, 8, 21, 13, 17], [2, 9, 3]])
        batch.listed = [1, 2, 6, 8, 15, 18]
        return batch
    }

    func tuned(
        _ rows: RowSelection, _ method: LoRAConfiguration = .init(rank: 2, alpha: 4, targets: .allLinear),
        storage: WeightStorage = WeightStorage(), use: ModelUse = .training
    ) throws -> TunedBackbone {
        try Self.open(weights(), rows, method, (storage, use))
    }

    private static func open(
        _ weights: some BackboneWeights, _ rows: RowSelection, _ method: LoRAConfiguration, _ way: (WeightStorage, ModelUse)
    ) throws -> TunedBackbone {
        try TunedBackbone(weights, rows: rows, method: method, storage: way.0, use: way.1)
    }
}

@Suite struct BackboneConformanceTests {
    private let batch = BackboneCase.batch

    @Test func `every architecture has a case`() throws {
        let tested = try BackboneCase.all.map { (try $0.weights().configuration as any BackboneConfiguration).modelType }
        #expect(Set(Architectures.all.flatMap { $0.modelTypes }).isSubset(of: tested))
    }

    @Test(arguments: BackboneCase.all, RowSelection.allCases)
    func `sites have names and random streams of their own, in the order of computation`(
        model: BackboneCase, rows: RowSelection
    ) throws {
        let configuration: any BackboneConfiguration = try model.weights().configuration
        let sites = configuration.sites(for: rows)
        #expect(!sites.isEmpty && Set(sites.map(\.name)).count == sites.count)
        #expect(Set(sites.map(\.stream)).count == sites.count)
        #expect(sites.map(\.order) == sites.map(\.order).sorted())
        for (site, next) in zip(sites, sites.dropFirst()) where site.order == next.order {
            #expect(site.inputs == next.inputs && site.layer == next.layer)
        }
        #expect(sites.allSatisfy { $0.layer.map((0..<configuration.layerCount).contains) ?? true })
        guard configuration.defaultTargets.isEmpty else {
            #expect(try !Placement().sites(of: configuration, for: rows).isEmpty)
            return
        }
        let error = #expect(throws: PlacementError.self) { try Placement().sites(of: configuration, for: rows) }
        #expect(error?.problem.contains("set target_modules to all-linear, or to a list of names; modules: ") == true)
    }

    /// Each tensor is moved along a random direction of its own.
    @Test(arguments: BackboneCase.all, RowSelection.allCases)
    func `every gradient is the slope by differences, for any sites and under a dropout mask`(
        model: BackboneCase, rows: RowSelection
    ) throws {
        let sites = try model.weights().configuration.sites(for: rows)
        let targets: [TrainerSettings.TargetModules] = [.allLinear] + sites.map { .names([$0.name]) }
        for (target, dropout) in targets.map({ ($0, 0.0) }) + [(.allLinear, 0.3)] {
            let tuned = try model.tuned(rows, .init(rank: 2, alpha: 4, dropout: dropout, targets: target))
            var random = RandomSource(seed: 9)
            let weights = (0..<4096).map { _ in Float(random.normal()) }
            func loss() -> Double { tuned.loss(batch, weights: { weights[$0] }, dropoutSeed: 6) }
            _ = loss()
            let gradients = Array(tuned.parameters.gradients)
            for (number, entry) in tuned.parameters.entries.enumerated() {
                var random = RandomSource(seed: UInt64(number))
                let direction = entry.range.map { _ in Float(random.normal()) }
                let start = Array(tuned.parameters.values[entry.range])
                func moved(by distance: Float) -> Double {
                    for (i, at) in entry.range.enumerated() {
                        tuned.parameters.values[at] = start[i] + distance * direction[i]
                    }
                    return loss()
                }
                func slope(_ distance: Float) -> Double {
                    (moved(by: distance) - moved(by: -distance)) / Double(2 * distance)
                }
                let analytic = zip(entry.range, direction).reduce(0.0) { $0 + Double(gradients[$1.0]) * Double($1.1) }
                let size = entry.range.reduce(0.0) { $0 + Double(gradients[$1]) * Double(gradients[$1]) }.squareRoot()
                var error = abs(slope(1e-3) - analytic) / max(size, 0.5)
                // Where a softmax is steep, only a short step tells the slope.
                if error > 0.01 { error = min(error, abs(slope(2e-4) - analytic) / max(size, 0.5)) }
                _ = moved(by: 0)
                #expect(size > 0 && error < 0.02, "\(entry.name)")
            }
        }
    }

    @Test(arguments: BackboneCase.all)
    func `listed rows are those of all, and nothing listed in a sequence is no row of it`(model: BackboneCase) throws {
        let (listed, all) = (try model.tuned(.listed).values(batch), try model.tuned(.all).values(batch))
        let width = all.count / batch.tokenCount
        #expect(listed.count == batch.listed.count * width)
        for (row, token) in batch.listed.enumerated() {
            for i in 0..<width { #expect(abs(listed[row * width + i] - all[Int(token) * width + i]) < 1e-5) }
        }
    }

    @Test(arguments: BackboneCase.all, RowSelection.allCases)
    func `a part of a batch is computed as in the whole, in training as in an evaluation`(
        model: BackboneCase, rows: RowSelection
    ) throws {
        for (method, seed) in [
            (LoRAConfiguration(targets: .allLinear), nil), (.init(dropout: 0.4, targets: .allLinear), UInt64(3)),
        ] {
            let tuned = try model.tuned(rows, method)
            let whole = tuned.values(batch, dropoutSeed: seed)
            let ranges: [Range<Int>] = [0..<1, 1..<3, 3..<4]
            let parts: [Float] = ranges.flatMap { tuned.values(batch, sequences: $0, dropoutSeed: seed) as [Float] }
            #expect(whole.count == parts.count && zip(whole, parts).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        let tuned = try model.tuned(rows)
        #expect(tuned.values(batch) == tuned.values(batch, dropoutSeed: 1))
    }

    @Test(arguments: BackboneCase.all, RowSelection.allCases)
    func `from the frozen layers' kept results the same bits follow`(model: BackboneCase, rows: RowSelection) throws {
        let last = try model.weights().configuration.layerCount - 1
        for precision in WeightPrecision.allCases {
            let tuned = try model.tuned(
                rows, .init(rank: 2, targets: .allLinear, layers: .indices([last])), storage: WeightStorage(precision))
            #expect(tuned.backbone.prefixDepth == last)
            let expected = tuned.values(batch)
            let shard = Shard(batch, sequences: 0..<batch.sequenceCount)
            let states = tuned.activations.prefix(shard, pass: tuned.pass(dropoutSeed: nil))
            let count = batch.tokenCount * tuned.backbone.configuration.hiddenSize
            let kept = FloatStorage(copying: UnsafeBufferPointer(start: states, count: count))
            #expect(tuned.values(batch, prefix: kept.base) == expected)
        }
    }

    @Test(arguments: BackboneCase.all, RowSelection.allCases)
    func `activations that are computed again give the same bits`(model: BackboneCase, rows: RowSelection) throws {
        let layers = try model.weights().configuration.layerCount
        let methods = [
            LoRAConfiguration(rank: 2, alpha: 4, targets: .allLinear),
            .init(rank: 2, alpha: 4, dropout: 0.3, targets: .allLinear),
            .init(rank: 3, targets: .allLinear, layers: .last(max(1, layers - 1))),
            .init(rank: 2, targets: .allLinear, layers: .indices([0])),
        ]
        for (method, precision) in methods.flatMap({ method in WeightPrecision.allCases.map { (method, $0) } }) {
            let numbers = try [ModelUse.training, .checkpointing].map { use in
                let tuned = try model.tuned(rows, method, storage: WeightStorage(precision), use: use)
                // A smaller batch first: its buffers grow. An evaluation between changes nothing.
                var small = PackedBatch(sequences: [[2, 7, 30]])
                small.listed = [1]
                let losses = [small, batch, small, batch].map { batch in
                    _ = tuned.values(batch)
                    return tuned.loss(batch, weights: { Float($0 % 7 - 3) }, dropoutSeed: 6)
                }
                return losses.map { Float($0) } + Array(tuned.parameters.gradients)
            }
            #expect(numbers[0] == numbers[1] && numbers[0].contains { $0 != 0 })
        }
    }

    @Test(arguments: BackboneCase.all, RowSelection.allCases)
    func `what is planned is what a model that is loaded takes`(model: BackboneCase, rows: RowSelection) throws {
        for (precision, use) in WeightPrecision.allCases.flatMap({ p in [ModelUse.training, .checkpointing].map { (p, $0) } }) {
            let storage = WeightStorage(precision)
            let loaded = try model.tuned(rows, storage: storage, use: use).backbone
            let planned = try model.tuned(rows, storage: storage.planned, use: use).backbone
            #expect(planned.memory == loaded.memory)
            #expect(planned.prefixDepth == loaded.prefixDepth)
            let room = Capacity(tokens: 256, rows: 16, longest: 16)
            #expect(planned.plannedActivations(room) == loaded.plannedActivations(room))
            #expect(planned.generationMemory(batch, newTokens: 9) == loaded.generationMemory(batch, newTokens: 9))
        }
    }

    @Test(arguments: BackboneCase.all)
    func `more tokens never take less, and checkpoints less than all activations`(model: BackboneCase) throws {
        func memory(_ use: ModelUse, _ tokens: Int) throws -> Int {
            let backbone = try model.tuned(.all, use: use).backbone
            let part = backbone.plannedActivations(Capacity(tokens: tokens, rows: tokens, longest: 64))
            return part.memory(training: part, evaluation: part)
        }
        let few = try memory(.training, 1 << 10)
        let many = try memory(.training, 1 << 15)
        #expect(few <= many)
        let checkpointing = try memory(.checkpointing, 1 << 15)
        // The tests' own model keeps all.
        #expect(model.testDescription == "two layers" ? checkpointing == many : checkpointing < many)
    }

    @Test(arguments: BackboneCase.all)
    func `a text that grows token by token has the rows of the whole text`(model: BackboneCase) throws {
        for precision in WeightPrecision.allCases {
            let tuned = try model.tuned(.all, storage: WeightStorage(precision))
            guard let generation = tuned.backbone.generation() else {
                #expect(tuned.backbone.configuration.outputSite == nil)
                continue
            }
            let (whole, width) = (tuned.values(batch), tuned.backbone.configuration.hiddenSize)
            let pass = tuned.pass(dropoutSeed: nil)
            let texts = (0..<batch.sequenceCount).map { batch.tokens[Int(batch.offsets[$0])..<Int(batch.offsets[$0 + 1])] }
            var lengths = texts.map { max(1, $0.count / 2) }
            let starts = PackedBatch(sequences: zip(texts, lengths).map { Array($0.prefix($1)) })
            func check(_ hidden: HiddenRows, _ sequences: [Int]) {
                #expect(hidden.rows.count == sequences.count && hidden.gradient == nil)
                for (row, sequence) in sequences.enumerated() {
                    let token = Int(batch.offsets[sequence]) + lengths[sequence] - 1
                    for i in 0..<width {
                        let difference = abs(hidden.values[row * width + i] - whole[token * width + i])
                        #expect(difference < (precision == .fp32 ? 1e-4 : 0.1))
                    }
                }
            }
            check(generation.prefill(starts, newTokens: 8, pass: pass), Array(texts.indices))
            while true {
                let growing = texts.indices.filter { lengths[$0] < texts[$0].count }
                guard !growing.isEmpty else { break }
                let next = growing.map { texts[$0][texts[$0].startIndex + lengths[$0]] }
                let hidden = generation.step(next, of: growing, pass: pass)
                for sequence in growing { lengths[sequence] += 1 }
                check(hidden, growing)
            }
        }
    }

    @Test(arguments: BackboneCase.all)
    func `what makes texts has its vocabulary's matrix, but not for pooled rows`(model: BackboneCase) throws {
        for rows in RowSelection.allCases {
            let backbone = try model.tuned(rows).backbone
            let site = backbone.configuration.outputSite
            #expect(backbone.outputLayer?.linears.map(\.site) == (rows == .pooled ? nil : site.map { [$0] }))
            #expect(backbone.outputLayer?.delta == nil)
            #expect(site.map { $0.order > backbone.configuration.sites(for: rows).map(\.order).max() ?? 0 } ?? true)
        }
    }

    @Test(arguments: BackboneCase.all)
    func `batches that it cannot take are refused`(model: BackboneCase) throws {
        let tuned = try model.tuned(.listed)
        let (limit, vocabulary) = (
            tuned.backbone.configuration.positionCount, Int32(tuned.backbone.configuration.vocabularySize)
        )
        for sequences in [[], [[1], []], [[Int32](repeating: 1, count: limit + 1)], [[-1]], [[vocabulary]]] as [[[Int32]]] {
            #expect(throws: BatchError.self) { try tuned.backbone.check(PackedBatch(sequences: sequences)) }
        }
        for listed in [[-1], [2, 2], [3, 1], [3]] as [[Int32]] {
            var batch = PackedBatch(sequences: [[1, 2, 3]])
            batch.listed = listed
            #expect(throws: BatchError.self) { try tuned.backbone.check(batch) }
        }
        try tuned.backbone.check(batch)
    }
}
