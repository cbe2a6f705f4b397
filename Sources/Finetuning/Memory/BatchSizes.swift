import Layers
import Methods
package import Tasks
package import TrainerSettings

/// What a trial reads and how it is cut up: all that a plan of its memory has to know of its data.
package struct PlannedData: Sendable {
    let data: TaskData
    /// What evaluations write answers to.
    let written: WritingSample?
    let sizes: BatchSizes
    let threads: Int

    /// - Parameters:
    ///   - data: what the settings' files are.
    ///   - threads: that share a step.
    ///   - partTokens: that one of them computes at once, as the model has it.
    package init(
        _ settings: TrainerSettings, _ data: TaskData, written: WritingSample?, threads: Int, partTokens: Int
    ) {
        (self.data, self.written, self.threads) = (data, written, max(1, threads))
        sizes = BatchSizes(settings, data, threads: self.threads, partTokens: partTokens)
    }

    /// Optimizer steps of the whole training.
    package func steps(_ settings: TrainerSettings) -> Int {
        let bins = BatchOrder.bins(settings, of: data.training)
        return BatchOrder(settings, of: data.training, in: bins).totalSteps(settings.duration)
    }

    /// Settings that it hangs on besides those by which the files are read.
    package static let settings: Set = [
        "batch_size", "eval_batch_size", "gradient_accumulation_steps", "shuffle", "drop_last", "group_by_length", "seed",
        "packing", "finetuning_type", "num_virtual_tokens",
        "max_steps", "num_train_epochs", "threads", "eval_generation_rows", "max_new_tokens", "metric_for_best_model",
    ]
}

/// The largest parts in which a trial's batches are computed, thread by thread: its real batches, in the order that its seed gives.
struct BatchSizes: Sendable, Hashable {
    /// By thread.
    private(set) var training: [Capacity]
    private(set) var evaluation: [Capacity]
    /// Whether a thread computes several parts of a step.
    private(set) var hasSeveral: [Bool]
    /// Tokens of the largest batch.
    private(set) var tokens = 0

    /// Steps that are looked at, if not more belong to the first epoch. Those that follow are of the same texts in other orders.
    private static let mostSteps = 1000

    init(_ settings: TrainerSettings, _ data: TaskData, threads: Int, partTokens: Int) {
        let cut = Cut(
            rows: data.task.head.rows, threads: threads, partTokens: partTokens,
            virtualTokens: TuningMethods.method(settings).virtualTokenCount)
        training = Array(repeating: Capacity(), count: threads)
        (evaluation, hasSeveral) = (training, Array(repeating: false, count: threads))
        let bins = BatchOrder.bins(settings, of: data.training)
        var order = BatchOrder(settings, of: data.training, in: bins)
        let steps = min(order.totalSteps(settings.duration), max(order.stepsPerEpoch, Self.mostSteps))
        for step in 0..<steps {
            let batch = data.training.batch(order.indices(step: step, in: bins)).batch
            cut.look(at: batch) { thread, isFirst, part in
                training[thread] = training[thread].union(part)
                if !isFirst { hasSeveral[thread] = true }
            }
            tokens = max(tokens, batch.tokenCount)
        }
        let size = settings.evalBatchSize ?? settings.batchSize
        for start in stride(from: 0, to: data.validation.count, by: size) {
            let batch = data.validation.batch(start..<min(start + size, data.validation.count)).batch
            cut.look(at: batch) { thread, _, part in evaluation[thread] = evaluation[thread].union(part) }
            tokens = max(tokens, batch.tokenCount)
        }
    }

    /// How batches are cut up for the threads.
    private struct Cut {
        /// Which the task's head works on.
        let rows: RowSelection
        let threads: Int
        let partTokens: Int
        /// Before each text.
        let virtualTokens: Int

        func look(at batch: PackedBatch, _ take: (_ thread: Int, _ isFirst: Bool, _ part: Capacity) -> Void) {
            let batch = batch.preceded(by: virtualTokens)
            let parts = TunedModel.parts(of: batch, threads: threads, atOnce: partTokens)
            let used = min(threads, parts.count)
            for (number, part) in parts.enumerated() {
                let shard = Shard(batch, sequences: part)
                take(
                    number % used, number < used,
                    Capacity(tokens: shard.tokenCount, rows: rows.rows(of: shard).count, longest: shard.longest))
            }
        }
    }

    /// Without evaluations.
    var ofTraining: BatchSizes {
        var sizes = self
        sizes.evaluation = Array(repeating: Capacity(), count: evaluation.count)
        return sizes
    }

    /// Room as it has grown once both have been there.
    func room(_ thread: Int) -> Capacity { Capacity().growing(to: training[thread]).growing(to: evaluation[thread]) }
}
