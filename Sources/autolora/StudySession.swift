import ArgumentParser
import Confirmations
import Controller
import Foundation
import SearchSpaces
import Strategies
import Studies
import StudyStore
import StudyViews
import TrainerSettings
import Trainers
import TrialRunners

/// One run of a study, from its first launch to the summary: what `run` and `resume` share.
struct StudySession {
    private(set) var specification: StudySpecification
    let store: StudyStore
    /// Whether a configuration keeps the constraints on what it tells before its launch.
    let isFeasible: @Sendable (Assignment) -> Bool
    /// Where trials find their graphics processors.
    let places: (any Places)?
    let quiet: Bool
    /// As the user typed them, for the commands that are shown.
    let studies: StudiesOption
    /// What is confirmed once the search is over; nil: nothing, as far as the study does not say so.
    var request: ConfirmationRequest?
    /// Whether event files are written for TensorBoard as it runs.
    var writesEvents = false
    /// Whether the verdict on what was confirmed is printed as JSON, and nothing else.
    var showsJSON = false
    /// Trials that the study's devices serve at the same time; nil: any number.
    var mostWorkers: Int?
    /// Whether Ctrl-C leaves jobs where they are.
    var detaches = false

    private var isOnCluster: Bool { specification.cluster != nil }

    /// Runs the study and shows how it goes.
    ///
    /// - Throws: `ExitCode` 1 where every trial failed, nothing came of the confirmation or the run could not go on, 130 where it was
    ///   interrupted.
    func run() async throws {
        let choice = MethodChoice(specification)
        if !quiet, let reason = choice.reason { Console.error("method auto: \(choice.method.rawValue), because \(reason)") }
        let executable = try Self.executable()
        let (words, tell) = AsyncStream.makeStream(of: String.self)
        let runner = try Self.runner(specification, store, places: places) { tell.yield($0) }
        let preparation = TrialPreparation(
            specification: specification, study: store.folder.name, folder: store.folder, trainer: specification.program,
            machine: .init(
                autolora: executable, threads: runner.threads, environment: ProcessInfo.processInfo.environment))
        let recovery = await runner.recover(store.folder.earlierLaunches(running: try store.runningLaunches()))
        let left = recovery.ended
        if isOnCluster, !recovery.living.isEmpty, !quiet {
            Console.error("\(recovery.living.count) job\(recovery.living.count == 1 ? "" : "s") of an earlier run taken up")
        }
        if left > 0 { Console.error("\(left) process\(left == 1 ? "" : "es") of an earlier run ended") }
        let start = RunStart(
            reports: try store.reportCounts(at: .infinity), seconds: try store.seconds(runningUntil: nil))
        let display = makeDisplay(specification, of: store.folder, start: start, quiet: quiet)
        let clock = StudyClock(after: try store.latestTime(), wall: Date().timeIntervalSince1970)
        let news = EventFeed()
        let rules = RequestRules(
            specification, mostWorkers: mostWorkers, hasJobs: isOnCluster,
            room: { [isOnCluster] in if !isOnCluster { try ProcessLimits.makeRoom(forTrials: $0) } },
            isFeasible: isFeasible)
        // What is asked while the winner is measured is answered after that.
        defer { try? store.answerLate(by: rules, at: clock.time()) }
        let controller = Controller(
            specification: specification, store: store,
            suggester: try Suggester(
                specification: specification, earlier: try store.earlierStudies(), isFeasible: isFeasible),
            runner: runner, preparation: preparation,
            now: { clock.time() }, living: recovery.living, news: news, confirming: request,
            rules: rules)
        let shown = Task { await display.follow(news) }
        let passing = Task { for await text in words { await controller.tell(text) } }
        let follower = writesEvents ? TensorBoardFollower(store: store, specification: specification) : nil
        let followed = Task { await follower?.run() }
        // A closed terminal or a login node that goes down takes no jobs with it.
        let farewell = "jobs that were not told to end yet go on; take them up with: autolora resume \(store.folder.name)"
        let signals = StopSignals(again: isOnCluster ? farewell + studies.repeated : nil) { [isOnCluster, detaches] signal in
            if isOnCluster, detaches || signal != SIGINT { controller.detach() } else { controller.interrupt() }
        }
        let outcome: Outcome
        do {
            outcome = try await controller.run()
        } catch let error as ControllerError {
            outcome = .stopped(.storeFailed(errorText(error)))
        }
        if let left = await runner.close() { Console.error(left) }
        tell.finish()
        await passing.value
        // The last events stand above the summary.
        await shown.value
        followed.cancel()
        await followed.value
        display.close()
        signals.stop()
        var session = self
        // A trial may have named it.
        if let study = try? store.study() { session.specification.metric = study.metric(as: specification.metric) }
        try await session.conclude(outcome, executable: executable)
    }

    private func conclude(_ outcome: Outcome, executable: String) async throws {
        let name = store.folder.name + studies.repeated
        switch outcome {
        case .stopped(let reason): try conclude(stoppedBy: reason, name)
        case .finished(let note):
            let history = try store.history()
            if let note { Console.error(note) }
            guard history.best != nil else {
                try reportFailure(history, name)
                throw ExitCode(1)
            }
            await TestEvaluation(store: store, executable: executable, specification: specification).run()
            try showEnd(history, name)
            if try lacksChoice() { throw ExitCode(1) }
            if !quiet, let idle = IdleTermination(specification, history) { Console.error(idle.text) }
        }
    }

    /// What the command was for: the verdict where that alone was asked for, else the study's summary.
    private func showEnd(_ history: History, _ name: String) throws {
        guard request?.isExplicit == true, let confirmed = try ConfirmedStudy(store) else {
            return try showSummary(history, name)
        }
        if showsJSON { Console.print(json: confirmed.json) } else { Console.print(confirmed.text(name)) }
    }

    /// Whether a confirmation was to come of the run, and none has that chose anything.
    private func lacksChoice() throws -> Bool {
        guard let confirmed = try ConfirmedStudy(store), !confirmed.isOutdated else { return request != nil }
        return confirmed.choseNothing
    }

    private func conclude(stoppedBy reason: StopReason, _ name: String) throws {
        let goOn = "Everything reported is kept. Go on with: autolora resume \(name)"
        switch reason {
        case .timeUp:
            if request?.isExplicit == true, showsJSON, let confirmed = try ConfirmedStudy(store) {
                Console.print(json: confirmed.json)
            } else if try store.history().best != nil {
                try showSummary(try store.history(), name)
            }
            Console.error("time is up. \(goOn)")
        case .failing(let problem):
            Console.error("autolora: \(problem)")
            try showLastError()
            Console.error("Once that is mended: \(goOn)")
            throw ExitCode(1)
        case .storeFailed(let problem), .obstructed(let problem):
            Console.error("autolora: \(problem)")
            Console.error(goOn)
            throw ExitCode(1)
        case .detached:
            let count = store.openJobCount
            Console.error(
                "left: \(count) job\(count == 1 ? " goes" : "s go") on without this run. Take them up with: autolora resume \(name)"
            )
            throw ExitCode(130)
        case .interrupted, .targetReached:
            Console.error("interrupted. \(goOn)")
            throw ExitCode(130)
        }
    }

    private func reportFailure(_ history: History, _ name: String) throws {
        guard !history.trials.isEmpty else { return }
        if let problem = InfeasibleStudy(history)?.text {
            return Console.error("\(problem); `autolora trials \(name)` lists them")
        }
        let metric = specification.metric.name
        let reported = history.trials.filter { $0.reports.contains { $0.value.isFinite } }.count
        let ranOut = history.trials.count { $0.outOfMemory != nil }
        let problem =
            if ranOut == history.trials.count {
                "every trial ran out of memory: allow smaller values, or take a smaller model"
            } else if ranOut > 0, reported == 0 {
                "no trial has reported a number for \(metric): \(ranOut) of \(history.trials.count) ran out of memory"
            } else if reported == 0 {
                "no trial has reported a number for \(metric)"
            } else if history.trials.allSatisfy({ $0.state == .failed }) {
                "every trial failed, \(reported) of them after reports of \(metric)"
            } else {
                "every trial that reported \(metric) failed"
            }
        Console.error("\(problem); `autolora trials \(name)` tells what went wrong")
        try showLastError()
    }

    private func showLastError() throws {
        let last = try store.trials().last { $0.record.error != nil }
        guard let record = last?.record, let error = record.error else { return }
        Console.error("trial \(record.number): \(store.folder.shownError(error, of: record.trial(reports: [])))")
        let lines = (record.logTail ?? "").split(whereSeparator: \.isNewline).suffix(5)
        for line in lines {
            Console.error(
                "  " + String(line.unicodeScalars.filter { $0.properties.generalCategory != .control }.map(Character.init)))
        }
    }

    private func showSummary(_ history: History, _ name: String) throws {
        let best = try BestTrial(store)
        let ranked =
            best.front?.members.map(\.trial)
            ?? history.trials.filter { $0.state != .failed && $0.best(history.goal) != nil }.sorted { a, b in
                let (x, y) = (history.merit(of: a), history.merit(of: b))
                return x == y ? a.id < b.id : history.goal.prefers(x, to: y)
            }
        if !quiet { try showTable(ranked, history, name) }
        if let confirmed = best.confirmed {
            Console.print(confirmed.text(name))
            return showNext(best, name)
        }
        let figures = zip(specification.metrics, zip(history.values(of: best.report), history.standardErrors(of: best.report)))
            .map { "\($0.name) \(Measured.text($1.0, $1.1))" }
        Console.print(
            "best: trial \(best.trial.id) with \(figures.joined(separator: ", "))\(best.trial.assignment.clause)")
        if let noise = best.noise {
            Console.print("chosen: \(noise.choice)")
            if let warning = noise.warning(name) { Console.print("noise: \(warning)") }
        }
        if let note = best.trial.unfinished { Console.print("note: trial \(best.trial.id) \(note)") }
        if let front = best.front {
            Console.print(
                "front: \(front.numbers.count) \(front.numbers.count == 1 ? "trial" : "trials") that none beats in all metrics")
        }
        if let test = best.test {
            let figures = Measured.figures(test).map { "\($0.name) \($0.text)" }
            Console.print("on the test split, which no trial has seen: " + figures.joined(separator: ", "))
        }
        if let confirmation = best.confirmation {
            Console.print("not confirmed:\n" + confirmation.text(name))
        } else if let missing = try MissingConfirmation(store, name) {
            Console.print("not confirmed: \(missing.text)")
        }
        showNext(best, name)
    }

    private func showNext(_ best: BestTrial, _ name: String) {
        guard !quiet else { return }
        Console.print("next:")
        Console.print("  autolora best \(name)")
        Console.print("  autolora export \(name) --format yaml --output best.yaml")
        if best.adapter != nil { Console.print("  autolora export \(name) --format peft --output adapter") }
    }

    /// The best, then those that failed with what went wrong.
    private func showTable(_ ranked: [Trial], _ history: History, _ name: String) throws {
        let failed = history.trials.filter { $0.state == .failed }
        Console.print(TrialLines.render(Array(ranked.prefix(10)) + Array(failed.prefix(5)), of: history))
        let more = max(0, ranked.count - 10) + max(0, failed.count - 5)
        if more > 0 { Console.print("... and \(more) more: autolora trials \(name)") }
        for trial in failed.prefix(5) {
            guard let error = try store.trial(trial.id)?.error else { continue }
            Console.print("trial \(trial.id): \(store.folder.shownError(error, of: trial))")
        }
        let ranOut = history.trials.filter { $0.outOfMemory != nil }
        if let last = ranOut.last, let error = try store.trial(last.id)?.error {
            Console.print(
                "\(ranOut.count) trial\(ranOut.count == 1 ? "" : "s") ran out of memory, as trial \(last.id): "
                    + store.folder.shownError(error, of: last))
        }
        Console.print("")
    }

    /// This binary, wherever it was started from.
    static func executable() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}
