import Backbones
import Checkpoints
import Layers
import Methods
import Tasks
import Tensors
package import TrainerSettings

/// A trained classifier, which tells of texts what class they are of.
package final class TextClassifier {
    /// In the order of the classes.
    package let labels: [String]
    private let model: TunedModel
    private let tokenizer: ModelTokenizer
    private let maxLength: Int
    private let threads: Int

    /// - Parameters:
    ///   - adapter: a folder with an adapter of ours or PEFT's, or with a whole model.
    ///   - modelFolder: nil: the one that it was trained on.
    ///   - precision: of the base's weights; nil: the trial's.
    ///   - maxLength: tokens of a text, of which the rest is cut off; nil: the trial's.
    /// - Throws: an error in one line that names the file and what is wrong with it.
    package init(
        adapter: String, model modelFolder: String?, precision: TrainerSettings.Precision? = nil, maxLength: Int? = nil,
        threads: Int
    ) throws {
        let trained = TrainedAdapter(adapter)
        try trained.verify(isOurs: false)
        labels = try trained.labels()
        var settings = try trained.settings(model: modelFolder)
        if let precision { settings.precision = precision }
        let base = trained.isModel ? adapter : settings.model
        tokenizer = try ModelTokenizer(modelFolder: base)
        model = try TunedModel(
            trained: adapter, settings, head: ClassificationHead(labels: labels), cache: nil, use: .computing)
        model.threads = threads
        self.threads = threads
        let most = model.positionCount
        if let maxLength, maxLength > most {
            throw InputError(place: "--max-length", problem: "found \(maxLength), the model takes at most \(most) tokens")
        }
        self.maxLength = min(maxLength ?? settings.maxLength, most)
    }

    /// The probability of each class, for each text.
    ///
    /// Texts of one length are computed together, on all threads.
    ///
    /// - Throws: ``EmptyText``.
    package func probabilities(of texts: [String]) throws -> [[Double]] {
        let tokens = tokens(of: texts)
        if let index = tokens.firstIndex(where: \.isEmpty) { throw EmptyText(index: index) }
        let order = tokens.indices.sorted { (tokens[$0].count, $0) < (tokens[$1].count, $1) }
        var results = [[Double]](repeating: [], count: texts.count)
        var rest = order[...]
        while !rest.isEmpty {
            var sum = 0
            let batch = rest.prefix { index in
                sum += tokens[index].count
                return sum <= Self.tokensAtOnce * threads || index == rest.first
            }
            rest = rest.dropFirst(batch.count)
            let logits = try model.outputs(PackedBatch(sequences: batch.map { tokens[$0] }), packs: isFresh)
            isFresh = false
            for (row, index) in batch.enumerated() {
                results[index] = Softmax.probabilities(logits[row * labels.count..<(row + 1) * labels.count])
            }
        }
        return results
    }

    /// Whether nothing was computed yet.
    private var isFresh = true
    /// A thread's.
    private static let tokensAtOnce = 2048

    private func tokens(of texts: [String]) -> [[Int32]] {
        let length = (texts.count + threads - 1) / max(1, threads)
        let runs = stride(from: 0, to: texts.count, by: max(1, length)).map { $0..<min(texts.count, $0 + length) }
        let found = FoundTexts(count: runs.count)
        inParallel(runs.count) { run in found[run] = runs[run].map { tokenizer.encode(texts[$0], maxLength: maxLength) } }
        return found.all
    }
}

/// A text of which a model has no token.
package struct EmptyText: Error, Sendable, Hashable, CustomStringConvertible {
    /// Among those that were asked for, from 0.
    package let index: Int

    package var description: String { "text \(index + 1) is empty: this model has no token for it" }
}
