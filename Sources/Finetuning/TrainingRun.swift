import Backbones
import Checkpoints
import FoundationEssentials
import Layers
import Methods
package import Tasks
import Tensors
import TrainerSettings

/// Trains one adapter: steps, evaluations, reports, checkpoints.
package final class TrainingRun {
    package let job: TrainingJob
    package let totalSteps: Int
    package let numerics: Numerics
    /// What it takes at its peak.
    package let memory: MemoryPlan
    let data: TaskData
    let model: TunedModel
    let optimizer: Optimizer
    let learningRate: LearningRate
    let evalSteps: Int
    let checkpoint: TrainingCheckpoint
    var order: BatchOrder
    var state = TrainingState()
    var throughput = Throughput()
    /// Whether the newest checkpoint in the folder is sound, as far as is known.
    private var keepsPrevious = false
    private var tokenized: TokenizedData
    /// Texts that are put together, by their numbers; nil: each is by itself.
    private let bins: [[Int]]?
    /// What an evaluation asks for answers; nil: none is written.
    let written: WritingSample?
    /// Of the last evaluation; nil: there is none, or the task has no classes.
    var confusion: ConfusionMatrix?
    private let warn: (String) -> Void
    private lazy var trainingPrefix = prefix(of: data.training)
    private(set) lazy var validationPrefix = prefix(of: data.validation)

    var settings: TrainerSettings { job.settings }
    private var dropoutSeed: UInt64 { RandomSource.derivedSeed(settings.seedBits, 1) }

    /// Reads and checks all that training needs, and writes nothing.
    ///
    /// - Parameters:
    ///   - kind: nil: the one that the settings name.
    ///   - warn: gets a line where training goes on without something, such as room on the disk for its cache.
    /// - Throws: an error in one line that names the file or setting and what is wrong with it.
    package init(_ job: TrainingJob, task kind: (any TrainingTask.Type)? = nil, warn: @escaping (String) -> Void = { _ in })
        throws
    {
        self.job = job
        self.warn = warn
        let settings = job.settings
        let kind = try kind ?? TrainingTasks.task(settings.task)
        let known = kind.metrics.map(\.name).sorted() + ["loss"]
        guard known.contains(job.metric.name) else {
            throw InputError(
                place: "metric '\(job.metric.name)'",
                problem:
                    "is not reported by the built-in trainer; expected one of \(known.joined(separator: ", "))"
            )
        }
        if let lack = try kind.head.lack(of: Architectures.configuration(of: settings.model)) {
            throw InputError(place: "task", problem: lack)
        }
        try Self.checkWriting(job)
        try TunedModel.checkBase(settings)
        tokenized = TokenizedData(kind, settings, cache: CacheFolder(job.cacheFolder))
        data = try TaskData(kind, settings, from: &tokenized)
        data.notes.forEach(warn)
        let storage = WeightStorage(settings, cache: CacheFolder(job.cacheFolder))
        numerics = Numerics(storage, threads: settings.threads ?? ComputeThreads.count)
        let weights = try Architectures.weights(of: settings.model)
        try weights.require(storage, of: settings.model)
        written = try tokenized.writing(settings.source(of: .validation) ?? settings.trainingSource)
        let planned = PlannedData(
            settings, data, written: written, threads: numerics.threads, partTokens: weights.configuration.partTokens)
        memory = try MemoryPlanner(settings, weights, planned, cache: storage.cache).allowedPlan()
        model = try TunedModel(
            weights, method: TuningMethods.method(settings), head: data.task.head, seed: settings.seedBits,
            initAdapter: settings.initAdapter, storage: storage, use: memory.checkpoints ? .checkpointing : .training,
            folder: settings.model)
        model.threads = numerics.threads
        if settings.finetuningType == .lora, let remark = LoRAConfiguration(settings).placement.remark(on: model.sites) {
            warn(remark)
        }
        try model.check(data, settings)
        bins = BatchOrder.bins(settings, of: data.training)
        order = BatchOrder(settings, of: data.training, in: bins)
        totalSteps = order.totalSteps(settings.duration)
        evalSteps = settings.evalSteps ?? order.stepsPerEpoch
        if let excess = settings.decayExcess(of: totalSteps) { throw InputError(place: "num_decay_steps", problem: excess) }
        learningRate = LearningRate(settings, totalSteps: totalSteps)
        optimizer = Optimizer(
            model.parameters, weightDecay: settings.weightDecay, maxGradNorm: settings.maxGradNorm,
            rateRatio: settings.rateRatio, threads: numerics.threads
        ) { [model] in model.projection }
        let identity = TrainingIdentity(
            settings, data: data.fingerprint, earlier: data.earlierFingerprint,
            numerics: NumericsChange.all.filter { [model, data] in $0.concerns(model, data) })
        checkpoint = TrainingCheckpoint(folder: job.checkpointFolder, identity: identity, totalSteps: totalSteps)
        try checkWritable(job.outputFolder)
        if let folder = job.resumeFrom {
            let earlier = TrainingCheckpoint(folder: folder, identity: identity, totalSteps: totalSteps)
            let read = try earlier.read(into: model.parameters, optimizer)
            state = read.state
            switch read.source {
            case .newest: keepsPrevious = folder == job.checkpointFolder
            case .previous(let damage):
                warn("\(damage); training goes on from the checkpoint before it, at step \(state.step)")
            }
            if let difference = state.reports.last.flatMap({ numerics.difference(from: $0.numerics) }) { warn(difference) }
            if state.bestValue != nil, !bestAdapterIsThere(besides: folder) { state.bestValue = nil }
        }
    }

    /// What it trains on and is compared by, for people.
    package var dataLine: String {
        guard let bins else { return data.line }
        let filled = 100 * Double(data.training.tokens.count) / Double(bins.count * settings.maxLength)
        return data.line
            + "; packed: \(data.training.count) rows to train on in \(bins.count) of up to \(settings.maxLength) tokens, \(Int(filled.rounded())) % full"
    }

    /// What the trial is planned to take, for people.
    package var memoryLine: String {
        "planned memory: \(memory.text)"
            + (memory.checkpoints ? "; each layer's activations are computed again (gradient_checkpointing)" : "")
    }

    /// Steps made so far, those before a resumption included.
    package var step: Int { state.step }

    /// Trains to the end, or to where the job says, or until it is interrupted.
    ///
    /// - Parameters:
    ///   - report: gets each evaluation after its adapter is saved and before the checkpoint is written.
    ///   - isInterrupted: asked before each step and each batch of an evaluation.
    package func run(
        report: (TrainingReport) throws -> Void, progress: (TrainingProgress) -> Void = { _ in },
        isInterrupted: () -> Bool = { false }
    ) throws -> TrainingOutcome {
        tokenized.save()
        model.savePackedWeights(in: CacheFolder(job.cacheFolder))
        for unread in state.reports.dropFirst(job.reportsOnRecord ?? state.iter) { try report(unread) }
        while true {
            if state.step > state.evaluatedStep, state.step % evalSteps == 0 || state.step == totalSteps {
                guard let metrics = try evaluate(isInterrupted: isInterrupted) else {
                    return try interrupted()
                }
                try conclude(metrics, report: report)
            }
            if state.step < totalSteps, endsEarly(after: state.reports) { return .stoppedEarly }
            if let last = job.stopAfter, state.iter >= last { return .stopped }
            if state.step >= totalSteps { return .finished }
            if isInterrupted() { return try interrupted() }
            guard let loss = try trainStep() else {
                try report(self.report(nil, loss: .nan))
                return .diverged(step: state.step)
            }
            progress(
                TrainingProgress(
                    step: state.step, totalSteps: totalSteps, loss: loss, learningRate: learningRate(step: state.step - 1)))
        }
    }

    /// One optimizer step; nil when its loss or gradient was no finite number.
    private func trainStep() throws -> Float? {
        let indices = order.indices(step: state.step, in: bins)
        let (batch, targets) = data.training.batch(indices)
        let clock = ContinuousClock()
        let start = clock.now
        let loss = try model.trainStep(
            batch, targets: targets, dropoutSeed: RandomSource.derivedSeed(dropoutSeed, UInt64(state.step)),
            prefix: trainingPrefix?.rows(indices, batch))
        let norm = optimizer.update(step: state.step + 1, learningRate: learningRate(step: state.step))
        let seconds = (clock.now - start) / .seconds(1)
        throughput.add(tokens: batch.tokenCount, samples: batch.sequenceCount, seconds: seconds)
        state.step += 1
        state.trainSeconds += seconds
        guard loss.isFinite, norm.isFinite else { return nil }
        state.lossSum += Double(loss)
        state.lossCount += 1
        return loss
    }

    /// - Throws: ``InputError`` where the metric is of answers and none are written.
    private static func checkWriting(_ job: TrainingJob) throws(InputError) {
        guard job.settings.generationRows == 0,
            job.settings.task.writtenMetrics.contains(where: { $0.name == job.metric.name })
        else { return }
        throw InputError(
            place: "eval_generation_rows",
            problem:
                "is 0, and \(job.metric.name) is measured on answers; give the number of rows to answer, such as \(TrainerSettings.usualGenerationRows)"
        )
    }

    private func prefix(of examples: TokenizedExamples) -> FrozenPrefix? {
        FrozenPrefix(model, examples, settings, in: CacheFolder(job.cacheFolder), warn: warn)
    }

    private func interrupted() throws -> TrainingOutcome {
        try saveCheckpoint()
        return .interrupted
    }

    /// A damaged checkpoint does not take the place of the one before it, from which training went on.
    func saveCheckpoint() throws {
        try checkpoint.write(state, model.parameters, optimizer, keepsPrevious: keepsPrevious)
        keepsPrevious = true
    }
}
