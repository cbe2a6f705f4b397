import Backbones
import Checkpoints
import Layers
import Methods
import Tasks
import Tensors
import TrainerSettings

/// The results of a model's frozen lowest layers for the examples of one data file, computed once and kept on disk.
///
/// They are the same bits in every step, epoch and trial, so a loss or logit is the same with them and without.
final class FrozenPrefix {
    private let model: TunedModel
    private let examples: TokenizedExamples
    private let cache: RowCache
    private let warn: (String) -> Void
    private var states = FloatStorage(count: 0)
    private var fresh = FloatStorage(count: 0)
    private var hasWarned = false

    /// nil where nothing below the adapters is frozen, where it is off, or where no file can be had (which is said).
    ///
    /// - Parameter warn: gets a line for the log.
    init?(
        _ model: TunedModel, _ examples: TokenizedExamples, _ settings: TrainerSettings, in folder: CacheFolder?,
        warn: @escaping (String) -> Void
    ) {
        guard let folder, let limit = settings.prefixCache, model.prefixDepth > 0, let identity = model.prefixIdentity
        else { return nil }
        let hidden = model.configuration.hiddenSize
        let key = CacheKey(
            kind: "prefix",
            [
                "model": identity + "; " + NumericsChange.all.map(\.name).joined(separator: " "),
                "max_length": "\(settings.maxLength)",
                "data": "\(examples.count) examples, \(examples.tokens.count) tokens, \(examples.fingerprint)",
            ])
        do {
            cache = try RowCache(folder, key, offsets: examples.offsets, width: hidden, limit: limit.bytes)
        } catch {
            warn("prefix_cache: \(error); the frozen layers are computed each time")
            return nil
        }
        if cache.capacity < examples.count {
            warn(
                "prefix_cache: room for \(cache.capacity) of \(examples.count) examples (\(limit) for all, and what the disk has); the "
                    + "others' frozen layers are computed each time")
        }
        self.model = model
        self.examples = examples
        self.warn = warn
    }

    /// The rows for a batch of these examples, [tokens, hidden], valid until the next call.
    func rows(_ indices: some Collection<Int>, _ batch: PackedBatch) throws -> UnsafePointer<Float> {
        let hidden = model.configuration.hiddenSize
        states = Self.room(batch.tokenCount * hidden, in: states)
        func place(_ position: Int) -> Floats { states.base + Int(batch.offsets[position]) * hidden }
        let missing = indices.enumerated().filter { !cache.read($0.element, into: place($0.offset)) }
        guard !missing.isEmpty else { return UnsafePointer(states.base) }
        let part = examples.batch(missing.map(\.element)).batch
        fresh = Self.room(part.tokenCount * hidden, in: fresh)
        try model.prefix(part, into: fresh.base)
        for (number, (position, example)) in missing.enumerated() {
            let count = Int(part.offsets[number + 1] - part.offsets[number]) * hidden
            let source = fresh.base + Int(part.offsets[number]) * hidden
            place(position).update(from: source, count: count)
            cache.write(example, source)
        }
        if let problem = cache.problem, !hasWarned {
            hasWarned = true
            warn("prefix_cache: \(problem); what is not in it is computed each time")
        }
        return UnsafePointer(states.base)
    }

    /// For batches of so many tokens, in bytes.
    static func memory(tokens: Int, hidden: Int) -> Int { 2 * FloatStorage.memory(count: tokens * hidden) }

    private static func room(_ count: Int, in storage: FloatStorage) -> FloatStorage {
        storage.count >= count ? storage : FloatStorage(count: (count + 65535) / 65536 * 65536)
    }
}
