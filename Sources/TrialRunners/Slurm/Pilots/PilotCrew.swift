/// Which of a study's pilots has which launch: what is heard of them in, what is to be done about it out. No I/O, no clock.
///
/// A launch waits here until a pilot is free. To whoever follows it, it looks like a job: it pends while it waits, and has the state of its
/// pilot's job from then on until the pilot says that it is over.
struct PilotCrew: Sendable {
    /// What the names of a study's jobs begin with.
    let prefix: String
    let pace: SlurmPace
    /// Seconds before a pilot's end at which a launch has to come to its own.
    let warning: Double
    /// Seconds of the longest launch so far.
    private var longest = 0.0
    /// Whether launches that wait are given to pilots.
    var isOpen = true
    var waiting: [ClusterJob] = []
    var pilots: [CrewPilot] = []
    /// Launches that a pilot has said are over, or that were to go to one that never began, by name.
    var over: [String: Over] = [:]
    /// Why the cluster takes no more pilots.
    var obstacle: String?
    /// How many launches the study has at a time; nil: nobody has said.
    var workers: Int?
    /// Pilots in a row whose setup did not come to its end, or that were cancelled before it did.
    var fruitless: [String] = [] {
        didSet { if fruitless.isEmpty { lostNodes = [] } }
    }
    /// The nodes that failed under them.
    var lostNodes: Set<String> = []
    /// Since when there are more pilots in the queue than launches wait.
    var spareSince: Double?
    /// How often a launch's supervisor died before it began.
    private var deaths: [String: Int] = [:]

    struct Over: Sendable {
        var job: ListedJob
        var details: JobDetails?
        var since: Double
    }

    enum Action: Sendable, Hashable {
        /// A line of a pilot's `give`.
        case write(PilotOrder, pilot: Int)
        case cancel(String)
        /// What the job of a pilot that never began has printed is what there is to see of a launch.
        case show(pilot: Int, job: String, ClusterJob)
    }

    init(prefix: String, pace: SlurmPace, warning: Double = 0) {
        (self.prefix, self.pace, self.warning) = (prefix, pace, warning)
    }

    // MARK: - Names

    /// What a launch has for a job's number: its pilot's, and after a point what tells it from others of the same pilot.
    static func id(_ job: String?, _ name: String) -> String {
        let parts = name.split(separator: "-").suffix(2).joined(separator: "-")
        return "\(job ?? "").\(parts)"
    }

    func name(of id: String) -> String? { id.firstIndex(of: ".").map { prefix + id[id.index(after: $0)...] } }

    // MARK: - Launches

    /// A launch is to be run.
    mutating func want(_ job: ClusterJob) -> [Action] {
        var actions: [Action] = []
        forget(job.name)
        // Who submits it again has given up on the pilot that had it.
        for index in pilots.indices where pilots[index].flights.contains(where: { $0.value.job.name == job.name }) {
            pilots[index].flights = pilots[index].flights.filter { $0.value.job.name != job.name }
            actions += dismiss(index)
        }
        waiting.append(job)
        return actions
    }

    /// It is not to be run after all, as nobody can.
    mutating func forget(_ name: String) {
        waiting.removeAll { $0.name == name }
        over[name] = nil
    }

    mutating func write(_ index: Int, _ fill: (inout PilotOrder) -> Void) -> Action {
        pilots[index].lines += 1
        var order = PilotOrder(n: pilots[index].lines)
        fill(&order)
        return .write(order, pilot: pilots[index].number)
    }

    /// Gives launches that wait to pilots that are free, first to those with the most time left. Those without enough of it for the longest
    /// launch so far are sent home: a launch that is cut short three times has failed.
    mutating func assign(now: Double) -> [Action] {
        var actions = pilots.indices.filter { pilots[$0].isForeign }.flatMap { discharge($0, now: now) }
        let free = pilots.indices.filter { pilots[$0].isFree }
            .sorted { (pilots[$0].left ?? .infinity, pilots[$1].number) > (pilots[$1].left ?? .infinity, pilots[$0].number) }
        for index in free {
            guard isOpen, !pilots[index].isShort(of: warning + longest, now: now) else {
                actions += discharge(index, now: now)
                continue
            }
            guard !waiting.isEmpty else { break }
            actions.append(give(index, now: now))
        }
        return actions
    }

    /// Nobody will be there to give: each launch that waits goes to a pilot that is still to begin.
    mutating func assignAhead(now: Double) -> [Action] {
        zip(pilots.indices.filter { pilots[$0].isComing && pilots[$0].job != nil }, waiting).map { index, _ in index }.map {
            give($0, now: now)
        }
    }

    private mutating func give(_ index: Int, now: Double) -> Action {
        let job = waiting.removeFirst()
        let action = write(index) { ($0.launch, $0.name) = (job.folder, job.name) }
        pilots[index].flights[pilots[index].lines] = .init(job: job, given: now)
        return action
    }

    /// A line could not be written: its pilot is not to be trusted with anything.
    mutating func failed(_ pilot: Int) -> [Action] {
        guard let index = pilots.firstIndex(where: { $0.number == pilot }) else { return [] }
        takeBack(index)
        return dismiss(index)
    }

    /// Pilots that are free, are about to be or are to come, beyond the launches that wait; below 0: so many are to be submitted.
    var spare: Int { pilots.count { $0.isBetween || $0.isComing } - waiting.count }

    // MARK: - Pilots

    mutating func hire(_ pilot: CrewPilot) { pilots.append(pilot) }

    mutating func dropPilot(_ number: Int) { pilots.removeAll { $0.number == number } }

    mutating func submitted(_ number: Int, job: String?, now: Double) {
        guard let index = pilots.firstIndex(where: { $0.number == number }) else { return }
        (pilots[index].job, pilots[index].since, pilots[index].hasLived) = (job, now, true)
    }

    /// A pilot's job runs something, be it no more than its setup.
    mutating func printed(_ number: Int) {
        for index in pilots.indices where pilots[index].number == number { pilots[index].hasOutput = true }
    }

    /// Takes what a pilot has said.
    mutating func heard(_ words: [PilotWord], of number: Int, now: Double) {
        guard let index = pilots.firstIndex(where: { $0.number == number }) else { return }
        for word in words {
            pilots[index].hasAsked = true
            pilots[index].node = word.node ?? pilots[index].node
            switch word.said {
            case .free:
                fruitless = []
                // A line about their end may be lost.
                for (line, flight) in pilots[index].flights where line <= word.n && flight.isBegun {
                    land(index, PilotWord(n: line, said: .over, code: 0), now: now)
                }
                (pilots[index].freeAt, pilots[index].left, pilots[index].freeSince) = (word.n, word.left, now)
                takeBack(index, upTo: word.n)
            case .begun:
                fruitless = []
                pilots[index].flights[word.n]?.isBegun = true
            case .over: land(index, word, now: now)
            case .gone:
                pilots[index].isGone = true
                takeBack(index)
            }
        }
    }

    /// A launch is over, as its pilot says.
    private mutating func land(_ index: Int, _ word: PilotWord, now: Double) {
        (pilots[index].hasFlown, pilots[index].landed) = (true, now)
        longest = max(longest, word.seconds ?? 0)
        guard let flight = pilots[index].flights.removeValue(forKey: word.n) else { return }
        if word.hasStarted == false, word.signal != nil, flight.dropped == nil,
            deaths[flight.job.name, default: 0] < Self.mostDeaths
        {
            deaths[flight.job.name, default: 0] += 1
            if isOpen { waiting.insert(flight.job, at: 0) }
            return
        }
        var job = listed(flight.job, pilots[index].job, word.code == 0 ? .completed : .failed)
        job.node = pilots[index].node
        over[flight.job.name] = Over(
            job: job, details: JobDetails(exitCode: word.code ?? 0, signal: word.signal ?? 0, node: job.node), since: now)
    }

    private static let mostDeaths = 2

    /// Launches that a pilot has not begun, up to a line, wait again, before all others.
    mutating func takeBack(_ index: Int, upTo line: Int = .max) {
        let unread = pilots[index].flights.filter { $0 <= line && !$1.isBegun }.sorted { $0.key < $1.key }
        for (line, _) in unread { pilots[index].flights[line] = nil }
        // Without pilots whoever follows them submits them again, as jobs.
        if isOpen { waiting.insert(contentsOf: unread.filter { $1.dropped == nil }.map(\.value.job), at: 0) }
    }
}
