import SearchSpaces
import Studies
import StudyStore
import Synchronization
import TestSupport
import Testing
import TrainerSettings

@testable import Controller

@Suite(.timeLimit(.minutes(5))) struct EventFeedTests {
    private static let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)

    private func study(_ count: Int) -> History {
        History(goal: .maximize, trials: (0..<count).map { Trial(id: Trial.ID($0), assignment: [:]) })
    }

    private func report(_ iter: Int) -> StudyEvent { .reported(Trial.ID(0), Report(iter: iter, value: Double(iter))) }

    /// Everything that is told, in one go.
    private func all(_ news: EventFeed) async -> (events: [StudyEvent], missed: Int) {
        var (events, missed): ([StudyEvent], Int) = ([], 0)
        while let issue = await news.next() {
            events += issue.events
            missed += issue.missed
        }
        return (events, missed)
    }

    @Test func `events come in their order after the study as it stood, and then the end`() async {
        let news = EventFeed()
        news.begin(study(1))
        for iter in 1...3 { news.post(report(iter), after: study(1)) }
        news.finish()
        let issue = await news.next()
        #expect(issue?.history == study(1))
        #expect(issue?.events == [report(1), report(2), report(3)])
        #expect(issue?.missed == 0)
        #expect(await news.next() == nil)
        #expect(await news.next() == nil)
    }

    @Test func `who waits for news is woken by them, by the end, and by being cancelled`() async throws {
        let news = EventFeed()
        let first = Task { await news.next()?.events }
        try await Task.sleep(for: .milliseconds(20))
        news.post(report(1), after: study(1))
        #expect(await first.value == [report(1)])
        let cancelled = Task { await news.next()?.events }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
        let last = Task { await news.next()?.events }
        news.finish()
        #expect(await last.value == nil)
    }

    @Test func `what waits is bounded, and the study as it stands takes the place of what is missed`() async {
        let news = EventFeed(most: 10)
        news.begin(study(1))
        for iter in 1...25 { news.post(report(iter), after: study(iter)) }
        let issue = await news.next()
        #expect(issue?.missed == 22)
        #expect(issue?.history == study(22))
        #expect(issue?.events == [report(23), report(24), report(25)])
    }

    @Test func `an observer that sleeps does not hold the study up, and hears of its end`() async throws {
        let laboratory = try Laboratory(runCap: 30, workers: 2)
        let news = EventFeed()
        let controller = try laboratory.controller(
            FakeTrialRunner(curve: { _, iter in iter <= 9 ? Double(iter) : nil }), news: news)
        let shown = Mutex(0)
        let isDone = Mutex(false)
        let observer = Task {
            var last: StudyEvent?
            while let issue = await news.next() {
                for event in issue.events {
                    // 330 of these would take more than half a minute.
                    if !isDone.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(100)) }
                    shown.withLock { $0 += 1 }
                    last = event
                }
            }
            return last
        }
        let outcome = try await controller.run()
        let behind = 330 - shown.withLock { $0 }
        isDone.withLock { $0 = true }
        #expect(outcome == .finished(note: nil))
        #expect(behind > 30)
        guard case .settled(let trial, error: nil)? = await observer.value else {
            Issue.record("the last event is no end")
            return
        }
        #expect(trial.state == .complete)
        #expect(shown.withLock { $0 } == 330)
    }

    @Test(arguments: [EarlyTermination.none, .asha(rungs), .hyperband(rungs), .median(warmUp: 1, startUpTrials: 5)], [1, 4])
    func `an observer's picture is the study`(early: EarlyTermination, workers: Int) async throws {
        let toy = ToySpace.conditional
        let laboratory = try Laboratory(toy, .random, runCap: 30, workers: workers, early: early)
        let news = EventFeed()
        let observer = Task {
            var picture = StudyPicture(History(goal: .minimize))
            while let issue = await news.next() {
                if let history = issue.history { picture = StudyPicture(history) }
                for event in issue.events { picture.take(event) }
            }
            return picture.history
        }
        // The last of three runs begins with what the others left.
        var studies = laboratory
        for number in [8, 16] {
            studies = try await studies.remains(of: runner(of: toy, atRandomPace: true)) { event in
                if case .reported(let id, _) = event { id.number >= number } else { false }
            }
        }
        _ = try await studies.controller(runner(of: toy, atRandomPace: true), news: news).run()
        let (seen, real) = (await observer.value, try studies.store().history())
        #expect(seen.trials.map(\.state) == real.trials.map(\.state))
        #expect(seen.trials.map(\.assignment) == real.trials.map(\.assignment))
        // Compared as text: NaN is not equal to itself.
        #expect(seen.trials.map { "\($0.reports.map(\.value))" } == real.trials.map { "\($0.reports.map(\.value))" })
    }

    @Test func `a picture takes what it knows already for nothing new`() {
        var picture = StudyPicture(study(1))
        var trial = Trial(id: Trial.ID(0), assignment: [:], state: .running, launches: 1)
        picture.take(.launched(trial))
        picture.take(report(1))
        picture.take(report(1))
        picture.take(.launched(trial))
        #expect(picture.history.trials[0].reports.count == 1)
        let amended = Report(iter: 1, step: 7, value: 1, metrics: ["loss": 2])
        picture.take(.amended(Trial.ID(0), amended))
        #expect(picture.history.trials[0].reports == [amended])
        (trial.state, trial.reports) = (.paused, [amended])
        picture.take(.settled(trial, error: nil))
        #expect(picture.history.trials == [trial])
        picture.take(.named(Metric(name: "loss", goal: .minimize)))
        #expect(picture.history.goal == .minimize)
        #expect(picture.history.trials == [trial])
    }
}
