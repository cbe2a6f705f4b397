/// What is done about a launch in each phase of its life.
extension LaunchLife {
    /// Jobs in a row of which none begins the launch.
    static let most = 3

    /// It is to end, and nothing can be told to it or read of it: whoever waits for it does not wait for ever.
    mutating func abandon(now: Double) -> [Action] {
        if pulse.starts == 0, place != .unclear { return [cancel] + settle(.withdrawn) }
        guard let endingSince else {
            endingSince = now
            return [.order] + retell()
        }
        guard now - endingSince >= grace + pace.patience else { return retell() }
        return [kill] + settle(.lost(.over(sightings.listed), ofOurs: true))
    }

    private var cancel: Action { .cancel(job.map { [$0] } ?? []) }
    private var kill: Action { .kill(job.map { [$0] } ?? []) }

    /// It wrote how it ended.
    mutating func ended(_ end: LaunchEnd, _ signs: Signs, now: Double) -> [Action] {
        let (listed, ours) = (sightings.listed, endingSince != nil)
        // What it said before may be seen later.
        let seen = endSeen ?? now
        endSeen = seen
        guard signs.reports >= end.reports else {
            guard now - seen >= pace.silence else { return [] }
            return settle(.lost(.incomplete(reports: signs.reports, of: end.reports), ofOurs: ours))
        }
        // What the cluster told it to end for is in the queue.
        let isKnown = end.why != .signal || ours || listed?.state.isLive == false || sightings.isGone
        // Its next start would find that all is over.
        if !isKnown, isRequeued { return [cancel] + settle(.lost(.requeued, ofOurs: false)) }
        guard isKnown else { return [.hasten] }
        return settle(.ended(end, listed?.state, ofOurs: ours))
    }

    /// Nothing of it has begun.
    mutating func waiting(_ signs: Signs, now: Double) -> [Action] {
        switch place {
        case .nowhere:
            return endingSince != nil ? settle(.withdrawn) : [.submit]
        case .unclear:
            // The order to end is there for a job that begins all the same.
            if endingSince != nil { return settle(.withdrawn) }
            guard sightings.absences >= 2 else { return [.hasten] }
            place = .nowhere
            sightings.begin()
            return []
        case .submitted: return queued(signs, now: now)
        }
    }

    private mutating func queued(_ signs: Signs, now: Double) -> [Action] {
        if endingSince != nil {
            // What is about to start finds the order to end.
            return [cancel] + settle(.withdrawn)
        }
        if let living = sightings.living {
            guard !sightings.isHopeless else { return [.cancel([living.job])] + settle(.hopeless(living)) }
            idle = living.state == .running && !signs.hasOutput ? idle ?? now : nil
            guard let idle, now - idle >= pace.deafness, submissions < Self.most else { return [] }
            // Slurm alone has it running: it has crashed, and its node knows nothing of the job.
            (place, job, self.idle) = (.nowhere, nil, nil)
            sightings.forget()
            return [.cancel([living.job])]
        }
        guard sightings.isGone else { return sightings.absences > 0 ? [.hasten] : [] }
        let listed = sightings.listed
        // A job that nobody knows was never accepted for good. One that was cancelled on a node where it had not begun was cancelled by that
        // node: it still ran a job of the same number, which a controller that had died gave out again. No start of either has done any work.
        let wasRefused = listed?.state == .cancelled && listed?.node != nil && !signs.hasOutput
        // Others took its place, or its node failed, in its setup: nothing of the launch has run, and it is the same one still. The first may
        // go on as long as they like, and nodes may not.
        let wasDisplaced = listed.map { [.preempted, .nodeFailed].contains($0.state) } ?? false
        if listed?.state == .preempted { submissions = 0 }
        guard listed == nil || wasRefused || wasDisplaced, submissions < Self.most else {
            return settle(.neverStarted(listed))
        }
        (place, job) = (.nowhere, nil)
        sightings.forget()
        return []
    }

    /// It has begun, and has not said how it ended.
    mutating func running(_ signs: Signs, now: Double) -> [Action] {
        let (quiet, listed, ours) = (pulse.quiet(now: now), sightings.listed, endingSince != nil)
        if pulse.starts > 1 {
            guard signs.isFenced || quiet >= pace.silence else { return [.hasten] }
            return [signs.isFenced ? cancel : kill] + settle(.lost(.startedTwice, ofOurs: ours))
        }
        if sightings.absences > 0 {
            guard sightings.isGone else { return [.hasten] }
            // A name that was looked for too soon may stay missing for a minute.
            if quiet >= (signs.isAnnounced ? pace.deafness : pace.silence) {
                return settle(.lost(.over(listed), ofOurs: ours))
            }
            guard !isOrphan, !ours else { return [] }
            // It lives, and the cluster does not know.
            isOrphan = true
            return [.order]
        }
        switch listed?.state {
        case .suspended: pulse.excuse(now: now)
        case .pending where isRequeued && quiet >= pace.silence:
            return [kill] + settle(.lost(.requeued, ofOurs: ours))
        case .running where quiet >= pace.deafness:
            return [kill] + settle(.lost(.deaf(listed), ofOurs: ours))
        default: break
        }
        guard let endingSince, !isCancelled else { return [] }
        let patience = (quiet >= pace.silence ? 1 : 10) * grace + pace.patience
        guard now - endingSince >= patience else { return [] }
        isCancelled = true
        return [quiet >= pace.silence ? kill : cancel]
    }
}
