import FoundationEssentials
import Glibc
package import SearchSpaces

/// Slurm's queue by its commands. No sacct: many sites have no accounting, and it is the dearest of them.
package struct SlurmQueue: ClusterQueue {
    private let request: SlurmRequest
    private let executable: String
    private let environment: [String: String]

    /// sbatch itself waits where the queue is full.
    private static let limit = Duration.seconds(60)

    /// - Parameters:
    ///   - request: what each job asks for.
    ///   - executable: the autolora binary.
    ///   - environment: this process's.
    package init(_ request: SlurmRequest, executable: String, environment: [String: String]) {
        (self.request, self.executable, self.environment) = (request, executable, environment)
    }

    package func submit(_ job: ClusterJob) async -> Submission {
        do throws(SupervisedTool.Failure) {
            let answer = try await run("sbatch", SlurmWords(request).words(for: job))
            guard answer.code == 0 else { return SlurmText.refusal(answer.errors + "\n" + answer.output) }
            return SlurmText.number(answer.output).map(Submission.accepted) ?? .unclear("sbatch printed no job's number")
        } catch {
            switch error {
            case .silent: return .unclear("sbatch does not answer within \(Self.limit)")
            case .notRun(let reason): return .refused(reason)
            }
        }
    }

    package func list() async throws(ClusterSilence) -> [ListedJob] {
        // Without -a jobs in hidden partitions are left out.
        let words = ["-h", "-a", "-u", String(getuid()), "-t", "all", "-o", SlurmText.listFormat]
        do throws(SupervisedTool.Failure) {
            let answer = try await run("squeue", words)
            if answer.code == 0 { return SlurmText.jobs(answer.output) }
            throw SupervisedTool.Failure.notRun(SlurmText.plain(answer.errors))
        } catch {
            switch error {
            case .silent: throw ClusterSilence("squeue does not answer within \(Self.limit)")
            case .notRun(let reason): throw ClusterSilence(reason)
            }
        }
    }

    package func cancel(_ jobs: [String]) async {
        guard !jobs.isEmpty else { return }
        _ = try? await run("scancel", jobs)
    }

    package func details(of job: String) async -> JobDetails? {
        guard let answer = try? await run("scontrol", ["-o", "show", "job", job]), answer.code == 0 else { return nil }
        return SlurmText.details(answer.output)
    }

    package func killWait() async -> Double? {
        guard let answer = try? await run("scontrol", ["show", "config"]), answer.code == 0 else { return nil }
        return SlurmText.killWait(answer.output)
    }

    /// What sbatch says of a job that it is not to take; nil: it would.
    package func refusal(of job: ClusterJob) async -> Submission? {
        guard let answer = try? await run("sbatch", ["--test-only"] + SlurmWords(request).words(for: job)) else {
            return .unclear("sbatch does not answer")
        }
        return answer.code == 0 ? nil : SlurmText.refusal(answer.errors)
    }

    /// A command of Slurm's, with the words of a user.
    ///
    /// - Returns: exit code, output and errors; nil: it does not answer, or is not there.
    package func ask(_ name: String, _ arguments: [String]) async -> (code: Int, output: String, errors: String)? {
        guard let answer = try? await run(name, arguments) else { return nil }
        return (answer.code, answer.output, answer.errors)
    }

    private func run(_ name: String, _ arguments: [String]) async throws(SupervisedTool.Failure) -> SupervisedTool.Answer {
        guard
            let path = DeviceTool.find(
                name, path: environment["PATH"] ?? "", besides: ["/usr/local/slurm/bin", "/opt/slurm/bin"])
        else {
            throw .notRun("\(name) was not found on this machine: run autolora where Slurm's commands are, or runner: local")
        }
        return try await SupervisedTool(path: path, executable: executable, limit: Self.limit, environment: cleared(for: name))
            .answer(arguments)
    }

    /// With these sbatch would submit many jobs for one, or wait for its end.
    private static let misleading: Set = ["SBATCH_ARRAY_INX", "SBATCH_WAIT", "SBATCH_WAIT_ALL_NODES", "SBATCH_REQUEUE"]

    /// Variables that would change what a command says or does, and those of a job that this process may be a part of.
    private func cleared(for name: String) -> [String: String?] {
        let kept: Set = ["SLURM_CONF", "SLURM_CLUSTERS"]
        let foreign = environment.keys.filter { key in
            (key.hasPrefix("SLURM_") || key.hasPrefix("SLURMD_")) && !kept.contains(key)
                || name != "sbatch" && (key.hasPrefix("SQUEUE_") || key.hasPrefix("SCANCEL_")) || Self.misleading.contains(key)
        }
        return Dictionary(uniqueKeysWithValues: foreign.map { ($0, String?.none) })
    }
}
