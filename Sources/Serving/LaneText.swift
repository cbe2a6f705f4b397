import Finetuning
import Tasks
import Tensors
import Tokenizers

/// A text that a lane is writing.
final class LaneText {
    /// Among those of the generation.
    let number: Int
    private let job: WritingJob
    /// The one that was chosen last.
    private(set) var next: Int32 = 0
    private var choice: TokenChoice
    private var decoding: StreamingDecoding
    private var stop: StopWords
    private var count = 0

    var adapter: ServedAdapter? { job.adapter?.value }

    init(_ number: Int, _ job: WritingJob, _ base: SharedBase) {
        (self.number, self.job) = (number, job)
        choice = job.options.choice
        decoding = base.tokenizer.tokenizer.decoding(skippingSpecial: true)
        stop = StopWords(job.options.stop)
    }

    /// Chooses a token of these logits and tells whoever waits.
    ///
    /// - Returns: whether the text goes on.
    func take(_ logits: UnsafeBufferPointer<Float>, ends: Set<Int32>, _ figures: ServingFigures) -> Bool {
        guard !job.listener.isGone else { return finish(.interrupted) }
        let token = choice.token(logits)
        guard !ends.contains(token) else { return finish(.end) }
        (next, count) = (token, count + 1)
        figures.wrote()
        tell(stop.append(decoding.append(token)))
        if stop.isReached { return finish(.stop) }
        return count < job.options.limit ? true : finish(.length)
    }

    /// Nobody waits for the rest, or nobody writes it.
    func interrupt() { _ = finish(.interrupted) }

    private func finish(_ end: WrittenText.End) -> Bool {
        if end != .stop { tell(stop.append(decoding.finish())) }
        tell(stop.finish())
        Self.end(job, stop.isReached ? .stop : end, tokens: count)
        return false
    }

    static func end(_ job: WritingJob, _ end: WrittenText.End, tokens: Int = 0) {
        job.events.yield(.end(end, tokens: tokens))
        job.events.finish()
    }

    private func tell(_ text: String) { if !text.isEmpty { job.events.yield(.text(text)) } }
}
