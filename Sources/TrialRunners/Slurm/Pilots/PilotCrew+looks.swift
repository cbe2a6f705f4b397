/// What a look at the queue says of pilots, and what it says of their launches.
extension PilotCrew {
    /// For so long what is over is still told of, as a queue does.
    private static let memory = 300.0
    /// Looks in a row after which a pilot without a live job is gone.
    private static let looks = 2
    /// Pilots in a row whose setup does not come to its end, after which no more are sent.
    private static let mostFruitless = 3

    /// Takes one look at the queue.
    ///
    /// - Parameter asked: when it was begun.
    mutating func take(_ jobs: [ListedJob], asked: Double, now: Double) -> [Action] {
        var actions: [Action] = []
        let named = Dictionary(grouping: jobs, by: \.name)
        let seen = pilots.indices.filter { asked >= pilots[$0].since }
        for index in seen { pilots[index].see(named[pilots[index].name] ?? [], now: now) }
        actions += sweep(jobs, now: now)
        for index in seen where pilots[index].misses >= Self.looks {
            takeBack(index)
            actions += mourn(index, now: now)
        }
        for index in pilots.indices where pilots[index].isDeaf(now, pace) || pilots[index].outlives {
            actions += dismiss(index)
        }
        actions += trim(now: now)
        pilots.removeAll {
            $0.misses >= Self.looks && $0.flights.isEmpty || ($0.goneSince.map { now - $0 > Self.memory } ?? false)
        }
        over = over.filter { now - $1.since <= Self.memory }
        return actions
    }

    /// Somebody cancelled all of the study's jobs at once: that is one event, and launches that wait for a pilot are a part of it.
    private mutating func sweep(_ jobs: [ListedJob], now: Double) -> [Action] {
        // One that has said it goes is a part of it by what it ran; what ended before is not.
        let meant = pilots.filter {
            $0.hasLived && $0.isHeard && !$0.isUnwanted && $0.endTold == nil
                && ($0.misses < Self.looks || $0.misses == Self.looks && $0.state?.state == .cancelled)
        }
        let cancelled = meant.filter { $0.state?.state == .cancelled }
        let isWhole = meant.allSatisfy { [.cancelled, .changing].contains($0.state?.state) && !$0.isRefused }
        let livesOn = jobs.contains { $0.name.hasPrefix(prefix) && $0.state.isLive && $0.state != .changing }
        let launches = waiting.count + meant.map(\.flights.count).reduce(0, +)
        guard meant.count > 1, launches > 1, isWhole, !livesOn, let job = cancelled.first?.job else { return [] }
        var actions: [Action] = []
        for index in pilots.indices {
            takeBack(index)
            pilots[index].isUnwanted = true
            // The next run is to know that it was not wanted.
            guard pilots[index].endTold == nil else { continue }
            pilots[index].endTold = now
            actions.append(write(index) { $0.end = true })
        }
        for launch in waiting { over[launch.name] = Over(job: listed(launch, job, .cancelled), since: now) }
        (waiting, fruitless) = ([], [])
        return actions
    }

    /// A pilot whose job is over without a word: what kept it from beginning is what a launch would have met. One that others took the place
    /// of is replaced each time; one whose setup outlasts its time, that lost its node or that was cancelled is not for ever. What ended
    /// before this run, or was told to, says nothing of this run's.
    private mutating func mourn(_ index: Int, now: Double) -> [Action] {
        let pilot = pilots[index]
        guard pilot.misses == Self.looks, pilot.hasLived, !pilot.isUnwanted, pilot.endTold == nil, pilot.hasFailed,
            let number = pilot.job
        else { return [] }
        let end = pilot.state?.state
        // A node that fails takes all its pilots with it, which is one event.
        if end == .nodeFailed, let node = pilot.state?.node, !lostNodes.insert(node).inserted { return [] }
        fruitless.append(number)
        let isPlain = [.failed, .completed, .outOfMemory].contains(end)
        let isObstacle = !isPlain && fruitless.count >= Self.mostFruitless
        guard isPlain || isObstacle || end == .timedOut, !waiting.isEmpty else { return [] }
        let job = waiting.removeFirst()
        var told = listed(job, number, isObstacle ? .failed : end ?? .failed)
        (told.reason, told.node) = (pilot.state?.reason, pilot.state?.node)
        over[job.name] = Over(job: told, details: isObstacle ? JobDetails(obstacle: obstacle(end)) : nil, since: now)
        return [.show(pilot: pilot.number, job: number, job)]
    }

    private func obstacle(_ end: ListedJob.State?) -> String {
        let words =
            switch end {
            case .timedOut:
                "came to the end of its time: give `setup` less to do or jobs more `time` in the runner, or use pilot: false"
            case .cancelled: "was cancelled by hand (scancel)"
            case .nodeFailed: "lost its node: `sinfo -R` says what is wrong with nodes"
            default: "left the queue in its setup, and Slurm no longer knows why: see slurmctld's log"
            }
        return
            "\(fruitless.count) pilots in a row (jobs \(fruitless.joined(separator: ", "))) ended before they could take a launch, and "
            + "the last \(words)"
    }

    // MARK: - What is told

    func listed(_ job: ClusterJob, _ number: String?, _ state: ListedJob.State) -> ListedJob {
        ListedJob(job: Self.id(number, job.name), name: job.name, state: state)
    }

    /// The launches as jobs.
    var launches: [ListedJob] {
        let coming = pilots.filter(\.isComing)
        let pending = waiting.enumerated().map { index, job in
            let pilot = coming.indices.contains(index) ? coming[index] : nil
            var told = listed(job, pilot?.job, .pending)
            told.reason = pilot?.state?.reason ?? (pilot == nil ? obstacle : nil)
            return told
        }
        let given = pilots.flatMap { pilot in
            pilot.flights.values.compactMap { flight -> ListedJob? in
                guard let state = pilot.state(of: flight) else { return nil }
                var told = listed(flight.job, pilot.job, state)
                (told.reason, told.node) = (pilot.state?.reason, pilot.state?.node ?? pilot.node)
                return told
            }
        }
        return pending + given + over.values.map(\.job)
    }

    func id(of name: String) -> String {
        launches.first { $0.name == name }?.job ?? Self.id(nil, name)
    }

    /// What a pilot has told of a launch's end; nil: nothing.
    func details(of id: String) -> JobDetails? { name(of: id).flatMap { over[$0]?.details } }
}
