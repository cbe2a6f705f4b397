/// The life of one launch as a job: what is known of it in, what has to be done about it out. No I/O, no clock.
///
/// submitting -> pending -> running -> over. What the launch's files say is the truth; the queue only explains what they lack. Silence of
/// the queue, or files that cannot be read, are no news.
struct LaunchLife: Sendable {
    let name: String
    private let pace: SlurmPace
    private let grace: Double

    private enum Place: Hashable { case nowhere, unclear, submitted }
    private var place: Place
    /// Looks that were begun before tell nothing of where it is.
    private var since: Double
    /// Submissions that were taken.
    private var submissions = 0
    private(set) var job: String?
    /// The latest look that was taken in, and how many in a row had no live job.
    private var look = 0
    private var absences = 0
    private var hopes = 0
    private var listed: ListedJob?
    /// Whether the queue has it waiting although it has begun: an older picture of it says nothing.
    private var isRequeued = false
    private var begun: Double?
    /// Since when the queue has it running, though its job has run nothing.
    private var idle: Double?
    private var starts = 0
    private var node: String?
    private var beat: Int?
    /// When it gave its latest sign of life.
    private var heard: Double?
    private var endingSince: Double?
    private var isCancelled = false
    /// It was told to end since nobody would have known of it any more.
    private var isOrphan = false
    private var told: JobState?
    /// What keeps it from being submitted.
    private var obstacle: String?
    private var isSettled = false

    private static let looks = 3
    private static let most = 3
    /// Reasons that do not pass by themselves.
    static let hopeless: Set = [
        "PartitionTimeLimit", "PartitionConfig", "PartitionNodeLimit", "DependencyNeverSatisfied", "BadConstraints",
        "InvalidAccount",
        "InvalidQOS", "AssocMaxTRESPerJob", "QOSMaxCpuPerJobLimit", "QOSMaxWallDurationPerJobLimit",
        "AssocMaxWallDurationPerJobLimit",
    ]

    /// - Parameters:
    ///   - wasBegun: an earlier controller made its files; its job may be in the queue.
    ///   - grace: seconds that the trial has to end in.
    ///   - now: any clock's seconds that stand for nothing else.
    init(name: String, wasBegun: Bool, grace: Double, pace: SlurmPace, now: Double) {
        (self.name, self.grace, self.pace, since) = (name, grace, pace, now)
        place = wasBegun ? .unclear : .nowhere
    }

    // MARK: - What comes of a submission

    mutating func take(_ submission: Submission, now: Double) -> [Action] {
        switch submission {
        case .accepted(let number):
            (place, since, job, absences, obstacle) = (.submitted, now, number, 0, nil)
            submissions += 1
            return tell(.pending, nil)
        case .full(let reason):
            (place, obstacle) = (.nowhere, reason)
            return tell(.submitting, nil)
        case .unclear(let reason):
            (place, since, obstacle, absences) = (.unclear, now, reason, 0)
            return tell(.submitting, nil)
        case .refused(let reason): return settle(.refused(reason))
        }
    }

    /// It has to wait before it is submitted.
    mutating func hold(_ reason: String?) { obstacle = reason }

    // MARK: - What is known

    /// - Parameters:
    ///   - looks: successful looks at the queue so far; `asked`: when the latest was begun.
    ///   - jobs: what that look had of this name.
    ///   - silence: seconds for which the queue has not answered, and what it says.
    ///   - isWanted: false: the launch is to end.
    mutating func consider(
        _ signs: Signs, looks: Int, asked: Double, jobs: [ListedJob], silence: (seconds: Double, reason: String)? = nil,
        isWanted: Bool, now: Double
    ) -> [Action] {
        guard !isSettled else { return [] }
        guard signs.isReadable else {
            obstacle = "its folder cannot be read"
            return retell()
        }
        var (actions, signs) = ([Action](), signs)
        // What was there once may be missing for a while, and is there all the same.
        starts = max(starts, signs.starts)
        signs.starts = starts
        note(signs, now: now)
        if looks != look, asked >= since {
            look = looks
            note(jobs)
            isRequeued = listed?.state == .pending && begun.map { asked > $0 } == true
        }
        if !isWanted, endingSince == nil {
            endingSince = now
            actions.append(.order)
        }
        if let end = signs.end { return actions + ended(end) }
        actions += signs.starts > 0 ? running(signs, now: now) : waiting(signs, now: now)
        if let silence, silence.seconds > 4 * pace.look {
            obstacle = "Slurm does not answer (\(silence.reason))"
        } else if place == .submitted {
            obstacle = nil
        }
        return actions + retell()
    }

    private mutating func note(_ signs: Signs, now: Double) {
        if signs.starts > 0 {
            place = .submitted
            (begun, heard, node) = (begun ?? now, heard ?? now, signs.node ?? node)
        }
        guard signs.beat != beat, signs.beat != nil else { return }
        (beat, heard) = (signs.beat, now)
    }

    private mutating func note(_ jobs: [ListedJob]) {
        let living = jobs.filter(\.state.isLive)
        listed =
            living.last { $0.state != .pending } ?? living.last ?? jobs.last { $0.job == job } ?? (job == nil ? jobs.last : nil)
        if living.isEmpty { absences += 1 } else { absences = 0 }
        if place == .unclear, let listed, listed.reason != "BadConstraints" || listed.state.isLive {
            place = .submitted
            submissions += 1
        }
        if place == .submitted, let listed { job = listed.job }
        let isHopeless = listed?.state == .pending && listed?.reason.map(Self.hopeless.contains) == true
        hopes = isHopeless ? hopes + 1 : 0
    }

    /// It wrote how it ended.
    private mutating func ended(_ end: LaunchEnd) -> [Action] {
        // What the cluster told it to end for is in the queue.
        let isKnown =
            end.why != .signal || endingSince != nil || listed.map { !$0.state.isLive } == true || absences >= Self.looks
        guard isKnown else { return [.hasten] }
        return settle(.ended(end, listed?.state, ofOurs: endingSince != nil))
    }

    /// Nothing of it has begun.
    private mutating func waiting(_ signs: Signs, now: Double) -> [Action] {
        switch place {
        case .nowhere:
            return endingSince != nil ? settle(.withdrawn) : [.submit]
        case .unclear:
            // The order to end is there for a job that begins all the same.
            if endingSince != nil { return settle(.withdrawn) }
            guard absences >= 2 else { return [.hasten] }
            (place, absences) = (.nowhere, 0)
            return []
        case .submitted: return queued(signs, now: now)
        }
    }

    private mutating func queued(_ signs: Signs, now: Double) -> [Action] {
        let living = listed.flatMap { $0.state.isLive ? $0 : nil }
        if endingSince != nil {
            // What is about to start finds the order to end.
            return [.cancel(job.map { [$0] } ?? [])] + settle(.withdrawn)
        }
        if let living {
            guard hopes < 2 else { return [.cancel([living.job])] + settle(.hopeless(living)) }
            idle = living.state == .running && !signs.hasOutput ? idle ?? now : nil
            guard let idle, now - idle >= pace.deafness, submissions < Self.most else { return [] }
            // Slurm alone has it running: it has crashed, and its node knows nothing of the job.
            (place, job, listed, absences, self.idle) = (.nowhere, nil, nil, 0, nil)
            return [.cancel([living.job])]
        }
        guard absences >= Self.looks else { return absences > 0 ? [.hasten] : [] }
        // A job that nobody knows was never accepted for good. One that was cancelled on a node where it had not begun was cancelled by that
        // node: it still ran a job of the same number, which a controller that had died gave out again. No start of either has done any work.
        let wasRefused = listed?.state == .cancelled && listed?.node != nil && !signs.hasOutput
        guard listed == nil || wasRefused, submissions < Self.most else { return settle(.neverStarted(listed)) }
        (place, job, listed, absences) = (.nowhere, nil, nil, 0)
        return []
    }

    /// It has begun, and has not said how it ended.
    private mutating func running(_ signs: Signs, now: Double) -> [Action] {
        let quiet = now - (heard ?? now)
        let isGone = absences >= Self.looks
        let ours = endingSince != nil
        if signs.starts > 1 {
            guard signs.isFenced || quiet >= pace.silence else { return [.hasten] }
            return [.cancel(job.map { [$0] } ?? [])] + settle(.lost(.startedTwice, ofOurs: ours))
        }
        if absences > 0 {
            guard isGone else { return [.hasten] }
            if quiet >= pace.silence { return settle(.lost(.over(listed), ofOurs: ours)) }
            guard !isOrphan, endingSince == nil else { return [] }
            // It lives, and the cluster does not know.
            isOrphan = true
            return [.order]
        }
        switch listed?.state {
        case .suspended: heard = now
        case .pending where isRequeued && quiet >= pace.silence:
            return [.cancel(job.map { [$0] } ?? [])] + settle(.lost(.requeued, ofOurs: ours))
        case .running where quiet >= pace.deafness:
            return [.cancel(job.map { [$0] } ?? [])] + settle(.lost(.deaf(listed), ofOurs: ours))
        default: break
        }
        guard let endingSince, !isCancelled else { return [] }
        let patience = (quiet >= pace.silence ? 1 : 10) * grace + pace.patience
        guard now - endingSince >= patience else { return [] }
        isCancelled = true
        return [.cancel(job.map { [$0] } ?? [])]
    }

    private mutating func settle(_ outcome: Outcome) -> [Action] {
        isSettled = true
        if isOrphan, case .ended(let end, _, ofOurs: false) = outcome, end.why == .order {
            return [.settle(.lost(.over(listed), ofOurs: false))]
        }
        return [.settle(outcome)]
    }

    // MARK: - What is told of it

    private mutating func retell() -> [Action] {
        guard place == .submitted else { return tell(.submitting, nil) }
        if endingSince != nil { return tell(.ending, listed) }
        if begun != nil, !isRequeued { return tell(.running, listed) }
        return tell(listed?.state == .running || listed?.state == .changing ? .running : .pending, listed)
    }

    private mutating func tell(_ phase: JobState.Phase, _ listed: ListedJob?) -> [Action] {
        var state = JobState(name: name, job: job, phase: phase, reason: obstacle ?? (phase == .pending ? listed?.reason : nil))
        state.node = phase == .pending ? nil : listed?.node ?? node
        state.isRequeued = isRequeued
        guard state != told else { return [] }
        told = state
        return [.tell(state)]
    }
}
