/// How launches and pilots are ended.
extension PilotCrew {
    /// Ends launches by what they have for jobs' numbers.
    ///
    /// - Parameter isDeaf: they do not hear; what runs them is ended with them.
    mutating func cancel(_ ids: [String], isDeaf: Bool = false, now: Double) -> [Action] {
        var actions: [Action] = []
        for name in ids.compactMap(name(of:)) {
            // What is over stays known: its follower may not have heard of it yet.
            waiting.removeAll { $0.name == name }
            for index in pilots.indices {
                for (line, flight) in pilots[index].flights where flight.job.name == name {
                    let since = flight.dropped ?? (flight.isBegun ? nil : flight.given)
                    if isDeaf || since.map({ now - $0 >= pace.patience }) == true {
                        actions += dismiss(index)
                    } else if flight.dropped == nil {
                        pilots[index].flights[line]?.dropped = now
                        actions.append(write(index) { $0.drop = line })
                    }
                }
            }
        }
        return actions
    }

    mutating func dismiss(_ index: Int) -> [Action] {
        pilots[index].isUnwanted = true
        return pilots[index].job.map { [.cancel($0)] } ?? []
    }

    /// It takes no more launches, and ends when it runs none; where it has not begun, it leaves the queue, or ends as it begins.
    mutating func discharge(_ index: Int, now: Double) -> [Action] {
        guard pilots[index].endTold == nil else { return [] }
        pilots[index].endTold = now
        let hasBegun = pilots[index].hasAsked
        let unread = hasBegun ? [] : pilots[index].flights.keys.sorted()
        let told = unread.map { line in write(index) { $0.drop = line } } + [write(index) { $0.end = true }]
        return told + (hasBegun ? [] : dismiss(index))
    }

    /// No more launches come.
    mutating func close(now: Double) -> [Action] {
        pilots.indices.filter { !pilots[$0].isGone && pilots[$0].misses < 2 }.flatMap { discharge($0, now: now) }
    }

    /// Ends pilots that nobody needs: at once where there are more than workers, and those that wait in the queue for no launch after a
    /// while, the newest first.
    mutating func trim(now: Double) -> [Action] {
        var actions: [Action] = []
        func newest(_ isMeant: (CrewPilot) -> Bool, _ count: Int) -> [Int] {
            Array(
                pilots.indices.filter { isMeant(pilots[$0]) }.sorted { pilots[$0].number > pilots[$1].number }.prefix(
                    max(0, count)))
        }
        if let workers {
            var excess: Int { min(spare, pilots.count(where: \.isThere) - workers) }
            for index in newest(\.isPending, excess) { actions += discharge(index, now: now) }
            for index in newest(\.isFree, excess) { actions += discharge(index, now: now) }
        }
        // What is over now may be followed by another launch.
        spareSince = spare > 0 ? spareSince ?? now : nil
        if let spareSince, now - spareSince >= pace.patience {
            for index in newest(\.isPending, spare) { actions += discharge(index, now: now) }
        }
        return actions
    }
}
