package import SearchSpaces
import TrainerSettings

/// What sbatch is told.
package struct SlurmWords: Sendable {
    private let request: SlurmRequest

    package init(_ request: SlurmRequest) { self.request = request }

    /// For each job alike: what it is given of the cluster.
    package var resources: [String] {
        var words = ["--nodes=1", "--ntasks=1"]
        func add(_ option: String, _ value: String?) { if let value { words.append("--\(option)=\(value)") } }
        add("partition", request.partition)
        add("account", request.account)
        add("qos", request.qos)
        add("constraint", request.constraint)
        add("time", request.minutes.map(String.init))
        add("cpus-per-task", request.cpus.map(String.init))
        add("mem", request.memory.map { "\($0)M" })
        add("gres", request.gpus.map { "gpu:" + $0 })
        return words + request.options
    }

    /// All of them for one job.
    ///
    /// `singleton`: should it be submitted twice, one of the two waits for the other. Nothing of a launch's own is passed on by the
    /// environment, which sbatch cuts at commas.
    func words(for job: ClusterJob) -> [String] {
        let folder = job.folder.replacing("%", with: "%%")
        let warning = max(1, Int(request.warning.rounded(.up)))
        return resources + [
            "--parsable", "--job-name=\(job.name)", "--no-requeue", "--dependency=singleton", "--signal=B:USR1@\(warning)",
            "--output=\(folder)/slurm-%j.out", "--open-mode=append", "--chdir=\(job.workingFolder)", "--export=ALL", job.script,
        ]
    }

    /// What a job runs. The supervisor takes the shell's place: a shell would hear a signal when its child has ended.
    ///
    /// - Parameters:
    ///   - title: for people who find the script.
    ///   - words: what the binary is told.
    package func script(_ title: String, executable: String, words: [String]) -> String {
        // The warning of the time limit would end a shell that is still in its setup, as a failure of no known cause.
        let lines = ["#!/bin/bash", "# autolora: \(title)", "trap : USR1", "set -e"] + request.setup
        let command = ([executable] + words).map(\.shellWord).joined(separator: " ")
        return (lines + ["exec \(command)"]).joined(separator: "\n") + "\n"
    }
}
