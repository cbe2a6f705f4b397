import Backbones
import Finetuning
import Layers
import Tensors
import Tokenizers

/// One thread's work on a shared base. Texts that are written take one token each at a time, all in one pass whatever their adapters; a
/// request joins at the next token (continuous batching, Yu et al. 2022).
final class Lane {
    let base: SharedBase
    private let queue: LaneQueue
    private let limits: ServingLimits
    let figures: ServingFigures
    private let generation: (any GenerationPass)?
    private let logits: OutputLogits?
    private lazy var classifying = ClassifyingPass(base)
    let memory = AdapterMemory()
    private var texts: [LaneText] = []

    init(_ base: SharedBase, _ queue: LaneQueue, _ limits: ServingLimits, _ figures: ServingFigures) {
        (self.base, self.queue, self.limits, self.figures) = (base, queue, limits, figures)
        (generation, logits) = (base.backbone.generation(), OutputLogits(base.backbone))
    }

    /// Until the queue has stopped and all is done.
    func run() {
        while let jobs = queue.take(room: limits.textsAtOnce - texts.count, active: texts.count) {
            var (begun, asked): ([WritingJob], [ClassifyingJob]) = ([], [])
            let isAbandoned = queue.isAbandoned
            for job in jobs {
                guard !isAbandoned, !job.listener.isGone else {
                    job.abandon()
                    continue
                }
                switch job {
                case .writing(let job): begun.append(job)
                case .classifying(let job): asked.append(job)
                }
            }
            if !asked.isEmpty { classify(asked) }
            if !begun.isEmpty { begin(begun) }
            if isAbandoned { abandonTexts() }
            if !texts.isEmpty { step() }
        }
    }

    private func abandonTexts() {
        for text in texts {
            text.interrupt()
            generation?.leave(text.number)
        }
        texts = []
    }

    /// In batches of texts of about one length, each with all adapters' texts. Those of requests that nobody waits for are left out.
    private func classify(_ jobs: [ClassifyingJob]) {
        var results = jobs.map { [[Float]](repeating: [], count: $0.texts.count) }
        let asked = jobs.enumerated().flatMap { number, job in job.texts.indices.map { (job: number, text: $0) } }
        var rest = asked.sorted { jobs[$0.job].texts[$0.text].count < jobs[$1.job].texts[$1.text].count }[...]
        while true {
            let isAbandoned = queue.isAbandoned
            rest = rest.drop { isAbandoned || jobs[$0.job].listener.isGone }
            guard let first = rest.first else { break }
            var tokens = 0
            let part = rest.prefix { place in
                tokens += jobs[place.job].texts[place.text].count
                return tokens <= limits.tokensAtOnce || place == first
            }
            rest = rest.dropFirst(part.count)
            let batch = part.sorted { jobs[$0.job].adapter.value.number < jobs[$1.job].adapter.value.number }
            let logits = classifying.logits(
                batch.map { (jobs[$0.job].texts[$0.text], jobs[$0.job].adapter.value) }, memory)
            for (place, row) in zip(batch, logits) { results[place.job][place.text] = row }
            figures.passed(rows: batch.count)
        }
        for (job, result) in zip(jobs, results) {
            let isWhole = !result.contains(where: \.isEmpty)
            job.answer.resume(returning: isWhole ? .success(result) : .failure(.interrupted))
        }
    }

    /// Computes the prompts, those of one batch together, and writes their first tokens.
    private func begin(_ jobs: [WritingJob]) {
        guard let generation else { return }
        var rest = jobs.sorted { Self.number($0.adapter?.value) < Self.number($1.adapter?.value) }[...]
        while let first = rest.first {
            var tokens = first.prompt.count
            let part =
                rest.prefix(1)
                + rest.dropFirst().prefix { job in
                    tokens += job.prompt.count
                    return tokens <= Self.promptTokensAtOnce
                }
            rest = rest.dropFirst(part.count)
            var batch = PackedBatch(sequences: part.map(\.prompt))
            batch.adapters = part.map { Self.number($0.adapter?.value) }
            let pass = pass(part.map { $0.adapter?.value })
            let (numbers, rows) = generation.join(batch, newTokens: part.map(\.options.limit), pass: pass)
            figures.passed(rows: part.count)
            let joined = zip(numbers, part).map { LaneText($0, $1, base) }
            texts += choose(for: joined, rows, pass)
        }
    }

    /// More would hold up the others' next tokens.
    private static let promptTokensAtOnce = 1024

    private func step() {
        guard let generation else { return }
        let pass = pass(texts.map(\.adapter))
        let rows = generation.step(texts.map(\.next), of: texts.map(\.number), pass: pass)
        figures.passed(rows: texts.count)
        // Texts of one adapter stay beside each other.
        texts = choose(for: texts, rows, pass).sorted { Self.number($0.adapter) < Self.number($1.adapter) }
    }

    /// The next token of each text.
    ///
    /// - Returns: the texts that go on.
    private func choose(for texts: [LaneText], _ rows: HiddenRows, _ pass: Pass) -> [LaneText] {
        guard let logits, let generation else { return [] }
        let values = logits(rows, base.pass())
        return texts.enumerated().filter { row, text in
            let own = UnsafeBufferPointer(start: values + row * logits.vocabulary, count: logits.vocabulary)
            let goesOn = text.take(own, ends: base.ends, figures)
            if !goesOn { generation.leave(text.number) }
            return goesOn
        }.map(\.element)
    }

    private func pass(_ adapters: [ServedAdapter?]) -> Pass {
        base.pass(Self.rows(adapters.compactMap(\.self), memory))
    }

    static func rows(_ adapters: [ServedAdapter], _ memory: AdapterMemory) -> RowAdapters {
        RowAdapters(Dictionary(adapters.map { ($0.number, $0) }) { first, _ in first }, memory: memory)
    }

    /// 0: the base alone.
    private static func number(_ adapter: ServedAdapter?) -> Int32 { adapter?.number ?? 0 }
}
