import ArgumentParser
import Foundation
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TrainerSettings

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows how a study stands.",
        discussion: """
            --watch follows a study that runs, from another terminal: a live picture, or where standard output is no terminal a \
            line for each change. It ends with the study: with 0 where that is finished, 1 where no trial worked or its confirmation \
            chose nothing, 130 where it was interrupted.
            """)

    @OptionGroup var study: StudyArgument
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Follow the study until it ends.") var watch = false

    func validate() throws {
        if json, watch { throw ValidationError("--json and --watch exclude each other") }
    }

    func run() async throws {
        try await failing {
            let store = try study.store()
            if watch { try await StudyWatch(store: store) { show($0, store.folder) }.run() }
            let status = try StudyStatus(store, now: Date().timeIntervalSince1970)
            guard !json else { return Console.print(json: status.json) }
            show(status, store.folder)
            if let missing = try MissingConfirmation(store, name) { Console.print("confirm   \(missing.text)") }
            if watch, let code = status.exitCode { throw code }
        }
    }

    /// As a command takes it.
    private var name: String { study.study + study.studies.repeated }

    private func show(_ status: StudyStatus, _ folder: StudyFolder) {
        Console.print("study     \(status.study.name): \(status.state.rawValue)\(status.holder.map { " by \($0)" } ?? "")")
        let goals = (status.front?.metrics ?? [Metric(name: status.study.metric, goal: status.study.goal)])
            .map { "\($0.goal.rawValue) \($0.name)" }
        Console.print((goals.count > 1 ? "metrics   " : "metric    ") + goals.joined(separator: ", "))
        let counts = Trial.State.allCases.map { ($0, status.count($0)) }.filter { $0.1 > 0 }
        let states = counts.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
        Console.print("trials    \(status.trials) of \(status.study.runCap)\(states.isEmpty ? "" : ": " + states)")
        if let jobs = status.jobs.text { Console.print("jobs      \(jobs)") }
        if status.ranOutOfMemory > 0 {
            Console.print(
                "memory    \(status.ranOutOfMemory) of them needed more than there is: no failures, and what needs as much is avoided"
            )
        }
        let confirming = Trial.State.allCases.compactMap { state in
            status.confirmations[state].map { "\($0) \(state.rawValue)" }
        }
        if !confirming.isEmpty { Console.print("confirm   \(confirming.joined(separator: ", "))") }
        Console.print("reports   \(status.reports)")
        if let (trial, report) = status.best {
            let value = Measured.text(report.value, status.noise?.standardError)
            Console.print("best      \(value) by trial \(trial.id)\(trial.assignment.clause)")
            if let noise = status.noise {
                Console.print("chosen    \(noise.choice)")
                if status.confirmed?.line == nil, let warning = noise.warning(name) {
                    Console.print("noise     \(warning)")
                }
            }
        }
        if let confirmed = status.confirmed {
            Console.print((confirmed.choice == nil ? "confirm   " : "confirmed ") + confirmed.standing(name))
        }
        if let front = status.front, !front.numbers.isEmpty {
            let list = front.numbers.map(String.init).joined(separator: ", ")
            Console.print("front     \(front.numbers.count) trial\(front.numbers.count == 1 ? "" : "s"): \(list)")
        }
        if let trial = status.best?.trial, let note = trial.unfinished(after: status.bestReports) {
            Console.print("note      trial \(trial.id) \(note)")
        }
        for failed in status.failures {
            let error = failed.error.map { folder.shownError($0, of: failed.trial(reports: [])) } ?? "no reason is on record"
            Console.print("failed    trial \(failed.number): \(error)")
        }
        for request in status.requests.pending { Console.print("asked     \(request.words): no answer yet".printable) }
        for queued in status.queue { Console.print("queued    request \(queued.request)\(queued.assignment.clause)") }
        for note in status.requests.notes[nil] ?? [] {
            Console.print("note \(String(note.number).padded(4)) \(note.text)".printable)
        }
        if let tags = status.requests.tags[nil] {
            Console.print("tags      \(tags.map(\.text).joined(separator: ", "))".printable)
        }
        if let problem = status.problem { Console.print("best      \(problem)") }
        Console.print("worked    \(TimeSpan.text(seconds: status.seconds))")
        if status.state == .interrupted {
            Console.print("go on     autolora resume \(name)")
        }
    }
}

extension StudyStatus {
    /// What a run that ended so ends with; nil: it went well.
    fileprivate var exitCode: ExitCode? {
        guard state == .finished else { return ExitCode(130) }
        return best == nil || confirmed?.choseNothing == true ? ExitCode(1) : nil
    }
}
