package import Finetuning
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

    var listener: Listener {
        switch self {
        case .writing(let job): job.listener
        case .classifying(let job): job.listener
        }
    }

    /// Ends what nobody works on.
    func abandon() {
        switch self {
        case .writing(let job): LaneText.end(job, .interrupted)
        case .classifying(let job): job.answer.resume(returning: .failure(.interrupted))
        }
    }
}

/// A text that is to be written on.
struct WritingJob: Sendable {
    /// nil: the base alone.
    let adapter: ReadOnly<ServedAdapter>?
    let prompt: [Int32]
    let options: WritingOptions
    let events: AsyncStream<WritingEvent>.Continuation
    let listener: Listener
}

/// Texts that are to be classified.
struct ClassifyingJob: Sendable {
    let adapter: ReadOnly<ServedAdapter>
    let texts: [[Int32]]
    /// Gets a row of logits for each text.
    let answer: CheckedContinuation<Result<[[Float]], ServingError>, Never>
    let listener: Listener
}
