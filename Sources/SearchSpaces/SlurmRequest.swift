/// What a study asks of a Slurm cluster for each launch of a trial, which is a job there; nil: as the cluster has it by default.
///
/// It says nothing of what the cluster has: that is the runner's to find out.
package struct SlurmRequest: Sendable, Hashable {
    package var partition: String?
    package var account: String?
    package var qos: String?
    package var constraint: String?
    /// Minutes that one job may take.
    package var minutes: Int?
    /// Processors of a trial.
    package var cpus: Int?
    /// MiB of a trial.
    package var memory: Int?
    /// Graphics processors of a trial as `--gres=gpu:` takes them: `1`, `a100:2`.
    package var gpus: String?
    /// Further words of sbatch.
    package var options: [String]
    /// Lines of shell before a trial's program.
    package var setup: [String]
    /// Seconds before a job's time limit at which its trial is told to come to an end.
    package var warning: Double

    /// Whether launches share jobs.
    package var pilots: Pilots

    /// A pilot is a job that runs one launch after the other.
    package enum Pilots: String, Sendable, Hashable {
        /// Once launches turn out short beside their wait in the queue.
        case auto
        case always, never
    }

    package static let defaultWarning = 300.0

    package init(
        partition: String? = nil, account: String? = nil, qos: String? = nil, constraint: String? = nil,
        minutes: Int? = nil, cpus: Int? = nil, memory: Int? = nil, gpus: String? = nil, options: [String] = [],
        setup: [String] = [], warning: Double = SlurmRequest.defaultWarning, pilots: Pilots = .auto
    ) {
        (self.partition, self.account, self.qos, self.constraint) = (partition, account, qos, constraint)
        (self.minutes, self.cpus, self.memory, self.gpus) = (minutes, cpus, memory, gpus)
        (self.options, self.setup, self.warning, self.pilots) = (options, setup, warning, pilots)
    }
}
