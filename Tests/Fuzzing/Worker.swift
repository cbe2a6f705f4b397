import Foundation
import SearchSpaces

/// Makes and reads inputs in this process, which a bad one ends: the driver sees which, since the number of each is written down first.
struct Worker {
    private let format: any Format
    private let seed: Int
    private let progress: Int32
    private let findings: Int32

    /// What a sanitizer takes besides: the limits are multiplied by it.
    private static let slack = number(in: "AUTOLORA_FUZZ_SLACK") ?? 1
    /// Seconds of CPU time after which an input hangs.
    private static let limit = slack
    /// The same by the clock: whoever waits takes no CPU time. So long that other programs on the machine do not matter.
    private static let longestWait = number(in: "AUTOLORA_FUZZ_WAIT") ?? 20 * slack

    private static func number(in variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }

    init(_ kind: any Format.Type, seed: Int, folder: String) throws {
        self.seed = seed
        try FileManager.default.createDirectory(atPath: folder + "/files", withIntermediateDirectories: true)
        format = try kind.init(folder: folder + "/files")
        progress = open(folder + "/" + Progress.file, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        findings = open(folder + "/" + Finding.file, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    }

    func run(_ numbers: Range<Int>) throws {
        var state = Progress()
        var memory = MemoryMeter()
        for number in numbers {
            state.number = number
            write(state)
            let input = Self.input(format, seed: seed, number: number)
            arm(ITIMER_PROF, seconds: Self.limit)
            arm(ITIMER_REAL, seconds: Self.longestWait)
            let start = clock()
            var problem: String?
            do {
                try format.read(input)
                state.accepted += 1
            } catch {
                state.refused += 1
                problem = unlocated(error, input)
            }
            for kind in [ITIMER_PROF, ITIMER_REAL] { arm(kind, seconds: 0) }
            state.slowest = max(state.slowest, Int(clock() - start) * 1000 / Int(CLOCKS_PER_SEC))
            if let problem { report(Finding(number: number, kind: .unlocated, detail: problem)) }
            // The first inputs fill pools and tables that stay.
            if number - numbers.lowerBound == 20 { memory.begin() }
            if let growth = memory.growth() {
                state.peak = max(state.peak, growth)
                if growth > Self.slack * (MemoryMeter.allowance + 1000 * input.count) {
                    report(Finding(number: number, kind: .memory, detail: "\(growth) bytes for a file of \(input.count)"))
                }
            }
        }
        state.number = numbers.upperBound
        write(state)
    }

    static func input(_ format: any Format, seed: Int, number: Int) -> [UInt8] {
        var random = SeededGenerator(seed, number)
        return format.input(using: &random)
    }

    /// The default action of the signal ends the process.
    private func arm(_ kind: __itimer_which, seconds: Int) {
        var timer = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: seconds, tv_usec: 0))
        setitimer(__itimer_which_t(kind.rawValue), &timer, nil)
    }

    /// What is wrong with how an input was refused; nil where it is well.
    private func unlocated(_ error: any Error, _ input: [UInt8]) -> String? {
        guard let file = format.file else { return nil }
        let text = "\(error)"
        if !text.contains(file) { return "does not name the file: \(text.prefix(300))" }
        if let place = text.firstMatch(of: /^[^:]*:(\d+):/), let line = Int(place.1) {
            // YAML breaks lines at U+0085, U+2028 and U+2029 too, and blames the line after the last for what is missing there.
            let lines = 2 + input.count { [0x0A, 0x0D, 0x85, 0xA8, 0xA9].contains($0) }
            if !(1...lines).contains(line) { return "names line \(line) of \(lines): \(text.prefix(300))" }
        }
        return nil
    }

    private func write(_ state: Progress) {
        withUnsafeBytes(of: state) { _ = pwrite(progress, $0.baseAddress, $0.count, 0) }
    }

    private func report(_ finding: Finding) {
        let line = Array(finding.line.utf8)
        _ = line.withUnsafeBytes { Foundation.write(findings, $0.baseAddress, $0.count) }
    }
}

/// What the driver reads of a worker that has ended, in whatever way; the same bytes in both.
struct Progress {
    static let file = "progress"

    /// The input that is being read.
    var number = 0
    var accepted = 0
    var refused = 0
    /// Milliseconds of CPU time.
    var slowest = 0
    /// Bytes beyond what the worker began with.
    var peak = 0
}

/// An input that should have been read or refused, and was not, or not well.
struct Finding {
    static let file = "findings"

    enum Kind: String { case crash, hang, memory, unlocated }

    let number: Int
    let kind: Kind
    let detail: String

    var line: String { "\(number)\t\(kind.rawValue)\t\(detail.split(whereSeparator: \.isNewline).joined(separator: " "))\n" }

    init(number: Int, kind: Kind, detail: String) {
        (self.number, self.kind, self.detail) = (number, kind, detail)
    }

    init?(line: Substring) {
        let parts = line.split(separator: "\t", maxSplits: 2)
        guard parts.count == 3, let number = Int(parts[0]), let kind = Kind(rawValue: String(parts[1])) else { return nil }
        self.init(number: number, kind: kind, detail: String(parts[2]))
    }
}
