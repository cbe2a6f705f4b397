import Tasks
import Tensors

extension ServingEngine {
    /// The labels of an adapter and the probability of each, for each text.
    ///
    /// - Throws: ``ServingError``.
    package func classify(
        _ texts: [String], model: String?, for listener: Listener = Listener()
    ) async throws(ServingError) -> (labels: [String], probabilities: [[Double]]) {
        guard let adapter = try adapter(model), !adapter.value.labels.isEmpty else {
            let known = served.filter { !$0.labels.isEmpty }.map(\.name).joined(separator: ", ")
            throw ServingError(
                .invalid,
                "'\(model?.prefix(64) ?? name[...])' classifies no texts; \(known.isEmpty ? "no adapter does" : "these do: \(known)")"
            )
        }
        guard !texts.isEmpty, texts.count <= limits.texts else {
            throw ServingError(.invalid, "\(texts.count) texts; expected 1 to \(limits.texts)")
        }
        let tokens = texts.map { base.value.tokenizer.encode($0, maxLength: adapter.value.maxLength) }
        if let empty = tokens.firstIndex(where: \.isEmpty) {
            throw ServingError(.invalid, "text \(empty + 1) is empty: this model has no token for it")
        }
        let share = (tokens.count + lanes.count - 1) / lanes.count
        let parts = stride(from: 0, to: tokens.count, by: share).map { Array(tokens[$0..<min(tokens.count, $0 + share)]) }
        let answers = await withTaskGroup(of: (Int, Result<[[Float]], ServingError>).self) { group in
            for (number, part) in parts.enumerated() {
                group.addTask { (number, await self.logits(part, adapter, listener)) }
            }
            return await group.reduce(into: [Int: Result<[[Float]], ServingError>]()) { $0[$1.0] = $1.1 }
        }
        var probabilities: [[Double]] = []
        for part in parts.indices { probabilities += try answers[part]?.get().map { Softmax.probabilities($0) } ?? [] }
        return (adapter.value.labels, probabilities)
    }

    private func logits(
        _ texts: [[Int32]], _ adapter: ReadOnly<ServedAdapter>, _ listener: Listener
    ) async -> Result<[[Float]], ServingError> {
        await withCheckedContinuation { answer in
            do throws(ServingError) {
                try put(.classifying(ClassifyingJob(adapter: adapter, texts: texts, answer: answer, listener: listener)))
            } catch {
                answer.resume(returning: .failure(error))
            }
        }
    }
}
