import Backbones
import Layers
import Tasks
import Tensors
import Tokenizers

extension TunedModel {
    /// How good the answers are that the model writes, each token being the likeliest; nil when it was interrupted.
    ///
    /// - Parameter progress: gets how many answers are written.
    /// - Throws: `BatchError` for a prompt that the model cannot take, or a model that writes no text.
    func scored(
        _ sample: WritingSample, isInterrupted: () -> Bool = { false }, progress: (_ answers: Int) -> Void = { _ in }
    ) throws -> [MetricValue]? {
        var ends = Set(configuration.endTokens)
        if let end = sample.tokenizer.special.eos { ends.insert(end.id) }
        let room = positionCount - sample.limit
        guard room > 0 else {
            throw BatchError(
                problem:
                    "max_new_tokens: found \(sample.limit), the model takes at most \(positionCount) with the prompt"
            )
        }
        let prompts = Self.prompts(of: sample, room: room)
        let pass = writingPass()
        var texts: [[Int32]] = []
        let threads = max(1, threads ?? ComputeThreads.count)
        let writers = try (0..<threads).map { _ in try writer() }
        for group in Self.groups(of: prompts, threads: threads) {
            if isInterrupted() { return nil }
            let batch = PackedBatch(sequences: group)
            try backbone.check(batch)
            let parts = batch.parts(atMost: threads)
            let results = FoundTexts(count: parts.count)
            inParallel(parts.count) { thread in
                var choice = TokenChoice()
                results[thread] = writers[thread].texts(
                    after: Array(group[parts[thread]]), pass, limit: sample.limit, ends: ends, choice: &choice
                ) { _, _ in true }
            }
            texts += results.all
            progress(texts.count)
        }
        return sample.scored(texts)
    }

    /// A thread's at a time: their keys and values take memory.
    private static let promptsAtOnce = 16

    /// Of a prompt that is too long the end counts.
    private static func prompts(of sample: WritingSample, room: Int) -> [[Int32]] {
        sample.prompts.map { Array($0.suffix(room)) }
    }

    /// Prompts that are answered at the same time.
    private static func groups(of prompts: [[Int32]], threads: Int) -> [[[Int32]]] {
        stride(from: 0, to: prompts.count, by: threads * promptsAtOnce).map { start in
            Array(prompts[start..<min(start + threads * promptsAtOnce, prompts.count)])
        }
    }

    /// What writing these answers takes at once, in bytes.
    static func writingMemory(_ sample: WritingSample, on backbone: any Backbone, threads: Int) -> Int {
        let positions: Int = backbone.configuration.positionCount - (backbone.virtualTokens?.count ?? 0)
        let prompts = prompts(of: sample, room: max(1, positions - sample.limit))
        var most = [Int](repeating: 0, count: threads)
        for group in groups(of: prompts, threads: threads) {
            for (thread, part) in PackedBatch(sequences: group).parts(atMost: threads).enumerated() {
                let own = PackedBatch(sequences: Array(group[part]))
                most[thread] = max(most[thread], TextWriter.memory(on: backbone, own, limit: sample.limit))
            }
        }
        return most.reduce(0, +)
    }

    /// A pass that computes and trains nothing, for which all is packed.
    func writingPass() -> Pass {
        let pass = Pass(kernels: backbone.storage.kernels, parameters: UnsafePointer(parameters.base))
        pack(pass)
        return pass
    }

    func writer() throws(BatchError) -> TextWriter {
        guard let writer = TextWriter(backbone) else {
            throw BatchError(problem: "the model writes no text: it has no matrix of its vocabulary")
        }
        return writer
    }
}

/// Tokens of texts that threads found, each in a place of its own.
final class FoundTexts {
    private let places: UnsafeMutableBufferPointer<[[Int32]]>

    init(count: Int) {
        places = .allocate(capacity: count)
        places.initialize(repeating: [])
    }

    subscript(thread: Int) -> [[Int32]] {
        get { places[thread] }
        set { places[thread] = newValue }
    }

    var all: [[Int32]] { places.flatMap(\.self) }

    deinit { places.deinitialize().deallocate() }
}
