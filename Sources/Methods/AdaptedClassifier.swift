package import Backbones
package import Checkpoints
package import Layers
package import Tensors

/// A frozen BERT with LoRA adapters and a trained classification head.
package final class AdaptedClassifier {
    package let parameters: TrainableParameters
    package let labels: [String]
    package let lora: LoRAConfiguration
    package let adaptedModules: [LinearModule]
    /// How many threads share a step; nil: what ``BLAS/threads`` says.
    package var threads: Int?
    let classifier: BertClassifier
    private(set) var shards: [ThreadMemory] = []

    /// - Parameters:
    ///   - labels: in the order of their numbers.
    ///   - seed: determines the adapters' and the head's first values.
    ///   - initAdapter: a folder with a PEFT adapter to start from.
    ///   - precision: of the frozen base; what is trained is fp32.
    ///   - cache: where the base's weights packed in bf16 may be found, and ``savePackedWeights(in:)`` puts them.
    /// - Throws: an error naming the file and the tensor, or the target module, that is wrong.
    package init(
        modelFolder: String, labels: [String], lora: LoRAConfiguration, seed: UInt64, initAdapter: String? = nil,
        precision: WeightPrecision = .fp32, cache: CacheFolder? = nil, kernels: Kernels = .current
    ) throws {
        precondition(!labels.isEmpty)
        let weights = try BertWeights(modelFolder: modelFolder)
        let hidden = weights.configuration.hiddenSize
        adaptedModules = try AdapterPlacement.modules(of: weights.configuration, lora: lora)
        let layout = AdapterLayout(adaptedModules, lora: lora, classes: labels.count, hiddenSize: hidden)
        // First: only tensors of the sizes that the configuration names bear out that memory of these sizes is wanted.
        let model = try Bert(
            weights, slots: layout.slots, separateInputs: lora.dropout > 0, precision: precision, cache: cache,
            kernels: kernels)
        parameters = TrainableParameters(layout.shapes)
        self.labels = labels
        self.lora = lora
        if let initAdapter {
            try AdapterFolder(initAdapter).read(into: parameters, lora: lora, labels: labels)
        } else {
            try parameters.initialise(weights, labelCount: labels.count, seed: seed)
        }
        classifier = BertClassifier(model, head: layout.head)
    }

    /// Keeps the base's weights as they were packed for whoever loads this model next.
    package func savePackedWeights(in cache: CacheFolder) { classifier.model.savePackedWeights(in: cache) }

    /// What ``saveAdapter(to:baseModel:)`` writes.
    package var size: AdapterSize { AdapterSize(parameters.entries.map { ($0.name, $0.shape) }) }
    package var configuration: BertConfiguration { classifier.model.configuration }

    /// Forward and backward; the gradients are overwritten, and the mean cross-entropy is returned.
    ///
    /// - Parameters:
    ///   - targets: a label's number for each sequence.
    ///   - dropoutSeed: determines the dropout's masks fully, whatever the number of threads.
    ///   - prefix: what ``prefix(_:into:)`` gave for these sequences; nil: it is computed.
    package func trainStep(
        _ batch: PackedBatch, targets: [Int32], dropoutSeed: UInt64, prefix: UnsafePointer<Float>? = nil
    ) throws -> Float {
        try classifier.check(batch)
        guard targets.count == batch.sequenceCount, targets.allSatisfy({ (0..<labels.count).contains(Int($0)) }) else {
            throw BatchError(problem: "not one known label for each of \(batch.sequenceCount) sequences")
        }
        let parts = parts(of: batch)
        let used = shards.prefix(parts.count)
        let values = UnsafePointer(parameters.base)
        func pass(_ gradients: Floats) -> Pass {
            Pass(
                kernels: classifier.model.kernels, parameters: values, gradients: gradients, dropout: lora.dropout,
                dropoutSeed: dropoutSeed)
        }
        classifier.pack(pass(parameters.gradientBase))
        targets.withUnsafeBufferPointer { targets in
            guard let targets = targets.baseAddress else { return }
            inParallel(used.count) { thread in
                let memory = used[thread]
                let total = memory.gradients?.base ?? parameters.gradientBase
                memory.loss = 0
                for index in stride(from: thread, to: parts.count, by: used.count) {
                    let isFirst = index == thread
                    let gradients = isFirst ? total : memory.partGradients(count: parameters.count)
                    memory.loss += classifier.step(
                        Shard(batch, sequences: parts[index], prefix: prefix), targets: targets,
                        weight: 1 / Float(batch.sequenceCount),
                        memory.workspace, pass: pass(gradients))
                    if !isFirst {
                        classifier.model.kernels.addScaled(gradients, by: 1, to: total, count: parameters.count)
                    }
                }
            }
        }
        for gradients in used.compactMap(\.gradients) {
            classifier.model.kernels.addScaled(gradients.base, by: 1, to: parameters.gradientBase, count: parameters.count)
        }
        return Float(used.reduce(0) { $0 + $1.loss } / Double(batch.sequenceCount))
    }

    /// Logits without dropout, row-major [sequences, labels].
    ///
    /// - Parameter prefix: what ``prefix(_:into:)`` gave for these sequences; nil: it is computed.
    package func logits(_ batch: PackedBatch, prefix: UnsafePointer<Float>? = nil) throws -> [Float] {
        try classifier.check(batch)
        let parts = parts(of: batch)
        let used = shards.prefix(parts.count)
        let pass = Pass(kernels: classifier.model.kernels, parameters: UnsafePointer(parameters.base))
        classifier.pack(pass)
        var logits = [Float](repeating: 0, count: batch.sequenceCount * labels.count)
        logits.withUnsafeMutableBufferPointer { logits in
            guard let base = logits.baseAddress else { return }
            inParallel(used.count) { thread in
                for index in stride(from: thread, to: parts.count, by: used.count) {
                    let shard = Shard(batch, sequences: parts[index], prefix: prefix)
                    let result = classifier.logits(shard, used[thread].workspace, pass: pass)
                    guard let source = result.baseAddress else { continue }
                    (base + parts[index].lowerBound * labels.count).update(from: source, count: result.count)
                }
            }
        }
        return logits
    }

    /// Writes a folder that PEFT loads; each file is replaced atomically.
    ///
    /// - Parameter baseModel: what stands in it as the model that it belongs to.
    package func saveAdapter(to folder: String, baseModel: String) throws {
        let values = try lora.peftConfiguration(
            modules: adaptedModules, layerCount: configuration.layerCount, baseModel: baseModel)
        try AdapterFolder(folder).write(parameters, configuration: values, labels: labels)
    }

    /// The batch cut up for the threads, each with memory of its own, and so small that a large batch takes little of it.
    func parts(of batch: PackedBatch) -> [Range<Int>] {
        let threads = max(1, threads ?? ComputeThreads.count)
        let rounds = (batch.tokenCount + threads * Self.partTokens - 1) / (threads * Self.partTokens)
        while shards.count < threads {
            shards.append(ThreadMemory(gradients: shards.isEmpty ? nil : FloatStorage(count: parameters.count)))
        }
        if shards.count > threads { shards.removeLast(shards.count - threads) }
        return batch.parts(atMost: threads * rounds)
    }

    private static let partTokens = 1024
}

/// What one thread has to itself; the first writes its gradients where the sum is wanted.
final class ThreadMemory {
    let workspace = Workspace()
    let gradients: FloatStorage?
    var loss = 0.0
    private var part: FloatStorage?

    init(gradients: FloatStorage?) { self.gradients = gradients }

    /// Where a part's gradients go before they are added to the thread's.
    func partGradients(count: Int) -> Floats {
        let storage = part ?? FloatStorage(count: count)
        part = storage
        return storage.base
    }
}
