package import Backbones
package import Checkpoints
package import Layers
package import Methods
package import Tasks
import Tensors
import TrainerSettings

/// A frozen model with what a method tunes on it and a task's head, computed on several threads.
package final class TunedModel {
    package let parameters: TrainableParameters
    package let method: any TuningMethod
    package let head: any TaskHead
    /// In the order of computation.
    package let sites: [Site]
    /// How many threads share a step; nil: what ``ComputeThreads/count`` says.
    package var threads: Int?
    let backbone: any Backbone
    /// What the base lacks (``TuningMethod/change(at:of:seed:)``).
    let change: BaseChange?
    private let attachedHead: any AttachedHead
    private(set) var shards: [ThreadMemory] = []

    /// - Parameters:
    ///   - seed: determines the first values of what is trained.
    ///   - initAdapter: a folder with a PEFT adapter to start from.
    ///   - storage: of the frozen base; what is trained is fp32.
    ///   - use: what is kept for gradients; it changes no number.
    /// - Throws: an error naming the file and the tensor, or the target module, that is wrong.
    package convenience init(
        modelFolder: String, method: any TuningMethod, head: any TaskHead, seed: UInt64, initAdapter: String? = nil,
        storage: WeightStorage = WeightStorage(), use: ModelUse = .training
    ) throws {
        let weights = try Architectures.weights(of: modelFolder)
        try weights.require(storage, of: modelFolder)
        try self.init(
            weights, method: method, head: head, seed: seed, initAdapter: initAdapter, storage: storage, use: use,
            folder: modelFolder)
    }

    /// The same of weights that are open already.
    ///
    /// - Parameter folder: the model's, which has its tokenizer; nil: nothing starts from a text.
    init(
        _ weights: any BackboneWeights, method: any TuningMethod, head: any TaskHead, seed: UInt64, initAdapter: String?,
        storage: WeightStorage, use: ModelUse, folder: String? = nil
    ) throws {
        precondition(head.outputCount > 0)
        let plan = try TuningPlan(method, head, on: weights.configuration)
        if method.changesBase, storage.keepsBlocks { throw TuningPlan.changesBlocks }
        change = initAdapter == nil ? try method.change(at: plan.sites, of: weights, seed: seed) : nil
        var attachments = method.attachments(for: head.rows, at: plan.sites, in: plan.layout, kernels: storage.kernels)
        (attachments.use, attachments.change) = (use, change)
        // First: only tensors of the sizes that the configuration names show that memory of these sizes is wanted.
        backbone = try weights.backbone(attachments, storage)
        parameters = TrainableParameters(plan.layout)
        attachedHead = try head.attached(to: backbone, in: plan.layout, kernels: storage.kernels)
        sites = plan.sites
        size = try AdapterSize(of: method, head, on: weights.configuration)
        self.method = method
        self.head = head
        try start(weights, plan, seed: seed, initAdapter: initAdapter, folder: folder)
    }

    /// Keeps the base's weights as they were packed for whoever loads this model next.
    package func savePackedWeights(in cache: CacheFolder) { backbone.savePackedWeights(in: cache) }

    /// What is done to the gradients before the optimizer's step.
    package var projection: GradientProjection? { method.projection(of: parameters, at: sites) }

    /// What ``saveAdapter(to:baseModel:)`` writes.
    package let size: AdapterSize
    package var configuration: any BackboneConfiguration { backbone.configuration }

    /// Forward and backward; the gradients are overwritten, and the mean loss is returned.
    ///
    /// - Parameters:
    ///   - targets: one for each row that the head works on.
    ///   - dropoutSeed: determines the dropout's masks fully, whatever the number of threads.
    ///   - prefix: what ``prefix(_:into:)`` gave for these sequences; nil: it is computed.
    package func trainStep(
        _ batch: PackedBatch, targets: Targets, dropoutSeed: UInt64, prefix: UnsafePointer<Float>? = nil
    ) throws -> Float {
        let batch = try checked(batch)
        let rowCount = rowCount(of: batch)
        try head.check(targets, rowCount: rowCount)
        let whole = head.whole(of: targets, rowCount: rowCount)
        let parts = parts(of: batch)
        let used = shards.prefix(parts.count)
        let values = UnsafePointer(parameters.base)
        let (added, base) = (parameters.baseStart, parameters.count - parameters.baseStart)
        func pass(_ gradients: Floats, _ total: Floats) -> Pass {
            Pass(
                kernels: backbone.storage.kernels, parameters: values, gradients: gradients,
                baseGradients: base > 0 ? total : nil, dropout: method.dropout, dropoutSeed: dropoutSeed)
        }
        pack(pass(parameters.gradientBase, parameters.gradientBase))
        inParallel(used.count) { thread in
            let memory = used[thread]
            let total = memory.gradients?.base ?? parameters.gradientBase
            (total + added).update(repeating: 0, count: base)
            memory.loss = 0
            for index in stride(from: thread, to: parts.count, by: used.count) {
                let isFirst = index == thread
                let gradients = isFirst ? total : memory.partGradients(count: added)
                memory.loss += step(
                    Shard(batch, sequences: parts[index], prefix: prefix), targets: targets,
                    weight: 1 / Float(whole), memory, pass: pass(gradients, total))
                if !isFirst {
                    backbone.storage.kernels.addScaled(gradients, by: 1, to: total, count: added)
                }
            }
        }
        inRuns(of: parameters.count, threads: used.count) { run in
            for gradients in used.compactMap(\.gradients) {
                backbone.storage.kernels.addScaled(
                    gradients.base + run.lowerBound, by: 1, to: parameters.gradientBase + run.lowerBound, count: run.count)
            }
        }
        backbone.virtualTokens?.finish(pass(parameters.gradientBase, parameters.gradientBase))
        return Float(used.reduce(0) { $0 + $1.loss } / whole)
    }

    private func step(
        _ shard: Shard, targets: Targets, weight: Float, _ memory: ThreadMemory, pass: Pass
    ) -> Double {
        let hidden = memory.activations.forward(shard, pass: pass)
        let scratch = memory.headScratch(count: attachedHead.scratchCount(rows: hidden.rows.count))
        let loss = attachedHead.step(hidden, targets: targets, weight: weight, scratch: scratch, pass: pass)
        memory.activations.backward(shard, pass: pass)
        return loss
    }

    /// What the head gives without dropout, row-major [rows, ``TaskHead/outputCount``].
    ///
    /// - Parameters:
    ///   - targets: one for each row that the head works on; none where its outputs do not depend on them.
    ///   - prefix: what ``prefix(_:into:)`` gave for these sequences; nil: it is computed.
    ///   - packs: whether the parameters may have changed since the last call that was without gradients.
    package func outputs(
        _ batch: PackedBatch, targets: Targets = Targets(), prefix: UnsafePointer<Float>? = nil, packs: Bool = true
    ) throws -> [Float] {
        let batch = try checked(batch)
        let parts = parts(of: batch)
        let used = shards.prefix(parts.count)
        let pass = Pass(kernels: backbone.storage.kernels, parameters: UnsafePointer(parameters.base))
        if packs { pack(pass) }
        let width = head.outputCount
        var outputs = [Float](repeating: 0, count: rowCount(of: batch) * width)
        outputs.withUnsafeMutableBufferPointer { outputs in
            guard let base = outputs.baseAddress else { return }
            inParallel(used.count) { thread in
                for index in stride(from: thread, to: parts.count, by: used.count) {
                    let shard = Shard(batch, sequences: parts[index], prefix: prefix)
                    let hidden = used[thread].activations.forward(shard, pass: pass)
                    let scratch = used[thread].headScratch(count: attachedHead.scratchCount(rows: hidden.rows.count))
                    attachedHead.forward(
                        hidden, targets: targets, into: base + hidden.rows.first * width, scratch: scratch, pass: pass)
                }
            }
        }
        return outputs
    }

    /// The batch as the backbone takes it, with what stands before each text.
    private func checked(_ batch: PackedBatch) throws(BatchError) -> PackedBatch {
        let batch = batch.preceded(by: method.virtualTokenCount)
        try backbone.check(batch)
        return batch
    }

    /// Tokens of the longest text that it takes.
    var positionCount: Int { configuration.positionCount - method.virtualTokenCount }

    func pack(_ pass: Pass) {
        backbone.pack(pass, threads: threads ?? ComputeThreads.count)
        attachedHead.pack(pass)
    }

    private func rowCount(of batch: PackedBatch) -> Int {
        head.rows.rows(of: Shard(batch, sequences: 0..<batch.sequenceCount)).count
    }

    /// Writes a folder that PEFT loads; each file is replaced atomically.
    ///
    /// - Parameters:
    ///   - baseModel: what stands in it as the model that it belongs to.
    ///   - notes: what is kept of the training; nil: nothing.
    package func saveAdapter(to folder: String, baseModel: String, notes: TrainingNotes? = nil) throws {
        let beside = notes.map { [$0.folderFile] } ?? []
        guard !method.savesModel else { return try saveModel(to: folder, from: baseModel, beside) }
        let saved = method.exported(for: configuration, rows: head.rows)
        let sites = try saved.sites(of: configuration, for: head.rows)
        let common: [String: SettingValue] = [
            "base_model_name_or_path": .string(baseModel), "inference_mode": .bool(true), "revision": .null,
            "peft_type": .string(type(of: method).peftType),
        ]
        var values = try [saved.peftValues(at: sites, of: configuration), head.peftValues].reduce(common) {
            $0.merging($1, uniquingKeysWith: Self.together)
        }
        if !type(of: method).namesSavedModules { values["modules_to_save"] = nil }
        let tensors = method.exported(parameters, at: sites, without: change).map {
            $0.named(method.fileName($0.name, on: configuration))
        }
        let (kind, isOwn) = (type(of: method), { (name: String) in type(of: self.method).owns(name) })
        var parts = [(name: kind.files.adapter, tensors: tensors)]
        if let head = kind.files.head {
            parts = [(kind.files.adapter, tensors.filter { isOwn($0.name) }), (head, tensors.filter { !isOwn($0.name) })]
            parts.removeAll { $0.tensors.isEmpty }
        }
        let files = try head.files() + method.files(of: configuration, labels: head.labelNames, base: baseModel)
        try AdapterFolder(folder).write(parts, configuration: values, files: files + beside)
    }

    /// The method and the head may each name modules that are saved whole.
    private static func together(_ first: SettingValue, _ second: SettingValue) -> SettingValue {
        guard case .array(let names) = first else { return second }
        guard case .array(let more) = second else { return first }
        return .array(names + more.filter { !names.contains($0) })
    }

    /// The batch cut up for the threads, each with memory of its own, and so small that a large batch takes little of it.
    func parts(of batch: PackedBatch) -> [Range<Int>] {
        let threads = max(1, threads ?? ComputeThreads.count)
        while shards.count < threads {
            shards.append(
                ThreadMemory(
                    backbone.activations(), gradients: shards.isEmpty ? nil : FloatStorage(count: parameters.count)))
        }
        if shards.count > threads { shards.removeLast(shards.count - threads) }
        return Self.parts(of: batch, threads: threads, atOnce: backbone.partTokens)
    }

    /// Part i is thread i mod n's, where there are n threads, each of which computes about so many tokens at once.
    static func parts(of batch: PackedBatch, threads: Int, atOnce tokens: Int) -> [Range<Int>] {
        let rounds = (batch.tokenCount + threads * tokens - 1) / (threads * tokens)
        return batch.parts(atMost: threads * rounds)
    }
}

/// What one thread has to itself; the first writes its gradients where the sum is wanted.
final class ThreadMemory {
    let activations: any Activations
    let gradients: FloatStorage?
    var loss = 0.0
    private var part: FloatStorage?
    private var head = FloatStorage(count: 0)

    init(_ activations: any Activations, gradients: FloatStorage?) {
        self.activations = activations
        self.gradients = gradients
    }

    func headScratch(count: Int) -> Floats {
        if head.count < count { head = FloatStorage(count: count) }
        return head.base
    }

    /// Where a part's gradients go before they are added to the thread's.
    func partGradients(count: Int) -> Floats {
        let storage = part ?? FloatStorage(count: count)
        part = storage
        return storage.base
    }
}
