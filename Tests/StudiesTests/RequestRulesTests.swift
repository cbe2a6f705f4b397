import SearchSpaces
import Studies
import Testing
import TrainerSettings

@Suite struct RequestRulesTests {
    private static let space = SearchSpace([
        Parameter(name: "r", distribution: .categorical([.int(2), .int(4), .int(8), .int(16)], probabilities: nil)),
        Parameter(name: "rate", distribution: .logUniform(min: 1e-4, max: 1e-1)),
        Parameter(name: "kind", distribution: .categorical([.string("plain"), .string("deep")], probabilities: nil)),
        Parameter(
            name: "depth", distribution: .intUniform(min: 1, max: 4),
            condition: .init(parameter: "kind", values: [.string("deep")])),
    ])

    /// Two trials that ended, of a study of five.
    private static let history = History(
        goal: .maximize,
        trials: [
            Trial(
                id: Trial.ID(0), assignment: ["r": .int(8), "rate": .double(1e-3), "kind": .string("plain")], state: .complete),
            Trial(
                id: Trial.ID(1),
                assignment: ["r": .int(4), "rate": .double(1e-2), "kind": .string("deep"), "depth": .int(3)], state: .paused),
        ])

    private func rules(
        repeats: Bool = false, _ isFeasible: @escaping @Sendable (Assignment) -> Bool = { _ in true }
    ) -> RequestRules {
        var specification = StudySpecification(
            name: "s", metric: Metric(name: "score", goal: .maximize), method: .tpe, runCap: 5,
            trainer: TrainerSpecification(type: "command"), space: Self.space, folder: "/")
        if !repeats { specification.method = .grid }
        return RequestRules(specification, mostWorkers: 4, room: { if $0 == 3 { throw Lack() } }, isFeasible: isFeasible)
    }

    private struct Lack: Error, CustomStringConvertible { let description = "3 trials at once need more open files" }

    private func situation(
        _ phase: RequestRules.Situation.Phase = .running, _ requests: [RecordedRequest] = []
    ) -> RequestRules.Situation {
        var situation = RequestRules.Situation(phase, Self.history, RequestLog(requests), trialCount: 5, workers: 2)
        situation.isSearching = phase == .running
        return situation
    }

    private func verdict(
        _ request: StudyRequest, _ situation: RequestRules.Situation? = nil, number: Int = 9, by rules: RequestRules? = nil
    ) -> RequestRules.Verdict {
        (rules ?? self.rules()).verdict(
            on: RecordedRequest(number: number, at: 0, request), in: situation ?? self.situation())
    }

    private static func done(_ number: Int, _ request: StudyRequest) -> RecordedRequest {
        RecordedRequest(number: number, at: 1, request, answer: .init(isDone: true, text: "", at: 2))
    }

    // MARK: - Configurations

    @Test func `what is left open is drawn, always the same for the same request`() throws {
        guard case .done(.enqueue(let whole, clone: nil), let text) = verdict(.enqueue(["r": .double(16)], clone: nil)) else {
            throw NotDone()
        }
        #expect(whole["r"] == .int(16) && Set(whole.values.keys).isSuperset(of: ["r", "rate", "kind"]))
        #expect((whole["depth"] != nil) == (whole["kind"] == .string("deep")))
        #expect(text == "a worker that is free tries it next", "the request has the whole configuration already")
        #expect(verdict(.enqueue(["r": .int(16)], clone: nil)) == .done(.enqueue(whole, clone: nil), text))
        #expect(verdict(.enqueue(["r": .int(16)], clone: nil), number: 10) != .done(.enqueue(whole, clone: nil), text))
    }

    @Test func `a clone has the trial's values but for what is set, and no parameter that its new values rule out`() {
        let cloned: Assignment = ["r": .int(2), "rate": .double(1e-2), "kind": .string("deep"), "depth": .int(3)]
        let changed = verdict(.enqueue(["r": .int(2)], clone: Trial.ID(1)))
        #expect(changed == .done(.enqueue(cloned, clone: Trial.ID(1)), "a worker that is free tries it next"))
        let plain: Assignment = ["r": .int(4), "rate": .double(1e-2), "kind": .string("plain")]
        guard case .done(.enqueue(let whole, _), _) = verdict(.enqueue(["kind": .string("plain")], clone: Trial.ID(1))) else {
            Issue.record("refused")
            return
        }
        #expect(whole == plain)
    }

    @Test(arguments: [
        (["r": SettingValue.int(9)], "r is never 9; the nearest that is allowed: 8"),
        (["rate": .double(1)], "rate is never 1; the nearest that is allowed: 0.1"),
        (["rate": .string("high")], "rate is never high; a number is wanted from 0.0001 to 0.1"),
        (["kind": .string("plan")], "kind is never plan; allowed: plain, deep; did you mean 'plain'?"),
        (["rang": .int(8)], "unknown parameter 'rang'; allowed: r, rate, kind, depth"),
        (["depth": .int(2)], "depth is there only when kind is deep; give kind too"),
        (["depth": .int(2), "kind": .string("plain")], "depth is there only when kind is deep, and here it is plain"),
        ([:], "it sets nothing; give a value such as r=8, or a trial to clone"),
    ]) func `what the space does not have is refused, with what it has`(values: [String: SettingValue], reason: String) {
        guard case .refused(let text) = verdict(.enqueue(Assignment(values), clone: nil)) else {
            Issue.record("taken")
            return
        }
        #expect(text.hasPrefix(reason))
    }

    @Test func `what runs once in a study is refused where a trial or a request has it`() {
        let refused = RequestRules.Verdict.refused("trial 0 has this configuration, and it would come out the same")
        #expect(verdict(.enqueue([:], clone: Trial.ID(0))) == refused)
        guard case .done = verdict(.enqueue([:], clone: Trial.ID(0)), by: rules(repeats: true)) else {
            Issue.record("a program may run one again")
            return
        }
        let own: Assignment = ["r": .int(2), "rate": .double(1e-3), "kind": .string("plain")]
        let queued = situation(.running, [Self.done(3, .enqueue(own, clone: nil))])
        #expect(
            verdict(.enqueue(own, clone: nil), queued)
                == .refused("request 3 has this configuration, and it would come out the same"))
    }

    @Test func `what breaks a constraint is drawn again, and refused where nothing is left open`() {
        let rules = rules { $0["rate"]?.number ?? 0 < 1e-2 }
        guard case .done(.enqueue(let whole, _), _) = verdict(.enqueue(["r": .int(2)], clone: nil), by: rules) else {
            Issue.record("refused")
            return
        }
        #expect(whole["rate"]?.number ?? 1 < 1e-2)
        let given = verdict(.enqueue(["r": .int(2)], clone: Trial.ID(1)), by: rules)
        guard case .refused(let text) = given else {
            Issue.record("taken")
            return
        }
        #expect(text.hasSuffix("breaks a constraint or does not fit in memory; `autolora check` tells both"))
    }

    @Test func `it is said when a configuration can come: next, at the next run, or with more trials`() {
        func words(_ situation: RequestRules.Situation) -> String {
            guard case .done(_, let text) = verdict(.enqueue(["r": .int(2)], clone: nil), situation) else { return "" }
            return text
        }
        #expect(words(situation()) == "a worker that is free tries it next")
        #expect(words(situation(.rest)) == "it is tried once the study is resumed")
        let queue = (1...3).map { Self.done($0, .enqueue(["x": .int($0)], clone: nil)) }
        #expect(
            words(situation(.running, queue))
                == "it is kept: the study has its 5 trials, so resume it with --trials 6 or more to try it")
    }

    // MARK: - The rest

    @Test(arguments: [
        (StudyRequest.stop(reason: nil), "nobody runs the study; there is nothing to stop"),
        (.prune(Trial.ID(1), reason: nil), "nobody runs the study; resume it, then ask again"),
        (.workers(3), "nobody runs the study; resume it with --workers 3"),
    ]) func `what needs a run is refused without one, with what to do`(request: StudyRequest, reason: String) {
        #expect(verdict(request, situation(.rest)) == .refused(reason))
        #expect(verdict(request, situation(.beginning)) == .refused("it was asked of a run that is over; ask again now"))
    }

    @Test(arguments: [
        (StudyRequest.prune(Trial.ID(0), reason: nil), "trial 0 is complete already"),
        (.prune(Trial.ID(7), reason: nil), "there is no trial 7; the study has 2, from 0"),
        (.workers(0), "at least one has to work; `stop` ends the run"),
        (.workers(9), "the GPUs serve 4 trials at a time; gpus_per_trial in the space file says how many share one"),
        (.workers(3), "3 trials at once need more open files"),
        (.note(" ", nil), "the note is empty; say something"),
        (.note("x", Trial.ID(2)), "there is no trial 2; the study has 2, from 0"),
        (.tag("two words", nil), "a tag is one word of at most 64 letters, digits, '-', '_', '.', ':', '/' and '+'"),
        (.remove(4), "there is no request 4"),
    ]) func `what cannot be is refused with the reason`(request: StudyRequest, reason: String) {
        #expect(verdict(request) == .refused(reason))
    }

    @Test func `a note of too many bytes is refused`() {
        let long = String(repeating: "x", count: 16385)
        #expect(verdict(.note(long, nil)) == .refused("the note has 16385 bytes; 16384 is the most"))
    }

    @Test func `a trial is pruned once, and a tag is put once`() {
        let asked = situation(
            .running, [Self.done(1, .prune(Trial.ID(1), reason: nil)), Self.done(2, .tag("good", Trial.ID(1)))])
        #expect(
            verdict(.prune(Trial.ID(1), reason: nil), asked) == .refused("trial 1 is being pruned by request 1 already"))
        #expect(verdict(.tag("good", Trial.ID(1)), asked) == .refused("trial 1 has the tag 'good' already"))
        #expect(verdict(.tag("good", nil), asked) == .done(.tag("good", nil), "tagged"))
    }

    @Test func `notes, tags and what waits are taken back, once`() {
        let asked = [
            Self.done(1, .note("n", nil)), Self.done(2, .enqueue(["r": .int(2)], clone: nil)), Self.done(3, .workers(2)),
        ]
        #expect(verdict(.remove(1), situation(.rest, asked)) == .done(.remove(1), "note on the study: n is gone"))
        #expect(verdict(.remove(2), situation(.rest, asked)) == .done(.remove(2), "its configuration is not tried"))
        let again = asked + [Self.done(4, .remove(1)), Self.done(5, .remove(2))]
        #expect(verdict(.remove(1), situation(.rest, again)) == .refused("it is removed already"))
        #expect(verdict(.remove(2), situation(.rest, again)) == .refused("it is taken back already"))
        #expect(
            verdict(.remove(3), situation(.rest, asked))
                == .refused("request 3 (workers 2) has added nothing that could be taken back"))
        var started = situation(.running, asked)
        started.history[Trial.ID(1)].enqueuedBy = 2
        #expect(verdict(.remove(2), started) == .refused("trial 1 has its configuration; prune that"))
    }

    private struct NotDone: Error {}
}
