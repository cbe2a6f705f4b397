import SearchSpaces
import TrainerSettings

/// Reads a `runner` of type slurm: what each job of a study asks of the cluster.
struct SlurmReader {
    private let section: Section

    private static let keys = [
        "type", "partition", "time", "cpus", "mem", "gpus", "account", "qos", "constraint", "options", "setup", "warn", "pilot",
    ]
    /// Words of sbatch that are keys of ours.
    private static let keyed = [
        "partition": "partition", "time": "time", "cpus-per-task": "cpus", "mem": "mem", "gres": "gpus", "gpus": "gpus",
        "account": "account",
    ]
    /// Words of sbatch that the runner gives by itself, or that change what sbatch does or says.
    private static let own = [
        "array", "chdir", "clusters", "dependency", "error", "export", "export-file", "gid", "help", "hold", "input",
        "job-name", "no-requeue", "nodes", "ntasks", "open-mode", "output", "parsable", "quiet", "requeue", "signal",
        "test-only", "uid", "usage", "verbose", "version", "wait", "wrap",
    ]
    private static let most = 100_000

    init(_ value: LocatedValue) throws(SpaceFileError) {
        section = try Section(value, named: "the runner", allowed: Self.keys)
    }

    func request() throws(SpaceFileError) -> SlurmRequest {
        var request = SlurmRequest(
            partition: try name("partition", lists: true), account: try name("account"), qos: try name("qos"),
            constraint: try text("constraint"), minutes: try minutes(), cpus: try count("cpus"), memory: try memory(),
            gpus: try gpus()?.text, options: try options(), setup: try lines("setup"))
        for (key, value) in [("qos", request.qos), ("constraint", request.constraint)] where value != nil {
            guard request.options.contains(where: { Self.option($0) == key }) else { continue }
            throw SpaceFileError(
                at: section.position(of: key), "'\(key)' is given here and in 'options'; leave one of the two out")
        }
        request.pilots = try pilots()
        if let warn = section["warn"] { request.warning = try warn.seconds() }
        if let minutes = request.minutes, request.warning >= Double(minutes) * 60 {
            guard section["warn"] != nil else {
                request.warning = Double(minutes) * 15
                return request
            }
            throw SpaceFileError(
                at: section.position(of: "warn"),
                "a trial would be told to end \(Int(request.warning)) s before the end of a job of \(minutes) min; lower warn, or raise time"
            )
        }
        return request
    }

    private func pilots() throws(SpaceFileError) -> SlurmRequest.Pilots {
        guard let pilot = section["pilot"] else { return .auto }
        switch pilot.value {
        case .bool(let isWanted): return isWanted ? .always : .never
        case .string("auto"): return .auto
        default: throw pilot.expected("auto, true or false")
        }
    }

    // MARK: - What sbatch is told

    private func text(_ key: String) throws(SpaceFileError) -> String? {
        guard let value = section[key] else { return nil }
        let text = try value.text()
        guard !text.isEmpty, !text.contains(where: \.isNewline) else { throw value.expected("a text of one line") }
        return text
    }

    /// - Parameter lists: whether several with commas between are a value too.
    private func name(_ key: String, lists: Bool = false) throws(SpaceFileError) -> String? {
        guard let text = try text(key) else { return nil }
        let names = lists ? text.split(separator: ",", omittingEmptySubsequences: false) : [text[...]]
        let isFit = names.allSatisfy { name in
            !name.isEmpty && name.first != "-" && name.allSatisfy { $0.isLetter || $0.isNumber || "._-+@:".contains($0) }
        }
        guard isFit else {
            throw SpaceFileError(
                at: section[key]?.position, "found the text '\(text)', expected the name of a \(key) of the cluster's")
        }
        return text
    }

    private func count(_ key: String) throws(SpaceFileError) -> Int? {
        guard let value = section[key] else { return nil }
        let count = try value.integer(atLeast: 1)
        guard count <= Self.most else { throw value.expected("a whole number of at most \(Self.most)") }
        return count
    }

    /// Whole minutes, as Slurm counts them.
    private func minutes() throws(SpaceFileError) -> Int? {
        guard let value = section["time"] else { return nil }
        guard value.value.number == nil else {
            throw SpaceFileError(
                at: value.position,
                "found \(value.found), which could be seconds or Slurm's minutes; write a unit: 90m, 2h or 1d12h")
        }
        let seconds = try value.seconds()
        return Int((seconds / 60).rounded(.up))
    }

    /// MiB; units are Slurm's, powers of 1024.
    private func memory() throws(SpaceFileError) -> Int? {
        guard let value = section["mem"] else { return nil }
        let form = "a size with a unit such as 512M, 32G or 1T"
        guard let match = value.written?.wholeMatch(of: /(\d+(?:\.\d+)?) ?([KMGTkmgt])(?:i?[Bb])?/), let size = Double(match.1),
            let unit = ["K": 1.0 / 1024, "M": 1, "G": 1024, "T": 1_048_576][match.2.uppercased()]
        else { throw value.expected(form) }
        let mebibytes = (size * unit).rounded(.up)
        guard (1...1e9).contains(mebibytes) else { throw value.expected(form + ", of at most 900T") }
        return Int(mebibytes)
    }

    /// As `--gres=gpu:` takes them, and how many they are.
    func gpus() throws(SpaceFileError) -> (text: String, count: Int)? {
        guard let value = section["gpus"] else { return nil }
        let form = "a number of GPUs for each trial, or a kind with it such as a100:2"
        if let count = value.value.integer {
            guard (0...1024).contains(count) else { throw value.expected(form) }
            return count == 0 ? nil : ("\(count)", count)
        }
        guard let match = value.value.text?.wholeMatch(of: /([A-Za-z0-9._-]+):([1-9]\d{0,3})/), let count = Int(match.2) else {
            throw value.expected(form)
        }
        return ("\(match.1):\(count)", count)
    }

    // MARK: - Lists

    /// A list of texts of one line each, or one alone.
    private func lines(_ key: String) throws(SpaceFileError) -> [String] {
        guard let value = section[key] else { return [] }
        var lines: [String] = []
        for element in value.elements ?? [value] {
            let line = try element.text()
            guard !line.contains(where: { $0.isNewline || $0 == "\0" }) else { throw element.expected("a text of one line") }
            lines.append(line)
        }
        return lines
    }

    private func options() throws(SpaceFileError) -> [String] {
        guard let value = section["options"] else { return [] }
        for (word, element) in zip(try lines("options"), value.elements ?? [value]) {
            guard let option = Self.option(word) else {
                throw SpaceFileError(
                    at: element.position, "found '\(word)', expected an option of sbatch in one word, such as --mail-type=FAIL")
            }
            // sbatch takes beginnings of names too.
            if let key = Self.keyed.keys.sorted().first(where: { $0.hasPrefix(option) }).flatMap({ Self.keyed[$0] }) {
                throw SpaceFileError(
                    at: element.position, "found '\(word)', which the runner has a key for: write \(key): beside options")
            }
            if Self.own.contains(where: { $0.hasPrefix(option) }) {
                throw SpaceFileError(at: element.position, "found '\(word)', which the runner says itself; leave it out")
            }
        }
        return try lines("options")
    }

    /// The name of a long option; nil: the word is none.
    private static func option(_ word: String) -> String? {
        word.wholeMatch(of: /--([a-z][a-z0-9-]+)(=.*)?/).map { String($0.1) }
    }
}
