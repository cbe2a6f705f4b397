/// What Slurm's commands print, read.
enum SlurmText {
    /// Of squeue: number, state, reason, node and name, which may hold anything.
    static let listFormat = "%A|%T|%r|%N|%j"

    static func jobs(_ output: String) -> [ListedJob] {
        output.split(whereSeparator: \.isNewline).compactMap { line in
            let fields = line.split(separator: "|", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 5, Int(fields[0]) != nil else { return nil }
            return ListedJob(
                job: fields[0], name: fields[4], state: state(fields[1]), reason: word(fields[2]), node: word(fields[3]))
        }
    }

    /// A word that is new to us is no end.
    private static func state(_ word: String) -> ListedJob.State {
        switch word {
        // One whose node is being started or prepared waits for it.
        case "PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD": .pending
        case "RUNNING": .running
        case "SUSPENDED", "STOPPED": .suspended
        case "COMPLETED": .completed
        case "FAILED": .failed
        case "CANCELLED", "REVOKED": .cancelled
        case "PREEMPTED": .preempted
        case "TIMEOUT", "DEADLINE": .timedOut
        case "NODE_FAIL", "BOOT_FAIL": .nodeFailed
        case "OUT_OF_MEMORY": .outOfMemory
        default: .changing
        }
    }

    private static func word(_ text: String) -> String? {
        ["", "None", "(null)"].contains(text) ? nil : text
    }

    /// The number that sbatch prints with --parsable; sites print further lines before it.
    static func number(_ output: String) -> String? {
        output.split(whereSeparator: \.isNewline).lazy.reversed().compactMap { line in
            line.wholeMatch(of: /\s*(\d+)(;\S+)?\s*/).map { String($0.1) }
        }.first
    }

    /// What an sbatch that failed says of the job.
    static func refusal(_ errors: String) -> Submission {
        let words = plain(errors)
        let isUnheard = [
            "Unable to contact", "timed out", "connect failure", "Connection refused", "Connection reset", "Zero Bytes",
            "temporarily unable", "Communication connection", "Insane message length", "Slurm backup controller",
            "Protocol authentication error", "Unexpected message received", "Transport endpoint",
        ].contains(where: errors.contains)
        if isUnheard { return .unclear(words) }
        if errors.contains(/(?i)Max(Submit)?Jobs?(PerUser|PerAccount|Count|Limit)|MaxSubmit|Resource temporarily unavailable/) {
            return .full(words)
        }
        // The one text for a full queue and for a job that is too large; a further line would say which limit it is.
        if errors.contains("job submit limit"), !errors.contains(/(?:QOS|Assoc)(?:Grp|Max|Min)\w+/) { return .full(words) }
        return .refused(words)
    }

    /// One line without the program's name.
    static func plain(_ errors: String) -> String {
        let lines = errors.split(whereSeparator: \.isNewline).map { line in
            String(line).replacing(/^(\w+: (error: |fatal: )?|\w+ error: )/, with: "")
                .replacing("Batch job submission failed: ", with: "")
        }
        var seen: Set<String> = []
        let text = lines.filter { !$0.isEmpty && seen.insert($0).inserted }.joined(separator: "; ")
        return text.isEmpty ? "no reason was given" : String(text.prefix(500))
    }

    /// What `scontrol show job` prints.
    static func details(_ output: String) -> JobDetails? {
        func value(_ key: String) -> String? {
            output.split(whereSeparator: \.isWhitespace).lazy
                .compactMap { $0.hasPrefix(key + "=") ? String($0.dropFirst(key.count + 1)) : nil }.first.flatMap { word($0) }
        }
        guard value("JobId") != nil else { return nil }
        let codes = value("ExitCode")?.split(separator: ":").compactMap { Int($0) } ?? []
        return JobDetails(
            exitCode: codes.first, signal: codes.count > 1 ? codes[1] : nil, reason: value("Reason"),
            node: value("BatchHost") ?? value("NodeList"))
    }

    /// `KillWait = 30 sec` of `scontrol show config`.
    static func killWait(_ output: String) -> Double? {
        output.firstMatch(of: /(?m)^KillWait\s*=\s*(\d+)/).flatMap { Double($0.1) }
    }
}
