import Controller
import SearchSpaces
import Studies
import StudyStore
import Synchronization
import Testing
import TrainerSettings
import TrialRunners

private final class Count: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}

/// Jobs of a cluster outlive their controller: the next one lives through their launches again.
@Suite(.timeLimit(.minutes(5))) struct TakingUpTests {
    private static let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: 9)

    /// Some get better for long, one ends by itself.
    private static let curve: @Sendable (Trial.ID, Int) -> Double? = { id, iter in
        iter > 9 || id.number % 5 == 4 && iter > 2 ? nil : Double((id.number * 7) % 11) / 20 + 0.4 * (1 - 1 / Double(iter))
    }

    private func runner(after earlier: JobRunner? = nil, lost: Int = 0) -> JobRunner {
        JobRunner(after: earlier, lost: lost, curve: Self.curve)
    }

    private func text(_ history: History) -> [String] {
        history.trials.map { trial in
            "\(trial.id) \(trial.state) \(trial.launches) \(trial.reports.map { "\($0.iter) \($0.step ?? 0) \($0.value)" })"
        }
    }

    /// What a controller killed at a certain event leaves, and the runner that had its jobs.
    private func remains(
        at number: Int, _ early: EarlyTermination, workers: Int = 1
    ) async throws -> (Laboratory, JobRunner) {
        let laboratory = try Laboratory(runCap: 9, workers: workers, early: early)
        let seen = Mutex(0)
        let first = runner()
        let left = try await laboratory.remains(of: first) { _ in
            seen.withLock { seen in
                seen += 1
                return seen == number
            }
        }
        return (left, first)
    }

    private func takeUp(_ laboratory: Laboratory, _ runner: JobRunner) async throws -> History {
        let store = try laboratory.store()
        let running = try store.runningLaunches()
        let living = await runner.recover(laboratory.folder.earlierLaunches(running: running)).living
        _ = try await laboratory.controller(runner, store: store, living: living).run()
        return try store.history()
    }

    @Test(arguments: [EarlyTermination.asha(rungs), .none, .median(warmUp: 1, startUpTrials: 3)])
    func `killed after any event and taken up, a study of jobs is the undisturbed one`(early: EarlyTermination) async throws {
        let (count, whole) = (Count(), try Laboratory(runCap: 9, early: early))
        _ = try await whole.controller(runner()) { _, _ in count.add() }.run()
        let undisturbed = try whole.store().history()
        var takenUp = 0
        for number in 1...count.value {
            let (laboratory, first) = try await remains(at: number, early)
            let second = runner(after: first)
            let history = try await takeUp(laboratory, second)
            #expect(text(history) == text(undisturbed), "killed after event \(number)")
            let divergences = try laboratory.replayed()
            #expect(divergences == [], "killed after event \(number)")
            #expect(try laboratory.store().damages().map(\.description) == [])
            #expect(try laboratory.store().openJobs().isEmpty)
            takenUp += second.living.count
        }
        #expect(takenUp > 20)
    }

    @Test func `with several workers nothing is launched twice, and the replay holds`() async throws {
        for number in stride(from: 5, to: 90, by: 9) {
            let (laboratory, first) = try await remains(at: number, .asha(Self.rungs), workers: 3)
            let second = runner(after: first)
            let history = try await takeUp(laboratory, second)
            #expect(try laboratory.replayed() == [], "killed after event \(number)")
            #expect(history.trials.allSatisfy { $0.state.isFinal })
            for trial in history.trials {
                #expect(trial.reports.map(\.iter) == Array(1...trial.reports.count))
                // The killed one goes on for a moment after what is on the disk was looked at.
                let known = first.launches.count
                let launches = second.launches.dropFirst(known).filter { $0.trial == trial.id }.map(\.number)
                #expect(Set(launches).count == launches.count)
            }
        }
    }

    @Test func `lines that a launch can no longer give are not missed`() async throws {
        let (laboratory, first) = try await remains(at: 40, .none)
        let running = try #require(try laboratory.store().runningLaunches().keys.first)
        let before = try laboratory.store().history()[running].reports
        let history = try await takeUp(laboratory, runner(after: first, lost: .max))
        #expect(history[running].reports == before)
        #expect(history[running].state == .complete)
    }

    @Test func `what was decided before the controller died stands, though it would be decided otherwise now`() async throws {
        // The launch, three words of its job, and some reports.
        let (laboratory, first) = try await remains(at: 7, .median(warmUp: 1, startUpTrials: 3))
        let store = try laboratory.store()
        let running = try #require(try store.runningLaunches().keys.first)
        try #require(try store.history()[running].reports.count == 3)
        try store.note(.stop, of: running, at: 0)
        store.close()
        let history = try await takeUp(laboratory, runner(after: first))
        #expect(history[running].state == .pruned)
    }

    @Test func `what is decided of a job that was taken up is on record before it is told`() async throws {
        // The launch, three words of its job; nothing is reported yet.
        let (laboratory, first) = try await remains(at: 4, .asha(Self.rungs))
        let running = try #require(try laboratory.store().runningLaunches().keys.first)
        _ = try await takeUp(laboratory, runner(after: first))
        #expect(try laboratory.store().jobs(of: running).first?.verdict == .pause)
    }

    @Test func `a run that is left leaves its jobs, and the next run takes them up`() async throws {
        let laboratory = try Laboratory(runCap: 4, workers: 2)
        let first = JobRunner(pace: .milliseconds(20), curve: { $1 > 8 ? nil : 0.5 })
        let running = Mutex<Controller?>(nil)
        let controller = try laboratory.controller(first) { event, _ in
            if case .reported(_, let report) = event, report.iter == 3 { running.withLock { $0?.detach() } }
        }
        running.withLock { $0 = controller }
        #expect(try await controller.run() == .stopped(.detached))
        running.withLock { $0 = nil }
        let store = try laboratory.store()
        #expect(try store.runningLaunches().count == 2)
        #expect(try store.openJobs().map(\.phase) == ["running", "running"])
        let second = JobRunner(after: first, curve: { $1 > 8 ? nil : 0.5 })
        let history = try await takeUp(laboratory, second)
        #expect(second.living.count == 2)
        #expect(history.trials.map(\.launches) == [1, 1, 1, 1])
        #expect(history.trials.map(\.reports.count) == [8, 8, 8, 8])
        #expect(try laboratory.replayed() == [])
    }

    @Test func `a trial that lost its place goes on without a retry, and three times without a report it has failed`()
        async throws
    {
        let laboratory = try Laboratory(runCap: 2)
        let runner = JobRunner(
            ending: { launch in
                let isOver = launch.number > 2
                return launch.trial.number == 0 && isOver ? .exited(0) : .displaced(.init(reason: "was preempted"))
            }, curve: { id, iter in id.number == 0 && iter <= 3 ? 0.5 : nil })
        let history = try await laboratory.run(runner).1
        #expect(history.trials.map(\.state) == [.complete, .failed])
        #expect(history.trials.map(\.launches) == [3, 3])
        let error = try #require(try laboratory.store().trial(Trial.ID(1))?.error)
        #expect(
            error.hasPrefix("was preempted, as the two launches before it, and none came to a report or a newer checkpoint"))
    }

    /// Three jobs that waited when their controller went, of which a run with one worker takes some out of the queue.
    private static func taken(furthest: Int?, unheard: Int? = nil) async throws -> Set<Int> {
        let laboratory = try Laboratory(runCap: 3, workers: 1)
        let store = try laboratory.store()
        try store.beginRun(at: 100)
        var launches: [Launch] = []
        for number in 0..<3 {
            var trial = Trial(id: Trial.ID(number), assignment: ["x": .double(0.5)], state: .running, launches: 1)
            try store.add(trial, at: 100)
            if number == furthest {
                trial.reports = [Report(iter: 1, step: 10, value: 0.5, metrics: [:])]
                try store.record(trial.reports[0], of: trial.id, at: 101)
            }
            _ = try store.note(JobRecord(trial: trial.id, launch: 1, name: "al-1-t\(number)-l1", phase: "pending", at: 100))
            var launch = Launch(
                trial: trial.id, command: [], environment: [:], workingFolder: "/", folder: laboratory.folder.trial(trial.id),
                reports: WantedReports(metric: "score"))
            launch.beginning.reports = trial.reports.count
            launches.append(launch)
        }
        let runner = JobRunner(
            launches: launches, slots: 0, unheard: unheard, ending: { _ in .displaced(.init(reason: "was lost")) },
            curve: { _, _ in nil })
        let living = launches.map { LivingLaunch(trial: $0.trial, folder: $0.folder, number: 1, beginning: $0.beginning) }
        let (settled, left) = AsyncStream.makeStream(of: Trial.ID.self)
        let controller = try laboratory.controller(runner, store: store, living: living) { event, _ in
            if case .settled(let trial, error: let error?) = event, error.contains("taken out of the queue") {
                left.yield(trial.id)
            }
        }
        let run = Task { try await controller.run() }
        var taken: Set<Int> = []
        for await id in settled.prefix(unheard == nil ? 2 : 1) { taken.insert(id.number) }
        controller.interrupt()
        #expect(try await run.value == .stopped(.interrupted))
        return taken
    }

    @Test(arguments: 0..<3)
    func `of jobs that wait, that of the trial furthest on stays where fewer work from now on`(furthest: Int) async throws {
        #expect(try await Self.taken(furthest: furthest) == Set(0..<3).subtracting([furthest]))
    }

    @Test func `a job that is over before the queue was heard of it keeps no others there`() async throws {
        #expect(try await Self.taken(furthest: nil, unheard: 0) == [2])
    }

    @Test func `the time in the queue is not the trial's`() async throws {
        let laboratory = try Laboratory(runCap: 1)
        let store = try laboratory.store()
        var trial = Trial(id: Trial.ID(0), assignment: ["x": .double(0.5)], state: .running, launches: 1)
        try store.beginRun(at: 100)
        try store.add(trial, at: 100)
        func job(_ phase: String, at time: Double) -> JobRecord {
            JobRecord(trial: trial.id, launch: 1, name: "al-1-t0-l1", phase: phase, at: time)
        }
        _ = try store.note(job("submitting", at: 100))
        _ = try store.note(job("pending", at: 101))
        _ = try store.note(job("pending", at: 150))
        let running = try store.note(job("running", at: 700))
        #expect((running.submittedAt, running.since, running.startedAt) == (100, 700, 700))
        #expect(try store.note(job("running", at: 705)).since == 700)
        trial.state = .complete
        try store.settle(trial, error: nil, logTail: nil, at: 730)
        #expect(try store.trial(trial.id)?.seconds == 30)
        #expect(try store.jobs(of: trial.id).map(\.endedAt) == [730])
    }
}
