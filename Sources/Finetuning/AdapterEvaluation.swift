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
    /// Row-major [examples, labels].
    package let logits: [Float]
    package let labels: [String]

    /// Labels are numbered as the adapter's own file says; where it has none, as the training data have them.
    ///
    /// - Parameters:
    ///   - cacheFolder: where the study's trials keep what can be computed again; nil: nothing is read there or written.
    ///   - warn: gets a line where the cache fails.
    /// - Throws: an error in one line that names the file or setting and what is wrong with it.
    package init(
        _ settings: TrainerSettings, adapterFolder: String, split: DataPart, cacheFolder: String? = nil,
        warn: @escaping (String) -> Void = { _ in }
    ) throws {
        guard let source = settings.source(of: split) else {
            throw InputError(place: split.rawValue, problem: "the configuration names no such data")
        }
        let cache = cacheFolder.map { CacheFolder($0) }
        var data = TokenizedData(settings, cache: cache)
        try TrainedAdapter(adapterFolder).verify(isOurs: false)
        let file = LabelFile(adapterFolder: adapterFolder)
        let labels = try file.names().map { try LabelNumbers(ordered: $0, source: file.path) } ?? data.trainingLabels()
        let examples = try labels.number(data.read(source), path: source.path)
        data.notes.forEach(warn)
        let classifier = try TunedModel(
            modelFolder: settings.model, method: TuningMethods.method(settings),
            head: ClassificationHead(labels: labels.names), seed: settings.seedBits, initAdapter: adapterFolder,
            storage: WeightStorage(WeightPrecision(settings.precision), cache: cache))
        data.save()
        let prefix = FrozenPrefix(classifier, examples, settings, in: cache, warn: warn)
        var logits: [Float] = []
        let found = try classifier.evaluate(
            examples, batchSize: settings.batchSize, prefix: prefix, logits: { logits += $0 })
        self.logits = logits
        self.labels = labels.names
        self.split = split
        metrics = found?.values ?? []
    }

    /// `{"test_loss": ..., "test_accuracy": ..., "test_f1": ...}`
    package var line: String {
        let prefix = split == .validation ? "eval" : split.rawValue
        return jsonLine(metrics.map { (prefix + $0.name.dropFirst("eval".count), jsonNumber($0.value)) })
    }
}
