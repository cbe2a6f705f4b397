import Studies
import TrainerSettings

/// What the end of a launch's job means for its trial.
struct JobOutcome {
    let outcome: LaunchLife.Outcome
    /// What is known of the job beside its state.
    var details: JobDetails?
    /// The end of what the job printed outside the launch.
    var printed: String?
    /// Whether the launch left a checkpoint of its own.
    var leftCheckpoint = false
    /// What each job asks for, as sbatch has it.
    var resources: [String] = []
    /// Whether an order can only have been an earlier controller's.
    var wasToldByOther = false
    /// Whether all jobs of the study were cancelled at once.
    var isSwept = false

    /// Whether more has to be known of the job than its state.
    var needsDetails: Bool {
        switch outcome {
        case .neverStarted(let job): job != nil
        case .lost(.over(let job), ofOurs: false): job != nil
        default: false
        }
    }

    var job: String? {
        switch outcome {
        case .neverStarted(let job), .lost(.over(let job), _), .lost(.deaf(let job), _): job?.job
        case .hopeless(let job): job.job
        default: nil
        }
    }

    var completion: Completion {
        switch outcome {
        case .ended(let end, let state, let isOurs): ended(end, state, isOurs: isOurs)
        case .neverStarted(let job): neverStarted(job)
        case .refused(let reason):
            notStarted("sbatch refused its job: \(reason); see `runner` in the space file (asked for: \(asked))")
        case .hopeless(let job):
            notStarted(
                "its job \(job.number) would wait for ever (Slurm: \(job.reason ?? "")): the partition or the account does not grant what "
                    + "`runner` in the space file asks for (\(asked))")
        case .lost(_, ofOurs: true), .withdrawn: Completion(ending: .terminated)
        case .lost(.over(let job), ofOurs: false): lost(job)
        case .lost(.deaf(let job), _):
            displaced("gave no sign of life any more\(on(job?.node)) and was cancelled")
        case .lost(.startedTwice, _): displaced("was started a second time by Slurm")
        case .lost(.requeued, _): displaced("was put back into the queue")
        case .lost(.incomplete(let reports, let all), _):
            Completion(
                ending: .displaced(.init(reason: "made \(all) reports, of which the shared file system has kept \(reports)")))
        }
    }

    private var asked: String { resources.filter { !["--nodes=1", "--ntasks=1"].contains($0) }.joined(separator: " ") }

    private func on(_ node: String?) -> String { node.map { " on \($0)" } ?? "" }

    private func notStarted(_ reason: String) -> Completion { Completion(ending: .notStarted(reason)) }

    private func displaced(_ reason: String) -> Completion {
        Completion(ending: .displaced(.init(reason: reason, leftCheckpoint: leftCheckpoint)))
    }

    // MARK: - It said how it ended

    private func ended(_ end: LaunchEnd, _ state: ListedJob.State?, isOurs: Bool) -> Completion {
        var completion = end.completion
        completion.seconds = end.seconds
        // By itself, just before it was to end.
        guard completion.ending != .exited(0) else { return completion }
        let wasEnded = [.terminated, .killed].contains(completion.ending) || completion.ending.foreignSignal != nil
        switch end.why {
        case .signal where isOurs: completion.ending = .terminated
        case _ where state == .outOfMemory:
            completion.evidence.shortage = completion.evidence.shortage ?? .memory(memory)
            if end.why != .exit { completion.ending = .signaled(9) }
            return completion
        // The run that wanted it ended before it knew. What it had decided of the trial is on record.
        case .order where wasToldByOther && !isOurs && wasEnded:
            completion.ending = displaced("was told to end by a run that is over").ending
        case .exit, .order: return completion
        // A fault of its own after the warning is its own.
        case .time where !wasEnded: return completion
        case .time: completion.ending = displaced(timeIsUp).ending
        case .signal: completion.ending = ending(of: state, node: end.node) ?? .signaled(15)
        }
        completion.evidence.shortage = nil
        return completion
    }

    private var memory: TrialLife.Shortage.Memory {
        let asked = resources.first { $0.hasPrefix("--mem=") }.map { " (\($0))" } ?? ""
        return TrialLife.Shortage.Memory(.host, .said, "Slurm ended its job for it\(asked)")
    }

    private var timeIsUp: String {
        let limit = resources.first { $0.hasPrefix("--time=") }.flatMap { Double($0.dropFirst("--time=".count)) }
        let span = limit.map { " of \(TimeSpan.text(seconds: 60 * $0))" } ?? ""
        return "came to the end of its job's time\(span) (time in the space file's runner)"
    }

    /// What a job's state tells of a launch; nil: nothing that its processes do not.
    private func ending(of state: ListedJob.State?, node: String?) -> TrialLife.Ending? {
        switch state {
        // Whoever does that wants no next trial either.
        case .cancelled where isSwept:
            .notStarted("its job was cancelled by hand, and so were all others of the study at the same time (scancel)")
        case .cancelled: .cancelled("its job was cancelled by hand (scancel)")
        case .preempted: displaced("was preempted\(on(node))").ending
        case .timedOut: displaced(timeIsUp).ending
        case .nodeFailed: displaced("lost its node\(node.map { " \($0)" } ?? "")").ending
        case nil: displaced("was told to end\(on(node)), and Slurm no longer knows why").ending
        case .pending, .running, .suspended, .changing, .completed, .failed, .outOfMemory: nil
        }
    }

    // MARK: - It did not

    private func lost(_ job: ListedJob?) -> Completion {
        let node = details?.node ?? job?.node
        switch job?.state {
        case .outOfMemory:
            return Completion(ending: .signaled(9), evidence: Evidence(shortage: .memory(memory), logTail: printed))
        case nil: return displaced("was lost: Slurm no longer knows its job")
        default: break
        }
        if details?.exitCode == Int(JobSupervisor.cannotWrite) {
            let reason = printed == nil ? "is its disk full, or a quota used up?" : said
            return notStarted("its folder could not be written\(on(node)): \(reason)")
        }
        return Completion(ending: ending(of: job?.state, node: node) ?? .signaled(9), evidence: Evidence(logTail: printed))
    }

    private var said: String { printed?.split(whereSeparator: \.isNewline).last.map(String.init) ?? "it printed nothing" }

    /// Nothing of the launch ran.
    private func neverStarted(_ job: ListedJob?) -> Completion {
        guard let job else {
            return notStarted("Slurm accepted its job three times and forgot it each time; see slurmctld's log")
        }
        if let obstacle = details?.obstacle { return notStarted(obstacle) }
        if job.state == .nodeFailed {
            return notStarted(
                "none of \(LaunchLife.most) jobs in a row came to begin it, and the last (\(job.number)) lost its node"
                    + "\(job.node.map { " \($0)" } ?? ""): `sinfo -R` says what is wrong with nodes")
        }
        if let ending = ending(of: job.state, node: job.node) { return Completion(ending: ending) }
        let number = "its job \(job.number)"
        let place = on(details?.node ?? job.node)
        switch details?.exitCode {
        case Int(JobSupervisor.otherVersion), Int(JobSupervisor.cannotWrite), Int(JobSupervisor.noLaunch):
            return notStarted("\(number) did no work\(place): \(said)")
        case 127, 126:
            return notStarted("\(number) could not run autolora\(place): \(said); it has to be at the same path on all nodes")
        default: break
        }
        if details?.signal == 53 {
            return notStarted(
                "\(number) could not be started\(place): the study's folder has to be there and writable on all nodes")
        }
        if printed != nil, let code = details?.exitCode, code != 0 {
            return notStarted(
                "\(number) ended with exit code \(code)\(place) before the trial began (`setup` in the runner): \(said)")
        }
        return notStarted(
            "\(number) ran\(place) and left nothing in its folder (Slurm: \(details?.reason ?? job.reason ?? "no reason")): does that "
                + "node see the study's folder?")
    }
}
