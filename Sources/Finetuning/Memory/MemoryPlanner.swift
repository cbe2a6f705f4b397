package import Backbones
package import Checkpoints
import Layers
import Methods
import Tasks
import Tensors
package import TrainerSettings

/// Plans a trial's memory from its settings, the headers of its model's files and its data; no weight is read.
package struct MemoryPlanner {
    let settings: TrainerSettings
    let weights: any BackboneWeights
    private let storage: WeightStorage
    let given: PlannedData

    private var data: TaskData { given.data }
    var threads: Int { given.threads }
    var cache: CacheFolder? { storage.cache }

    /// - Parameters:
    ///   - weights: of the settings' model.
    ///   - cache: where the weights may lie packed; nil: the trial is to pack them.
    package init(
        _ settings: TrainerSettings, _ weights: any BackboneWeights, _ data: PlannedData, cache: CacheFolder? = nil
    ) {
        (self.settings, self.weights, given) = (settings, weights, data)
        storage = WeightStorage(settings, cache: cache).planned
    }

    /// The plan of the whole trial: of its training, or of what it does before that, where that takes more.
    ///
    /// - Throws: `PlacementError` for a method that fits no module, `CheckpointError` for files that are not the model's.
    package func plan(within limit: MemoryLimit?) throws -> MemoryPlan {
        let training = try trainingPlan(within: limit)
        guard let before = try preparation(within: limit), before.peak > training.peak else { return training }
        return MemoryPlan(parts: before.parts, checkpoints: training.checkpoints)
    }

    func trainingPlan(within limit: MemoryLimit?) throws -> MemoryPlan {
        let training = Steps(TuningMethods.method(settings), "adapter and optimizer", beside: Optimizer.memory)
        return try plan(of: training, within: limit)
    }

    /// Steps of one kind: what they train or look at, and what they keep of so many numbers beside these and their gradients.
    struct Steps {
        let method: any TuningMethod
        let name: String
        /// Whether anything is trained and evaluated. If not, the values stay zeros, which take no memory.
        var isTraining = true
        let beside: (_ count: Int) -> Int

        init(_ method: any TuningMethod, _ name: String, beside: @escaping (Int) -> Int) {
            (self.method, self.name, self.beside) = (method, name, beside)
        }

        func memory(count: Int) -> Int {
            beside(count) + (isTraining ? TrainableParameters.memory(count: count) : FloatStorage.memory(count: count))
        }
    }

    /// As the settings want it; where checkpointing is left open, with it if nothing else fits.
    func plan(of steps: Steps, within limit: MemoryLimit?) throws -> MemoryPlan {
        switch settings.gradientCheckpointing {
        case .off: return try plan(of: steps, checkpoints: false, limit)
        case .on: return try plan(of: steps, checkpoints: true, limit)
        case .auto:
            let plain = try plan(of: steps, checkpoints: false, limit)
            guard let limit, !limit.allows(plain) else { return plain }
            return try plan(of: steps, checkpoints: true, limit)
        }
    }

    /// The same trial with other settings for its batches, its precision or its activations.
    func with(_ settings: TrainerSettings) -> MemoryPlanner {
        let tokens: Int = weights.configuration.partTokens
        return MemoryPlanner(
            settings, weights,
            PlannedData(
                settings, data, written: given.written, threads: settings.threads ?? threads, partTokens: tokens),
            cache: storage.cache)
    }

    /// Whether `base_precision: quantized` is another choice.
    var canStayQuantized: Bool { weights.isQuantized && !storage.keepsBlocks && !method.changesBase }
    var method: any TuningMethod { TuningMethods.method(settings) }

    private func plan(of steps: Steps, checkpoints: Bool, _ limit: MemoryLimit?) throws -> MemoryPlan {
        let head: any TaskHead = data.task.head
        let method = steps.method
        let tuning = try TuningPlan(method, head, on: weights.configuration)
        let count = tuning.layout.count
        let vocabulary: Int = weights.configuration.vocabularySize
        let always = [
            part("program", ProcessMemory.program), part("tokenizer", ProcessMemory.tokenizer(vocabulary: vocabulary)),
            part("data", data.memory),
        ]
        let values = steps.memory(count: count)
        let sizes = steps.isTraining ? given.sizes : given.sizes.ofTraining
        // Ranks that no machine has memory for: what is trained alone is too much, and no more need be asked.
        if let limit, values > limit.bytes {
            return MemoryPlan(parts: always + [part(steps.name, values)], checkpoints: checkpoints)
        }
        var attachments = method.attachments(for: head.rows, at: tuning.sites, in: tuning.layout, kernels: storage.kernels)
        attachments.use = checkpoints ? .checkpointing : .training
        let backbone = try weights.backbone(attachments, storage)
        let attached = try head.attached(to: backbone, in: tuning.layout, kernels: storage.kernels)
        let (memory, start) = (backbone.memory, method.startMemory(at: tuning.sites, threads: threads))
        let loading = always + [part("weights as they are packed", memory.loading), part("first values", start.making)]
        let virtual = attachments.virtualTokens?.memory ?? 0
        let trained = values + memory.deltas + virtual + attached.memory + start.kept
        let running =
            always + [
                .init(name: "weights", use: memory.weights), .init(name: "embeddings", use: memory.tables),
                part(steps.name, trained + gradients(tuning.layout, sizes)), part("activations", activations(backbone, sizes)),
                part("outputs", outputs(attached, sizes)),
                part("frozen layers' results", steps.isTraining ? prefix(backbone, sizes) : 0),
                part("answers", steps.isTraining ? answers(backbone) : 0),
            ]
        let plans = [loading, running].map { MemoryPlan(parts: $0, checkpoints: checkpoints) }
        return plans[0].peak > plans[1].peak ? plans[0] : plans[1]
    }

    private func part(_ name: String, _ bytes: Int) -> MemoryPlan.Part { .init(name: name, use: MemoryUse(own: bytes)) }

    /// Of the threads but the first, and of parts whose gradients are added up.
    private func gradients(_ layout: ParameterLayout, _ sizes: BatchSizes) -> Int {
        let busy = sizes.training.count { $0.tokens > 0 }
        return max(0, busy - 1) * FloatStorage.memory(count: layout.count)
            + sizes.hasSeveral.count { $0 } * FloatStorage.memory(count: layout.baseStart)
    }

    private func activations(_ backbone: any Backbone, _ sizes: BatchSizes) -> Int {
        (0..<threads).reduce(0) { sum, thread in
            sum
                + backbone.plannedActivations(sizes.room(thread)).memory(
                    training: backbone.plannedActivations(sizes.training[thread]),
                    evaluation: backbone.plannedActivations(sizes.evaluation[thread]))
        }
    }

    private func outputs(_ head: any AttachedHead, _ sizes: BatchSizes) -> Int {
        (0..<threads).reduce(0) { sum, thread in
            let rows = max(sizes.training[thread].rows, sizes.evaluation[thread].rows)
            return sum + (rows > 0 ? FloatStorage.memory(count: head.scratchCount(rows: rows)) : 0)
        }
    }

    /// Of the training and of the validation data.
    private func prefix(_ backbone: any Backbone, _ sizes: BatchSizes) -> Int {
        guard settings.prefixCache != nil, backbone.prefixDepth > 0 else { return 0 }
        let hidden: Int = backbone.configuration.hiddenSize
        return 2 * FrozenPrefix.memory(tokens: sizes.tokens, hidden: hidden)
    }

    /// What an evaluation takes for its answers.
    private func answers(_ backbone: any Backbone) -> Int {
        given.written.map { TunedModel.writingMemory($0, on: backbone, threads: threads) } ?? 0
    }
}
