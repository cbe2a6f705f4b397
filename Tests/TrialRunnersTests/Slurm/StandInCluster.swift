import Foundation
import Glibc
import Synchronization
import TestSupport

@testable import TrialRunners

/// A cluster of this machine: each job is a process of its own that runs its script.
final class StandInCluster: ClusterQueue {
    struct Job: Sendable {
        var number: String
        var name: String
        var process: ChildProcess?
        var end: ListedJob.State?
        var reason: String?
    }

    private struct State {
        var jobs: [Job] = []
        var submissions: [Submission?] = []
        var submissionsBegun = 0
        var submitted: [ClusterJob] = []
        var looks = 0
        var isSilent = false
        var delay = Duration.zero
        var slots = Int.max
        var starts: [Int] = []
    }

    private let state = Mutex(State())
    private let environment: [String: String]

    /// - Parameter environment: what each job has besides.
    init(environment: [String: String] = [:]) { self.environment = environment }

    var submitted: [ClusterJob] { state.withLock { $0.submitted } }
    var submissionsBegun: Int { state.withLock { $0.submissionsBegun } }
    var looks: Int { state.withLock { $0.looks } }
    var jobs: [Job] { state.withLock { $0.jobs } }

    /// What the next submissions bring; nil: they are taken as ever.
    func answer(_ submissions: [Submission?]) { state.withLock { $0.submissions = submissions } }

    func silence(_ isSilent: Bool) { state.withLock { $0.isSilent = isSilent } }

    /// Each submission takes so long from now on.
    func delay(_ delay: Duration) { state.withLock { $0.delay = delay } }

    /// So many jobs run at the same time.
    func serve(_ slots: Int) {
        state.withLock { $0.slots = slots }
        startWaiting()
    }

    func submit(_ job: ClusterJob) async -> Submission {
        let delay = state.withLock { state in
            state.submissionsBegun += 1
            return state.delay
        }
        try? await Task.sleep(for: delay)
        let (answer, number) = state.withLock { state in
            state.submitted.append(job)
            let answer = state.submissions.isEmpty ? nil : state.submissions.removeFirst()
            return (answer, String(state.submitted.count))
        }
        switch answer {
        case .refused?, .full?: return answer!
        case .unclear(let reason)? where reason.hasPrefix("lost"): return answer!
        default: break
        }
        state.withLock { $0.jobs.append(Job(number: number, name: job.name)) }
        startWaiting()
        return answer ?? .accepted(number)
    }

    private func startWaiting() {
        state.withLock { state in
            let running = state.jobs.count { $0.process?.isRunning == true }
            var free = state.slots - running
            for index in state.jobs.indices where free > 0 && state.jobs[index].process == nil && state.jobs[index].end == nil {
                let job = state.submitted.first { $0.name == state.jobs[index].name }!
                state.jobs[index].process = try? Self.start(job, number: state.jobs[index].number, environment)
                free -= 1
            }
        }
    }

    private static func start(_ job: ClusterJob, number: String, _ environment: [String: String]) throws -> ChildProcess {
        let own = ["SLURM_JOB_ID": number, "SLURMD_NODENAME": "n1"]
        let output = ChildProcess.Stream.file(job.folder + "/slurm-\(number).out")
        return try ChildProcess(
            ["/bin/bash", job.script], in: job.workingFolder, adding: environment.merging(own) { $1 }, output: output,
            errors: output)
    }

    func list() async throws(ClusterSilence) -> [ListedJob] {
        startWaiting()
        let jobs: [Job]? = state.withLock { state in
            state.looks += 1
            return state.isSilent ? nil : state.jobs
        }
        guard let jobs else { throw ClusterSilence("connect failure") }
        return jobs.map { job in
            let state =
                job.end
                ?? job.process.map { process in
                    process.isRunning ? .running : process.code == 0 ? .completed : ListedJob.State.failed
                } ?? .pending
            return ListedJob(
                job: job.number, name: job.name, state: state, reason: job.reason ?? (state == .pending ? "Resources" : nil),
                node: job.process == nil ? nil : "n1")
        }
    }

    func cancel(_ jobs: [String]) async {
        guard !state.withLock({ $0.isSilent }) else { return }
        for job in jobs { await end(job, as: .cancelled) }
    }

    func details(of job: String) async -> JobDetails? {
        guard let process = jobs.first(where: { $0.number == job })?.process, !process.isRunning else { return nil }
        return JobDetails(exitCode: Int(process.code), signal: 0, reason: nil, node: "n1")
    }

    func killWait() async -> Double? { 4 }

    /// Ends a job as a cluster does: TERM to all of it, and KILL later.
    func end(_ number: String, as state: ListedJob.State) async {
        let process: ChildProcess? = self.state.withLock { all in
            guard let index = all.jobs.firstIndex(where: { $0.number == number }), all.jobs[index].end == nil else {
                return nil
            }
            guard all.jobs[index].process?.isRunning != false else { return nil }
            all.jobs[index].end = state
            return all.jobs[index].process
        }
        guard let process, let whole = RunningProcess(process.processIdentifier) else { return }
        for part in [whole] + whole.descendants { kill(part.number, SIGTERM) }
        Task {
            try await Task.sleep(for: .seconds(4))
            for part in [whole] + whole.descendants where part.lives { part.end() }
        }
    }

    /// A node's power fails.
    func lose(_ number: String, as state: ListedJob.State?) {
        let process: ChildProcess? = self.state.withLock { all in
            guard let index = all.jobs.firstIndex(where: { $0.number == number }) else { return nil }
            let process = all.jobs[index].process
            if let state { all.jobs[index].end = state } else { all.jobs.remove(at: index) }
            return process
        }
        guard let process, let whole = RunningProcess(process.processIdentifier) else { return }
        for _ in 0..<5 { for part in [whole] + whole.descendants { part.end() } }
    }

    /// It is started a second time, as a controller that lost its last seconds does.
    func startAgain(_ name: String) throws {
        guard let job = submitted.first(where: { $0.name == name }) else { return }
        let process = try Self.start(job, number: "900", environment)
        state.withLock { $0.jobs.append(Job(number: "900", name: name, process: process)) }
    }
}
