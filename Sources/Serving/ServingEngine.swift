package import Finetuning
import Foundation
import Layers
import Synchronization
import Tasks
import Tensors
package import Tokenizers

/// One base with adapters that come and go, and threads that answer requests for any of them together. It knows no HTTP.
package final class ServingEngine: Sendable {
    /// What requests call the base alone.
    package let name: String
    /// Whether the base writes texts.
    package let writes: Bool
    package let limits: ServingLimits
    package let figures = ServingFigures()
    let base: ReadOnly<SharedBase>
    let lanes: [LaneQueue]
    private let running = DispatchGroup()
    private let adapters = Mutex<[String: ReadOnly<ServedAdapter>]>([:])

    /// - Parameters:
    ///   - name: nil: the last part of the base's path.
    ///   - threads: that compute, each for requests of its own.
    package init(_ base: SharedBase, name: String? = nil, threads: Int, limits: ServingLimits = ServingLimits()) {
        self.name = name ?? URL(filePath: base.path).lastPathComponent
        (writes, self.limits, self.base) = (base.writes, limits, ReadOnly(base))
        lanes = (0..<max(1, threads)).map { _ in LaneQueue() }
        for queue in lanes {
            running.enter()
            let thread = Thread { [shared = self.base, limits, figures, running] in
                Lane(shared.value, queue, limits, figures).run()
                running.leave()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    // MARK: - Adapters

    /// Those that are there, by their names, with the labels of those that classify.
    package var served: [(name: String, labels: [String])] {
        adapters.withLock { $0.map { ($0.key, $0.value.value.labels) } }.sorted { $0.name < $1.name }
    }

    /// Puts an adapter on the base while it is used. Requests for others go on.
    ///
    /// - Parameters:
    ///   - path: a folder of ours or PEFT's.
    ///   - bounds: what links in it may lead to lies in this folder; nil: anywhere.
    /// - Throws: ``ServingError`` for a name that is taken, else an error that names the file and what is wrong with it.
    package func add(_ name: AdapterName, at path: String, bounds: String? = nil) throws {
        try requireFree(name)
        let adapter = ReadOnly(try ServedAdapter(name, at: path, bounds: bounds, on: base.value))
        try adapters.withLock { adapters in
            guard adapters[name.description] == nil else { throw taken(name) }
            adapters[name.description] = adapter
        }
    }

    private func requireFree(_ name: AdapterName) throws(ServingError) {
        guard name.description != self.name, adapters.withLock({ $0[name.description] == nil }) else { throw taken(name) }
    }

    private func taken(_ name: AdapterName) -> ServingError {
        ServingError(.conflict, "'\(name)' is the name of another that is served; remove it first, or take another name")
    }

    /// Requests that have begun are still answered.
    package func remove(_ name: AdapterName) throws(ServingError) {
        guard name.description != self.name else {
            throw ServingError(
                .conflict, "'\(name)' is the base, which cannot be removed; end the server, or remove an adapter")
        }
        guard adapters.withLock({ $0.removeValue(forKey: name.description) }) != nil else { throw unknown(name.description) }
    }

    /// nil: the base alone.
    func adapter(_ name: String?) throws(ServingError) -> ReadOnly<ServedAdapter>? {
        guard let name, name != self.name else { return nil }
        guard let adapter = adapters.withLock({ $0[name] }) else { throw unknown(name) }
        return adapter
    }

    private func unknown(_ name: String) -> ServingError {
        let names = ([self.name] + served.map(\.name)).prefix(8).joined(separator: ", ")
        return ServingError(.unknown, "there is no model '\(name.prefix(64))'; there are \(names)")
    }

    // MARK: - Requests

    /// The tokens of a text to be written on.
    package func tokens(of prompt: String) -> [Int32] { base.value.tokenizer.tokenizer.encode(prompt, special: true) }

    /// The tokens of a conversation that is to be answered, in the template that the server was given, else the adapter's.
    ///
    /// - Parameter model: an adapter's name, or the base's; nil: the base.
    /// - Throws: an error that says what in it, or in the template, is wrong.
    package func tokens(of chat: Conversation, for model: String?) throws -> [Int32] {
        let own = try adapter(model)?.value.template
        guard let template = base.value.isTemplateChosen ? base.value.template : own ?? base.value.template else {
            throw ServingError(
                .invalid,
                "'\(name)' has no chat template that can be rendered; start the server with --chat-template, or ask /v1/completions"
            )
        }
        do throws(TokenizerError) {
            return base.value.tokenizer.tokenizer.encode(try template.render(chat, generationPrompt: true)).ids
        } catch {
            throw ServingError(.invalid, "the chat template of '\(name)' takes no such conversation: \(error.problem)")
        }
    }

    /// Begins to write. Who stops to listen, or leaves, stops the writing.
    ///
    /// - Parameter model: an adapter's name, or the base's; nil: the base.
    /// - Throws: ``ServingError``.
    package func write(
        _ prompt: [Int32], model: String?, _ options: WritingOptions, for listener: Listener = Listener()
    ) throws(ServingError) -> AsyncStream<WritingEvent> {
        let adapter = try adapter(model)
        guard writes else {
            throw ServingError(.invalid, "'\(name)' writes no texts; its adapters classify: ask /v1/classify")
        }
        if let adapter, !adapter.value.labels.isEmpty {
            throw ServingError(.invalid, "'\(adapter.value.name)' classifies texts, and writes none: ask /v1/classify")
        }
        let positions = base.value.positionCount
        guard !prompt.isEmpty else { throw ServingError(.invalid, "the prompt is empty") }
        guard prompt.count < positions else {
            throw ServingError(
                .invalid, "the prompt has \(prompt.count) tokens, the model takes at most \(positions) with its answer")
        }
        var options = options
        options.limit = min(options.limit, limits.newTokens, positions - prompt.count)
        let (stream, events) = AsyncStream.makeStream(of: WritingEvent.self)
        events.onTermination = { if case .cancelled = $0 { listener.leave() } }
        try put(
            .writing(WritingJob(adapter: adapter, prompt: prompt, options: options, events: events, listener: listener)))
        return stream
    }

    /// Requests that wait, and texts that are being written.
    package var load: (waiting: Int, active: Int) {
        lanes.map(\.counts).reduce((0, 0)) { ($0.0 + $1.waiting, $0.1 + $1.active) }
    }

    private static let full = ServingError(.busy, "too many requests wait; ask again in a moment")

    /// To the lane that has the least to do.
    func put(_ job: ServingJob) throws(ServingError) {
        guard load.waiting < limits.queue else { throw Self.full }
        guard let lane = lanes.min(by: { $0.load < $1.load }), lane.put(job) else {
            throw ServingError(.stopping, "the server ends; ask another")
        }
    }

    /// Takes no more, and waits until all that was taken is done.
    ///
    /// - Returns: whether it is, after so long at most.
    @discardableResult package func stop(within seconds: Double) -> Bool {
        for lane in lanes { lane.stop() }
        return running.wait(timeout: .now() + seconds) == .success
    }

    /// Takes no more, and ends what was taken at once.
    package func abandon() { for lane in lanes { lane.abandon() } }

    deinit { for lane in lanes { lane.stop() } }
}
