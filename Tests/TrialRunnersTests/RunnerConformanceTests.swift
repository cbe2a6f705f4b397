import Foundation
import SearchSpaces
import Studies
import Synchronization
import TestSupport
import Testing
import TrialRunners

/// What holds of every runner; a new one joins the list of kinds.
@Suite(.timeLimit(.minutes(5))) struct RunnerConformanceTests {
    enum Kind: CaseIterable { case local, fake, slurm }

    /// A trial: so many reports of 1, 2, ..., then a word in its log and its end.
    struct Play: Sendable {
        var reports = 3
        var code = 0
        var says = "done"
        /// Whether it goes on without end after its reports.
        var hangs = false
    }

    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private func runner(_ kind: Kind, _ play: Play) -> any TrialRunner {
        switch kind {
        case .local: LocalRunner(executable: TemporaryFolder.autolora)
        case .slurm:
            SlurmRunner(
                executable: TemporaryFolder.autolora, version: "0.1.0", study: "c0ffee00", request: SlurmRequest(),
                queue: StandInCluster(), pace: SlurmPace(times: 0.05))
        case .fake:
            FakeTrialRunner(
                hangAfter: play.hangs ? play.reports : nil, says: play.says + "\n", ending: { _ in .exited(play.code) },
                curve: { _, iter in iter <= play.reports ? Double(iter) : nil })
        }
    }

    private func launch(_ play: Play, _ kind: Kind) -> Launch {
        let folder = runner(kind, play).folder(ofLaunch: 1, in: temporary.path)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = """
            i=0; while [ $i -lt \(play.reports) ]; do i=$((i+1)); echo "{\\"score\\": $i}"; done
            \(play.hangs ? "while :; do sleep 0.05; done" : "echo '\(play.says)' >&2; exit \(play.code)")
            """
        return Launch(
            trial: Trial.ID(0), command: ["/bin/sh", "-c", script], environment: [:], workingFolder: temporary.path,
            folder: folder, reports: WantedReports(metric: "score"), grace: 0.5)
    }

    /// Plays a trial; `directive` answers each report by its value.
    private func run(
        _ kind: Kind, _ play: Play, directive: @escaping @Sendable (Double) -> Directive = { _ in .goOn }
    ) async -> (completion: Completion, values: [Double]) {
        let values = Mutex<[Double]>([])
        let completion = await runner(kind, play).run(launch(play, kind)) { line in
            values.withLock { $0.append(line.value) }
            return directive(line.value)
        }
        return (completion, values.withLock { $0 })
    }

    @Test(arguments: Kind.allCases) func `reports come one after the other, in their order, and then the end`(kind: Kind) async
    {
        let open = Mutex(0)
        let most = Mutex(0)
        let values = Mutex<[Double]>([])
        let play = Play(reports: 20)
        let completion = await runner(kind, play).run(launch(play, kind)) { line in
            let count = open.withLock { open in
                open += 1
                return open
            }
            most.withLock { $0 = max($0, count) }
            await Task.yield()
            values.withLock { $0.append(line.value) }
            open.withLock { $0 -= 1 }
            return .goOn
        }
        #expect(completion.ending == .exited(0))
        #expect(values.withLock { $0 } == (1...20).map(Double.init))
        #expect(most.withLock { $0 } == 1)
    }

    @Test(arguments: Kind.allCases) func `a failure brings what its log says of it`(kind: Kind) async {
        let completion = await run(kind, Play(code: 3, says: "ValueError: the rate is too high")).completion
        #expect(completion.ending == .exited(3))
        #expect(completion.evidence.reason == "ValueError: the rate is too high")
        #expect(completion.evidence.logTail?.contains("too high") == true)
        #expect(completion.evidence.shortage == nil)
    }

    @Test(arguments: Kind.allCases) func `evidence is of the launch alone, not of what was in the log before`(kind: Kind)
        async throws
    {
        _ = try temporary.write("RuntimeError: an earlier launch\n", to: "log.txt")
        let completion = await run(kind, Play(code: 1, says: "ended")).completion
        #expect(completion.evidence.logStart == 32)
        #expect(completion.evidence.logTail?.contains("earlier") == false)
    }

    @Test(arguments: Kind.allCases) func `one that is told to end ends`(kind: Kind) async {
        let (completion, values) = await run(kind, Play(reports: 2, hangs: true)) { $0 < 2 ? .goOn : .endNow }
        #expect(completion.ending == .terminated)
        #expect(values == [1, 2])
    }

    @Test(arguments: Kind.allCases) func `a run that is cancelled ends its launch`(kind: Kind) async throws {
        let isReported = Mutex(false)
        let play = Play(reports: 1, hangs: true)
        let (runner, launch) = (runner(kind, play), launch(play, kind))
        let running = Task {
            await runner.run(launch) { _ in
                isReported.withLock { $0 = true }
                return .goOn
            }
        }
        try #require(await eventually { isReported.withLock { $0 } })
        running.cancel()
        #expect(await running.value.ending == .terminated)
    }

    @Test(arguments: Kind.allCases) func `what has ended leaves nothing to recover`(kind: Kind) async {
        _ = await run(kind, Play())
        let earlier = [EarlierLaunch(trial: Trial.ID(0), folder: temporary.path)]
        #expect(await runner(kind, Play()).recover(earlier).ended == 0)
    }

    @Test(arguments: Kind.allCases) func `a trial may compute with at least one thread`(kind: Kind) {
        #expect(runner(kind, Play()).threads >= 1)
    }
}
