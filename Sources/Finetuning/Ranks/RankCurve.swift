import Backbones
import Checkpoints
import Layers
package import Methods
package import Tasks
import Tensors
package import TrainerSettings

/// Quality against parameters: what a trained adapter that is cut to lower ranks is worth on held-out rows, without training.
package final class RankCurve {
    /// One place on the path.
    package struct Point: Sendable, Hashable {
        package let place: Int
        /// Of the adapters; the head is not counted.
        package let parameters: Int
        /// What is kept of the sum of the squared singular values.
        package let share: Double
        /// In the task's order.
        package let metrics: [MetricValue]
    }

    private let ranks: AdapterRanks
    private let model: TunedModel
    private let task: any TrainingTask
    private let examples: TokenizedExamples
    private let batchSize: Int
    private let prefix: FrozenPrefix?

    /// Loads the model with the whole adapter, and the rows.
    ///
    /// - Throws: an error in one line that names the file or setting and what is wrong with it.
    package init(
        _ ranks: AdapterRanks, _ settings: TrainerSettings, split: DataPart, cacheFolder: String? = nil,
        warn: @escaping (String) -> Void = { _ in }
    ) throws {
        guard let source = settings.source(of: split) else {
            throw InputError(place: split.rawValue, problem: "the configuration names no such data")
        }
        let cache = cacheFolder.map { CacheFolder($0) }
        let kind = try TrainingTasks.task(settings.task)
        var data = TokenizedData(kind, settings, cache: cache)
        task = try kind.saved(in: ranks.folder.path) ?? data.trainingTask()
        examples = try data.examples(source, for: task)
        data.notes.forEach(warn)
        model = try TunedModel(
            modelFolder: settings.model, method: ranks.loaded, head: task.head, seed: settings.seedBits,
            initAdapter: ranks.folder.path, storage: WeightStorage(setting: settings.precision, cache: cache), use: .computing)
        data.save()
        prefix = FrozenPrefix(model, examples, settings, in: cache, warn: warn)
        (self.ranks, batchSize) = (ranks, settings.evalBatchSize ?? settings.batchSize)
    }

    /// Rows that each point is measured on.
    package var rowCount: Int { examples.count }

    /// nil when it was interrupted.
    package func point(at place: Int, isInterrupted: () -> Bool = { false }) throws -> Point? {
        ranks.fill(model.parameters, cutTo: ranks.path.ranks(after: place))
        let metrics = try model.evaluate(
            examples, of: task, batchSize: batchSize, prefix: prefix, isInterrupted: isInterrupted)
        return metrics.map {
            Point(
                place: place, parameters: ranks.path.parameters(after: place), share: ranks.path.share(after: place),
                metrics: $0)
        }
    }

    /// The first of these points, by rising place, that is no more than one standard error worse than the last: cutting so far costs
    /// nothing that these rows could tell.
    package static func shortest(_ points: [Point], by metric: MetricGoal) -> Point? {
        guard let whole = points.last?.metrics.first(where: { $0.name == metric.name }) else { return nil }
        let margin = whole.standardError ?? 0
        return points.first { point in
            guard let value = point.metrics.value(of: metric.name) else { return false }
            return metric.greaterIsBetter ? value >= whole.value - margin : value <= whole.value + margin
        }
    }
}
