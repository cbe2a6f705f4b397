package import Finetuning
import Synchronization
import Tensors

/// What comes of a text that is being written.
package enum WritingEvent: Sendable, Hashable {
    /// In whole characters.
    case text(String)
    /// Nothing follows.
    case end(WrittenText.End, tokens: Int)
}

/// One request, as it goes to a ``Lane``.
enum ServingJob: Sendable {
    case writing(WritingJob)
    case classifying(ClassifyingJob)
}

/// A text that is to be written on.
struct WritingJob: Sendable {
    /// nil: the base alone.
    let adapter: ReadOnly<ServedAdapter>?
    let prompt: [Int32]
    let options: WritingOptions
    let events: AsyncStream<WritingEvent>.Continuation
    /// Whether nobody waits for it any more.
    let isOver: Flag
}

/// Texts that are to be classified.
struct ClassifyingJob: Sendable {
    let adapter: ReadOnly<ServedAdapter>
    let texts: [[Int32]]
    /// Gets a row of logits for each text; nil where the engine has ended.
    let answer: CheckedContinuation<[[Float]]?, Never>
}

/// Set once, from anywhere.
final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}
