import SearchSpaces
import Studies
import StudyStore

extension Controller {
    /// Looks for requests from now on, four times a second, and answers those that came before.
    ///
    /// Looking is a read beside whatever is written; one that fails is made up for by the next.
    func listen() throws -> Task<Void, Never> {
        // What an earlier controller was about to end when it died.
        for (_, request) in requests.pruning(in: history).sorted(by: { $0.key < $1.key }) { try carryOut(request) }
        // What came since the run began to begin is asked of this run.
        try takeRequests(.beginning, upTo: store.requestsBefore ?? .max)
        announceOpenRequests()
        return Task.detached { [weak self] in
            while (try? await Task.sleep(for: .milliseconds(250))) != nil { await self?.hearRequests() }
        }
    }

    private func hearRequests() {
        switch stopping {
        // A trial may be known here that is not on record.
        case .storeFailed, .obstructed: return
        default: break
        }
        guard !isDeaf else { return }
        do { try takeRequests(.running) } catch {
            let reason = StopReason.storeFailed("a request cannot be answered: \(error)")
            begin(stopping: reason)
            stop.yield(reason)
        }
    }

    func takeRequests(_ phase: RequestRules.Situation.Phase, upTo last: Int = .max) throws {
        guard let pending = try? store.pendingRequests(), !pending.isEmpty else { return }
        for request in pending where request.number <= last { try take(request, phase) }
        announceOpenRequests()
    }

    /// Answers a request and does what it asks for; the answer is on record first.
    private func take(_ request: RecordedRequest, _ phase: RequestRules.Situation.Phase) throws {
        var situation = RequestRules.Situation(
            phase, history, requests, trialCount: specification.runCap ?? specification.trialCount,
            workers: specification.workers)
        situation.isSearching = stopping == nil && confirmation == nil && plan.exhausted == nil && phase != .ending
        let answered = try store.answer(request, rules.verdict(on: request, in: situation), at: now())
        requests.take(answered)
        announce(.answered(answered))
        if answered.isDone { try carryOut(answered) }
    }

    private func carryOut(_ request: RecordedRequest) throws {
        switch request.request {
        case .note, .tag: return
        case .stop: return interrupt()
        case .detach: return detach()
        case .workers(let count): work(with: count)
        case .enqueue(let assignment, _): plan.enqueue(QueuedConfiguration(request: request.number, assignment: assignment))
        case .remove(let number): plan.dequeue(number)
        case .prune(let id, _): try prune(id, by: request)
        }
        stop.lookAgain()
    }

    private func prune(_ id: Trial.ID, by request: RecordedRequest) throws {
        guard var life = lives[id] else {
            var life = TrialLife(history[id])
            _ = life.handle(.pruned(by: request.number))
            return try settlePruned(life.trial)
        }
        _ = life.handle(.pruned(by: request.number))
        lives[id] = life
        processes[id]?.cancel()
    }

    /// Records that a trial was taken out, and by which request.
    func settlePruned(_ trial: Trial, seconds: Double? = nil) throws {
        try settle(trial, error: trial.prunedBy.flatMap { requests[$0]?.pruning }, seconds: seconds)
        announceOpenRequests()
    }

    /// Says what was asked for and is still to come.
    func announceOpenRequests() {
        let open = OpenRequests(queued: plan.queue.count, pruning: requests.pruning(in: history).keys.sorted())
        guard open != openRequests else { return }
        openRequests = open
        announce(.open(open))
    }
}
