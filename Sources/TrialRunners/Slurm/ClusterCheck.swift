import Glibc
package import SearchSpaces
import TrainerSettings

/// What a cluster says to what a study is about to ask of it.
package struct ClusterCheck: Sendable {
    /// Labels and texts, for people.
    package private(set) var facts: [(label: String, text: String)] = []
    /// Why no job of the study would ever run, and the runner's key that it hangs on; nil: jobs will.
    package private(set) var refusal: (key: String, problem: String)?
    /// What keeps jobs from running just now.
    package private(set) var warnings: [String] = []

    /// - Parameter folder: where jobs are to start.
    package init(_ request: SlurmRequest, queue: SlurmQueue, jobs: Int, folder: String) async {
        let words = SlurmWords(request).resources.joined(separator: " ")
        let use =
            request.pilots == .always ? "pilots that run one launch of a trial after the other" : "each launch of a trial one"
        facts.append(("jobs", "\(jobs) at a time, \(use)"))
        facts.append(("asked for", "sbatch \(words)"))
        if request.pilots == .auto {
            facts.append(("pilots", "take over where launches turn out short beside their wait in the queue (pilot: auto)"))
        }
        if request.pilots == .always, request.minutes == nil {
            warnings.append(
                "pilots want a `time` in the runner (4h): without it one may not know when its job ends, and its last launch is cut off"
            )
        }
        guard let answer = await queue.ask("sinfo", ["-h", "-a", "-o", Partition.format]) else {
            refusal = (
                "type",
                "Slurm's commands (sbatch, squeue, sinfo) are not on this machine, or do not answer within a minute: run autolora where they"
                    + " are, on a login node say"
            )
            return
        }
        guard answer.code == 0 else {
            warnings.append(
                "Slurm does not answer just now: \(SlurmText.plain(answer.errors)); jobs are submitted once it does")
            return
        }
        look(at: Partition.all(in: answer.output), for: request)
        guard refusal == nil else { return }
        guard let script = Self.script() else { return }
        defer { unlink(script) }
        let job = ClusterJob(name: "al-check", script: script, folder: "/tmp", workingFolder: folder)
        switch await queue.refusal(of: job) {
        case nil, .accepted: facts.append(("cluster", "takes such a job (sbatch --test-only)"))
        case .full(let reason):
            warnings.append("the queue takes no more jobs just now (\(reason)): they are submitted once it does")
        case .unclear(let reason): warnings.append("the cluster does not say whether it would take such a job: \(reason)")
        case .refused(let reason):
            // With all nodes away for a while sbatch says the same as of too much.
            guard await Self.hasNodes(request, queue) else {
                warnings.append("no node takes jobs just now (\(reason)): jobs wait for one")
                return
            }
            refusal = (
                "type", "the cluster would not take such a job: \(reason); it was asked with sbatch --test-only \(words)"
            )
        }
    }

    /// Whether a node of the partition takes jobs; `idle*` does not answer, and a drained one counts as idle when asked for such.
    private static func hasNodes(_ request: SlurmRequest, _ queue: SlurmQueue) async -> Bool {
        let place = request.partition.map { ["-p", $0] } ?? []
        guard let answer = await queue.ask("sinfo", ["-h", "-a", "-o", "%t"] + place) else { return true }
        return answer.output.split(whereSeparator: \.isWhitespace).contains(where: isInService)
    }

    /// Of a node's state as sinfo shortens it: one that sleeps (`idle~`) is woken by a job, one that does not answer (`idle*`) is not.
    static func isInService(_ state: Substring) -> Bool {
        let word = state.prefix(while: \.isLetter)
        return ["idle", "mix", "alloc", "comp", "resv", "plnd"].contains(word) && !state.contains("*")
    }

    private mutating func look(at partitions: [Partition], for request: SlurmRequest) {
        // Several may be named: a job goes where it starts first.
        let names = request.partition?.split(separator: ",").map(String.init) ?? partitions.filter(\.isDefault).map(\.name)
        for name in names {
            let groups = partitions.filter { $0.name == name }
            guard let first = groups.first else {
                let known = Set(partitions.map(\.name)).sorted()
                refusal = (
                    "partition",
                    "the cluster has no partition '\(name)'; it has \(known.joined(separator: ", "))\(nearestHint(to: name, among: known))"
                )
                return
            }
            facts.append(("partition", Partition.words(groups)))
            if first.availability != "up" {
                warnings.append("the partition \(name) is \(first.availability): jobs wait until it is up")
            }
            if let most = first.minutes, let wanted = request.minutes, wanted > most, names.count == 1 {
                refusal = (
                    "time", "\(Partition.time(wanted)) a job is more than the \(Partition.time(most)) of the partition \(name)"
                )
            }
        }
        if names.isEmpty { warnings.append("the cluster has no default partition: name one (partition)") }
    }

    /// sbatch looks at a script before it looks at anything else.
    private static func script() -> String? {
        var path = Array("/tmp/autolora-check-XXXXXX".utf8CString)
        let file = mkstemp(&path)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let text = "#!/bin/sh\n"
        guard write(file, text, text.utf8.count) == text.utf8.count else { return nil }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Nodes of a partition that are alike, as sinfo lists them.
struct Partition: Sendable, Hashable {
    let name: String
    let isDefault: Bool
    /// `up`, `down`, `drain`, `inact`
    let availability: String
    /// A job's time at most; nil: any.
    let minutes: Int?
    let nodes: Int
    let cpus: String
    /// MiB.
    let memory: String
    let resources: String

    static let format = "%P|%a|%l|%D|%c|%m|%G"

    /// Lines of another form are passed over.
    static func all(in text: String) -> [Partition] { text.split(separator: "\n").compactMap(Partition.init) }

    init?(_ line: Substring) {
        let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
            String($0.reversed().drop { $0 == " " }.reversed())
        }
        guard cells.count == 7, let nodes = Int(cells[3]) else { return nil }
        isDefault = cells[0].hasSuffix("*")
        name = isDefault ? String(cells[0].dropLast()) : cells[0]
        (availability, minutes, self.nodes) = (cells[1], Self.minutes(cells[2]), nodes)
        (cpus, memory, resources) = (cells[4], cells[5], cells[6])
    }

    /// "1-00:00:00", "2:30:00", "30:00"; nil: no limit.
    static func minutes(_ text: String) -> Int? {
        guard let match = text.wholeMatch(of: /(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)/) else { return nil }
        let (days, hours) = (match.1.flatMap { Int($0) } ?? 0, match.2.flatMap { Int($0) } ?? 0)
        return (days * 24 + hours) * 60 + (Int(match.3) ?? 0)
    }

    static func time(_ minutes: Int) -> String {
        if minutes >= 2880, minutes % 1440 == 0 { return "\(minutes / 1440) days" }
        return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes) min"
    }

    /// Of one partition's groups.
    static func words(_ groups: [Partition]) -> String {
        guard let first = groups.first else { return "" }
        let limit = first.minutes.map { ", at most \(time($0)) a job" } ?? ""
        let nodes = groups.map { group in
            let memory = Int(group.memory.prefix { $0.isNumber }).map { ", \($0 / 1024) GiB" } ?? ""
            let resources = group.resources.hasPrefix("(") ? "" : ", \(group.resources)"
            return "\(group.nodes) node\(group.nodes == 1 ? "" : "s") of \(group.cpus) CPUs\(memory)\(resources)"
        }
        return "\(first.name): \(first.availability)\(limit); \(nodes.joined(separator: "; "))"
    }
}
