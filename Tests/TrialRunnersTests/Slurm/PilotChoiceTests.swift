import SearchSpaces
import Testing

@testable import TrialRunners

@Suite struct PilotChoiceTests {
    /// Whether pilots are used after launches with these waits and runs.
    private func choice(
        after spans: [(Double, Double)], _ use: SlurmRequest.Pilots = .auto, hasPilots: Bool = false
    ) -> Bool {
        var choice = PilotChoice(use, hasPilots: hasPilots)
        for (wait, run) in spans { _ = choice.take(wait: wait, run: run) }
        return choice.usesPilots
    }

    @Test func `left to itself it begins with jobs, and changes over once three launches were short beside their wait`() {
        #expect(!choice(after: []))
        #expect(!choice(after: [(60, 60), (60, 60)]))
        #expect(choice(after: [(60, 60), (60, 60), (60, 60)]))
        #expect(choice(after: [(300, 599), (300, 599), (300, 599)]))
    }

    @Test func `long launches and short waits stay jobs`() {
        #expect(!choice(after: [(3600, 600), (3600, 600), (3600, 600)]))
        #expect(!choice(after: [(29, 60), (29, 60), (29, 60)]))
    }

    @Test func `one odd launch decides nothing`() {
        #expect(!choice(after: [(10, 60), (10, 60), (9000, 1)]))
        #expect(choice(after: [(60, 60), (60, 60), (0, 60), (60, 7200)]))
        #expect(!choice(after: [(10, 60), (10, 60), (40, 60), (40, 60)]))
    }

    @Test func `what was said is done from the beginning, whatever launches take`() {
        #expect(choice(after: [], .always))
        #expect(!choice(after: [(60, 6), (60, 6), (60, 6), (60, 6)], .never))
        #expect(!choice(after: [], .never, hasPilots: true))
    }

    @Test func `a study that has had pilots goes on with them`() {
        #expect(choice(after: [], hasPilots: true))
    }

    @Test func `the change is said once, with its reason`() {
        var choice = PilotChoice(.auto, hasPilots: false)
        let news = (0..<5).compactMap { _ in choice.take(wait: 90, run: 40) }
        #expect(news.count == 1)
        #expect(
            news.first?.contains("launches take 40s and wait 1m 30s in the queue (medians): from now on pilots run them")
                == true)
    }

    @Test func `a queue that takes no job makes a launch wait as one that holds it does`() {
        var times = LaunchTimes()
        let start = ContinuousClock.now
        for seconds in [0, 60, 120] { times.note(.submitting, at: start + .seconds(seconds)) }
        times.note(.pending, at: start + .seconds(121))
        times.note(.running, at: start + .seconds(125))
        #expect(times.spans(until: start + .seconds(130))?.wait == 125)
    }

    @Test func `a launch's wait ends with its start, and begins again with another submission`() {
        var times = LaunchTimes()
        let start = ContinuousClock.now
        #expect(times.spans(until: start) == nil)
        times.note(.pending, at: start)
        times.note(.submitting, at: start + .seconds(5))
        times.note(.pending, at: start + .seconds(10))
        times.note(.pending, at: start + .seconds(12))
        times.note(.running, at: start + .seconds(40))
        times.note(.ending, at: start + .seconds(45))
        let spans = times.spans(until: start + .seconds(50))
        #expect(spans?.wait == 35)
        #expect(spans?.run == 10)
    }
}
