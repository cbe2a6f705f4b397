package import Checkpoints
package import Layers
package import Tensors

/// A frozen model with what is tuned on its layers: tokens in, hidden rows out, and back.
///
/// It is shared by all threads; each has ``Activations`` of its own.
package protocol Backbone: AnyObject {
    associatedtype Configuration: BackboneConfiguration

    var configuration: Configuration { get }
    var storage: WeightStorage { get }
    /// The weights' (``BackboneWeights/identity``).
    var identity: String? { get }
    /// How many of the lowest layers give the same result for a sequence in every pass: nothing in them or below is tuned.
    var prefixDepth: Int { get }
    /// The vocabulary's matrix (``BackboneConfiguration/outputSite``), frozen and without a delta, which hidden rows are multiplied
    /// by in pieces; nil: the model has none, or its rows are pooled. All threads may use it at once.
    var outputLayer: LinearGroup? { get }

    /// Tokens that one thread computes at once, as far as its sequences allow: fewer take less memory, and more spare the frozen weights'
    /// way from memory.
    var partTokens: Int { get }

    /// What stands before each text, of which ``check(_:)`` and all passes find the tokens in their batches.
    var virtualTokens: (any VirtualTokens)? { get }

    /// Takes over the trained parameters as they are now; once before the passes that follow a change.
    ///
    /// - Parameter threads: share the layers; no number hangs on them.
    func pack(_ pass: Pass, threads: Int)
    /// Keeps what was packed for whoever loads this model next.
    func savePackedWeights(in cache: CacheFolder)
    /// What the frozen weights and the deltas on them take.
    var memory: BackboneMemory { get }
    func activations() -> any Activations
    /// What the buffers of ``activations()`` are for parts of a batch up to this size, without any memory.
    func plannedActivations(_ capacity: Capacity) -> ArenaPlan
    /// What one thread needs to go on with texts token by token; nil: the model makes none.
    func generation() -> (any GenerationPass)?
    /// What ``generation()`` takes for such texts that grow by so many tokens, in bytes.
    func generationMemory(_ batch: PackedBatch, newTokens: Int) -> Int
}

/// What one thread computes of a backbone.
package protocol Activations: AnyObject {
    /// The rows that the backbone was loaded for, valid until the next pass.
    func forward(_ shard: Shard, pass: Pass) -> HiddenRows
    /// From the gradient of the rows of the last forward down to the lowest site that is tuned.
    func backward(_ shard: Shard, pass: Pass)
    /// What enters the layer at ``Backbone/prefixDepth``, [tokens, hidden], valid until the next pass.
    func prefix(_ shard: Shard, pass: Pass) -> Floats
}

/// Texts that grow token by token: what was computed of the tokens before is kept.
///
/// What is tuned takes part as in an evaluation. Before the first call, and after a change of the parameters:
/// ``Backbone/pack(_:)``.
package protocol GenerationPass: AnyObject {
    /// Runs whole texts, and makes room for so many tokens more of each; what was kept before is dropped.
    ///
    /// - Returns: the rows of each text's last token [sequences, hidden], valid until the next call.
    func prefill(_ batch: PackedBatch, newTokens: Int, pass: Pass) -> HiddenRows
    /// Runs whole texts beside those that are there.
    ///
    /// - Parameter newTokens: how many more each has room for.
    /// - Returns: the texts' numbers, by which ``step(_:of:pass:)`` knows them, and the rows of their last tokens, valid until the next call.
    func join(_ batch: PackedBatch, newTokens: [Int], pass: Pass) -> (texts: [Int], rows: HiddenRows)
    /// What was kept of a text is dropped; its number is free for another.
    func leave(_ text: Int)
    /// Runs one token more for each of these texts, after ``prefill(_:newTokens:pass:)`` by their places in its batch.
    ///
    /// - Returns: the rows of these tokens, valid until the next call.
    func step(_ tokens: [Int32], of sequences: [Int], pass: Pass) -> HiddenRows
}

/// Rows that a task works on.
package struct HiddenRows {
    /// [rows, hidden]
    package let values: Floats
    /// Where the task leaves their gradient; nil: nothing below the head is trained.
    package let gradient: Floats?
    package let rows: Rows

    package init(values: Floats, gradient: Floats?, rows: Rows) {
        self.values = values
        self.gradient = gradient
        self.rows = rows
    }
}

/// How a backbone's frozen weights are kept and multiplied.
package struct WeightStorage {
    /// Of the products.
    package let precision: WeightPrecision
    /// Whether the weights stay in a file's quantised blocks, which each product expands: the same numbers as when they are
    /// expanded once, in a fraction of the memory.
    package let keepsBlocks: Bool
    /// Where packed weights may be found; nil: nowhere.
    package let cache: CacheFolder?
    package let kernels: Kernels
    /// Whether no weight is read: such a model tells what it takes, and can compute nothing.
    package private(set) var isPlan = false

    package init(
        _ precision: WeightPrecision = .fp32, keepsBlocks: Bool = false, cache: CacheFolder? = nil, kernels: Kernels = .current
    ) {
        self.precision = precision
        self.keepsBlocks = keepsBlocks
        self.cache = cache
        self.kernels = kernels
    }

    /// The same for a model that is only planned.
    package var planned: WeightStorage {
        var storage = self
        storage.isPlan = true
        return storage
    }

    /// What the bits of a hidden state depend on besides the weights and the tokens.
    package var numerics: String { "\(precision.rawValue), \(kernels)" }
}

extension Backbone {
    package func pack(_ pass: Pass) { pack(pass, threads: 1) }
    package var partTokens: Int { configuration.partTokens }
    package var outputLayer: LinearGroup? { nil }
    package var virtualTokens: (any VirtualTokens)? { nil }
    package func generationMemory(_ batch: PackedBatch, newTokens: Int) -> Int { 0 }

    package func generation() -> (any GenerationPass)? { nil }

    /// Checks what the computation relies on: sequences that are neither empty nor too long, tokens of the vocabulary.
    package func check(_ batch: PackedBatch) throws(BatchError) {
        let c = configuration
        guard batch.sequenceCount > 0, batch.offsets[0] == 0, Int(batch.offsets[batch.sequenceCount]) == batch.tokenCount else {
            throw BatchError(problem: "an empty batch, or offsets that do not cover its tokens")
        }
        for (start, end) in zip(batch.offsets, batch.offsets.dropFirst())
        where !(1...c.positionCount).contains(Int(end) - Int(start)) {
            let virtual = virtualTokens.map { "; \($0.count) of these are virtual" } ?? ""
            throw BatchError(
                problem: "a sequence of \(Int(end) - Int(start)) tokens; the model takes 1 to \(c.positionCount)" + virtual)
        }
        if let token = batch.tokens.first(where: { !(-(virtualTokens?.count ?? 0)..<c.vocabularySize).contains(Int($0)) }) {
            throw BatchError(problem: "token \(token) is not in the model's vocabulary of \(c.vocabularySize)")
        }
        guard zip(batch.listed, batch.listed.dropFirst()).allSatisfy(<),
            batch.listed.first ?? 0 >= 0, Int(batch.listed.last ?? -1) < batch.tokenCount
        else { throw BatchError(problem: "listed rows that are not the batch's, in ascending order") }
    }
}
