/// The life of one launch as a job: what is known of it in, what has to be done about it out. No I/O, no clock.
///
/// submitting -> pending -> running -> over. What the launch's files say is the truth; the queue only explains what they lack. Silence of
/// the queue, or files that cannot be read, are no news.
struct LaunchLife: Sendable {
    let name: String
    let pace: SlurmPace
    let grace: Double

    enum Place: Hashable { case nowhere, unclear, submitted }
    var place: Place
    /// Looks that were begun before tell nothing of where it is.
    private var since: Double
    /// Submissions that were taken.
    var submissions = 0
    var job: String?
    var sightings = JobSightings()
    /// Whether the queue has it waiting although it has begun: an older picture of it says nothing.
    var isRequeued = false
    /// Since when the queue has it running, though its job has run nothing.
    var idle: Double?
    var pulse = LifeSigns()
    var endingSince: Double?
    /// When its end was seen first.
    var endSeen: Double?
    var isCancelled = false
    /// It was told to end since nobody would have known of it any more.
    var isOrphan = false
    private var told: JobState?
    /// What keeps it from being submitted.
    private var obstacle: String?
    private var isSettled = false

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
            (place, since, job, obstacle) = (.submitted, now, number, nil)
            sightings.begin()
            submissions += 1
            return tell(.pending, nil)
        case .full(let reason):
            (place, obstacle) = (.nowhere, reason)
            return tell(.submitting, nil)
        case .unclear(let reason):
            (place, since, obstacle) = (.unclear, now, reason)
            sightings.begin()
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
            return isWanted ? retell() : abandon(now: now)
        }
        var actions: [Action] = []
        pulse.take(signs, now: now)
        if pulse.starts > 0 { place = .submitted }
        if looks != sightings.look, asked >= since {
            note(jobs, look: looks)
            isRequeued = sightings.listed?.state == .pending && pulse.begun.map { asked > $0 } == true
        }
        if !isWanted, endingSince == nil {
            endingSince = now
            actions.append(.order)
        }
        if let end = signs.end { return actions + ended(end, signs, now: now) }
        actions += pulse.starts > 0 ? running(signs, now: now) : waiting(signs, now: now)
        if let silence, silence.seconds > 4 * pace.look {
            obstacle = "Slurm does not answer (\(silence.reason))"
        } else if place == .submitted {
            obstacle = nil
        }
        return actions + retell()
    }

    private mutating func note(_ jobs: [ListedJob], look: Int) {
        sightings.take(jobs, look: look, number: job)
        guard let listed = sightings.listed else { return }
        if place == .unclear, listed.reason != "BadConstraints" || listed.state.isLive {
            place = .submitted
            submissions += 1
        }
        if place == .submitted { job = listed.job }
    }

    mutating func settle(_ outcome: Outcome) -> [Action] {
        isSettled = true
        if isOrphan, case .ended(let end, _, ofOurs: false) = outcome, end.why == .order {
            return [.settle(.lost(.over(sightings.listed), ofOurs: false))]
        }
        return [.settle(outcome)]
    }

    // MARK: - What is told of it

    mutating func retell() -> [Action] {
        guard place == .submitted else { return tell(.submitting, nil) }
        let listed = sightings.listed
        if endingSince != nil { return tell(.ending, listed) }
        if pulse.begun != nil, !isRequeued { return tell(.running, listed) }
        return tell(listed?.state == .running || listed?.state == .changing ? .running : .pending, listed)
    }

    private mutating func tell(_ phase: JobState.Phase, _ listed: ListedJob?) -> [Action] {
        var state = JobState(name: name, job: job, phase: phase, reason: obstacle ?? (phase == .pending ? listed?.reason : nil))
        state.node = phase == .pending ? nil : listed?.node ?? pulse.node
        state.isRequeued = isRequeued
        guard state != told else { return [] }
        told = state
        return [.tell(state)]
    }
}
