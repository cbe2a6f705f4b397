import Backbones
import Checkpoints
import Methods
package import Tasks
import Tensors
package import TrainerSettings

/// An adapter's metrics on data of its own, such as the winner's on the test split.
package struct AdapterEvaluation: Sendable, Hashable {
    package let split: DataPart
    /// In the task's order.
    package let metrics: [MetricValue]
    /// Row-major [examples, ``outputCount``].
    package let outputs: [Float]
    package let outputCount: Int
    /// The class of each example; none where these are no classes.
    package let classes: [Int32]
    /// What the classes are called.
    package let labels: [String]
    /// How long examples took that were computed one at a time, in seconds; none unless they were asked for.
    package let latencies: [Double]

    /// The task is what the adapter's folder says; where that says nothing, what the rows to train on make of it.
    ///
    /// - Parameters:
    ///   - kind: nil: the one that the settings name.
    ///   - cacheFolder: where the study's trials keep what can be computed again; nil: nothing is read there or written.
    ///   - timed: how many of the examples are computed once more, one at a time, for ``latencies``.
    ///   - progress: gets what is done, in a few words.
    ///   - warn: gets a line where the cache fails.
    /// - Throws: an error in one line that names the file or setting and what is wrong with it.
    package init(
        _ settings: TrainerSettings, task kind: (any TrainingTask.Type)? = nil, adapterFolder: String, split: DataPart,
        cacheFolder: String? = nil, timed: Int = 0, progress: (String) -> Void = { _ in },
        warn: @escaping (String) -> Void = { _ in }
    ) throws {
        guard let source = settings.source(of: split) else {
            throw InputError(place: split.rawValue, problem: "the configuration names no such data")
        }
        let cache = cacheFolder.map { CacheFolder($0) }
        let kind = try kind ?? TrainingTasks.task(settings.task)
        var data = TokenizedData(kind, settings, cache: cache)
        try TrainedAdapter(adapterFolder).verify(isOurs: false)
        let task = try kind.saved(in: adapterFolder) ?? data.trainingTask()
        let examples = try data.examples(source, for: task)
        data.notes.forEach(warn)
        let model = try TunedModel(trained: adapterFolder, settings, head: task.head, cache: cache)
        data.save()
        let prefix = FrozenPrefix(model, examples, settings, in: cache, warn: warn)
        var (outputs, done): ([Float], Int) = ([], 0)
        let batchSize = settings.evalBatchSize ?? settings.batchSize
        let found = try model.evaluate(
            examples, of: task, batchSize: batchSize, prefix: prefix,
            outputs: {
                outputs += $0
                done = min(done + batchSize, examples.count)
                progress("row \(done) of \(examples.count)")
            })
        self.outputs = outputs
        outputCount = task.head.outputCount
        labels = task.head.labelNames
        classes = labels.isEmpty ? [] : examples.targets.classes
        latencies = try (0..<min(timed, examples.count)).map { index in
            let (batch, targets) = examples.batch([index])
            let start = ContinuousClock.now
            _ = try model.outputs(batch, targets: targets, packs: false)
            progress("timed \(index + 1) of \(min(timed, examples.count))")
            return (ContinuousClock.now - start) / .seconds(1)
        }
        self.split = split
        let written = try data.writing(source).flatMap { sample in
            try model.scored(sample, progress: { progress("answer \($0) of \(sample.prompts.count)") })
        }
        metrics = (found ?? []) + (written ?? [])
    }

    /// `{"test_loss": ..., "test_loss_se": ..., "test_accuracy": ..., ...}`
    package var line: String { JSONWriter.text(ordered: entries, .report) }

    /// The metrics under their names in ``line``.
    package var entries: [(key: String, value: SettingValue)] {
        let prefix = split == .validation ? "eval" : split.rawValue
        return metrics.entries.map { (key: prefix + $0.key.dropFirst("eval".count), value: $0.value) }
    }
}
