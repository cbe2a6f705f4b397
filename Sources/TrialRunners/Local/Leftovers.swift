import CSupervisor
import FoundationEssentials
import Glibc

/// Processes of trials that nobody supervises any more: their supervisor was killed, or their controller with it.
///
/// They are known by what their supervisor wrote down (``ProcessRecord``): numbers with the time of their start, whatever they are
/// a child of and whatever their environment says; by the launch's own word in their environment; and by writing to the file that
/// is the trial's standard output. Where this process adopts orphans, what a killed supervisor leaves is also known by having come
/// to it.
enum Leftovers {
    /// How long the supervisors of a dead controller may take to end their trials and save what these have printed.
    private static let patience = Duration.seconds(10)

    /// Waits for the supervisors of an earlier controller, then kills what still works on its trials.
    ///
    /// - Parameter folders: of the trials.
    /// - Returns: how many processes were killed.
    @discardableResult static func end(inFolders folders: [String]) async -> Int {
        let folders = folders.filter(ProcessRecord.isThere)
        let clock = ContinuousClock()
        let limit = clock.now + patience
        while clock.now < limit, folders.contains(where: ProcessRecord.isHeld) { try? await Task.sleep(for: .milliseconds(10)) }
        var killed = 0
        for folder in folders { killed += await end(in: folder) }
        return killed
    }

    /// Kills what a trial's supervisor has left, and what that starts meanwhile.
    ///
    /// - Parameter spared: this process's children from before.
    @discardableResult static func end(in folder: String, sparing spared: Set<RunningProcess> = []) async -> Int {
        let record = ProcessRecord(in: folder)
        var killed: Set<RunningProcess> = []
        for _ in 0..<200 {
            let adopted = orphans().subtracting(spared)
            let found = Set(record.map { processes(of: $0, in: folder) } ?? []).union(adopted)
            if found.isEmpty { break }
            for process in found { process.end() }
            killed.formUnion(found)
            try? await Task.sleep(for: .milliseconds(10))
            // Nobody else waits for these. The record's first one is the supervisor, which somebody does.
            for process in adopted.union(record?.processes.dropFirst() ?? []) where parent_of(process.number) == getpid() {
                waitpid(process.number, nil, WNOHANG)
            }
        }
        if ProcessRecord.obstacle(in: folder) == nil { ProcessRecord.remove(in: folder) }
        return killed.count
    }

    /// Those of a record that live, what they have started, whoever has the launch's word, and whoever writes to the trial's
    /// standard output. Not this process or one above it: a study can be resumed from within a trial's shell. Nor what belongs to
    /// a cluster's job that is not this process's own: that job's supervisor looks after it.
    static func processes(of record: ProcessRecord, in folder: String) -> [RunningProcess] {
        let living = record.processes.filter(\.lives)
        let output = folder + "/output.txt"
        let marked = ThisMachine.processes.filter { process in
            !record.launch.isEmpty && process.has("AUTOLORA_LAUNCH", record.launch) || process.writes(to: output)
        }
        let ancestors = self.ancestors
        return (living + living.flatMap(\.descendants) + marked).filter { process in
            !ancestors.contains(process.number) && !isOfAnotherJob(process)
        }
    }

    private static func isOfAnotherJob(_ process: RunningProcess) -> Bool {
        let job = process.variables(["SLURM_JOB_ID"])["SLURM_JOB_ID"]
        return job != nil && job != ProcessInfo.processInfo.environment["SLURM_JOB_ID"]
    }

    /// Children of this process that it did not start: none but supervisors are its own.
    private static func orphans() -> Set<RunningProcess> {
        guard adopts_orphans() != 0, let own = RunningProcess(getpid())?.command else { return [] }
        return children.filter { child in
            let command = child.command
            // Between fork and exec a child still has its parent's words, and none while it begins or ends.
            return !command.isEmpty && command != own && !Supervisor.isOne(command)
        }
    }

    /// Children of this process.
    static var children: Set<RunningProcess> {
        let this = getpid()
        return Set(RunningProcess(this)?.descendants.filter { parent_of($0.number) == this } ?? [])
    }

    private static var ancestors: Set<pid_t> {
        var found: Set<pid_t> = []
        var next = getpid()
        while next > 1, found.insert(next).inserted { next = parent_of(next) }
        return found
    }
}
