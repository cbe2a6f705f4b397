import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

/// Reading what is new, and page by page, is reading the whole in parts.
@Suite struct StudyNewsTests {
    private let recorded: RecordedStudy
    private var store: StudyStore { recorded.store }

    init() throws { recorded = try RecordedStudy("news") }

    private func report(_ iter: Int, _ value: Double) -> Report { Report(iter: iter, step: iter * 10, value: value) }

    @Test func `events keep their order and their times`() throws {
        try recorded.add(0, reports: [report(1, 0.5)])
        let events = try store.events()
        let id = Trial.ID(0)
        #expect(
            events.map(\.event) == [
                .began(runCap: 3), .added(id, milestone: nil), .launched(id, milestone: nil), .reported(id, iter: 1),
                .settled(id, .complete),
            ])
        #expect(events.map(\.at) == [100, 110, 110, 115, 120])
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.number < $1.number })
    }

    @Test func `a trial comes with the times of its reports`() throws {
        try recorded.add(0, reports: [report(1, 0.5), report(2, 0.6)])
        let trial = try #require(try store.trials().first)
        #expect(trial.reports.map(\.value) == [0.5, 0.6])
        #expect(trial.reportedAt == [115, 115])
        #expect(try trial.trial == store.history().trials[0])
    }

    @Test func `pages together are the whole`() throws {
        for number in 0..<7 { try recorded.add(number, reports: (1...number + 1).map { report($0, Double(number)) }) }
        let all = try store.trials()
        #expect(all.count == 7 && all[6].reports.count == 7)
        for size in [1, 3, 7, 100] {
            let pages = try stride(from: 0, to: 7, by: size).flatMap { try store.trials(from: $0, count: size) }
            #expect(pages == all)
        }
        #expect(try store.trials(from: 7, count: 5).isEmpty)
        #expect(try store.trialCount() == 7)
    }

    @Test func `what is new, taken again and again, is the whole`() throws {
        var mark = StudyMark()
        var known: [Int: RecordedTrial] = [:]
        func look(atMost limit: Int = 10_000) throws -> StudyNews {
            let news = try store.news(since: mark, atMost: limit)
            for trial in news.trials { known[trial.record.number] = trial }
            mark = news.mark
            return news
        }
        func expectAll() throws { #expect(try known.sorted { $0.key < $1.key }.map(\.value) == store.trials()) }
        #expect(try look().events.count == 1)
        var trial = Trial(id: Trial.ID(0), assignment: Assignment(["r": .int(8)]))
        try store.add(trial, at: 110)
        (trial.state, trial.launches) = (.running, 1)
        try store.launched(trial, at: 111)
        #expect(try look().trials.map(\.record.state) == [.running])
        try store.record(report(1, 0.5), of: trial.id, at: 112)
        try recorded.add(1, reports: [report(1, 0.7)])
        let both = try look()
        #expect(both.trials.map(\.record.number) == [0, 1] && both.events.count == 5)
        try expectAll()
        #expect(try look().trials.isEmpty)
        // Its controller died: what ran waits, which the next one's beginning alone tells.
        try store.beginRun(at: 200)
        #expect(try look().trials.map(\.record.state) == [.waiting])
        try expectAll()
        for number in 2..<6 { try recorded.add(number, reports: [report(1, 0.1)]) }
        var steps = 0
        while try !look(atMost: 3).events.isEmpty { steps += 1 }
        #expect(steps == 6)
        try expectAll()
        #expect(try mark == store.mark())
    }

    @Test func `a study of the best reports alone has the same best trial and the same front`() throws {
        for metrics in [[], [Metric(name: "size", goal: .minimize)]] {
            for goal in [Goal.maximize, .minimize] {
                let study = try RecordedStudy(
                    "bests", goal: goal, otherMetrics: metrics, constraints: ["loss": Limits(max: 0.8)])
                var random = SeededRandom(seed: 7)
                for number in 0..<40 {
                    let reports = (1...5).map { iter in
                        // Few values, so that some are equal.
                        let value = [0.1, 0.2, 0.3, .nan, .infinity][random.below(5)]
                        return Report(
                            iter: iter, value: value,
                            metrics: ["size": Double(random.below(4)), "loss": Double(random.below(10)) / 10])
                    }
                    try study.add(number, number % 9 == 0 ? .failed : .complete, reports: reports)
                }
                let (whole, bests) = (try study.store.history(), try study.store.bests())
                #expect(bests.best?.trial.id == whole.best?.trial.id && bests.best?.report == whole.best?.report)
                #expect(bests.front.map(\.trial.id) == whole.front.map(\.trial.id))
                #expect(bests.front.map(\.report) == whole.front.map(\.report))
                #expect(bests.trials.map { bests.isFeasible($0) } == whole.trials.map { whole.isFeasible($0) })
            }
        }
    }
}

/// A small generator that gives the same numbers everywhere.
private struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(count))
    }
}
