import Foundation
import SearchSpaces

/// Runs one format's inputs in child processes and keeps what ends them.
struct Driver {
    let format: String
    let seed: Int
    let count: Int
    let crashes: String

    /// Inputs of one child: what it leaks does not add up to much.
    private static let batch = 10_000
    /// Crashes after which there is no point in going on.
    private static let most = 50

    func run() throws -> Summary {
        var summary = Summary()
        var next = 0
        while next < count, summary.findings.count < Self.most {
            let scratch = try Scratch()
            let ending = try work(next..<min(count, next + Self.batch), in: scratch.path)
            let progress = try progress(in: scratch.path)
            summary.add(progress)
            summary.findings += findings(in: scratch.path)
            if let ending {
                summary.findings.append(Finding(number: progress.number, kind: ending.kind, detail: ending.detail))
            }
            next = ending == nil ? progress.number : progress.number + 1
        }
        summary.inputs = next
        try keep(summary.findings)
        return summary
    }

    /// How a child ended before its time; nil: it came to its end.
    private func work(_ numbers: Range<Int>, in folder: String) throws -> (kind: Finding.Kind, detail: String)? {
        let errors = folder + "/errors"
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "work", "--format", format, "--seed", String(seed), "--from", String(numbers.lowerBound),
            "--to", String(numbers.upperBound), "--folder", folder,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { given, _ in given
        }
        process.standardError = FileHandle(forWritingAtPath: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationReason == .exit, process.terminationStatus == 0 { return nil }
        let lines = String(decoding: (try? Files.read(errors)) ?? [], as: UTF8.self).split(separator: "\n")
        let detail = lines.first { $0.contains("rror:") } ?? lines.first ?? "status \(process.terminationStatus)"
        switch (process.terminationReason, process.terminationStatus) {
        case (.uncaughtSignal, SIGPROF): return (.hang, "over the time that one input may take")
        case (.uncaughtSignal, SIGALRM): return (.hang, "waits for something that does not come")
        default: return (.crash, String(detail.prefix(300)))
        }
    }

    private func progress(in folder: String) throws -> Progress {
        let bytes = try Files.read(folder + "/" + Progress.file)
        guard bytes.count == MemoryLayout<Progress>.size else { throw DriverError(format: format) }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: Progress.self) }
    }

    private func findings(in folder: String) -> [Finding] {
        let text = String(decoding: (try? Files.read(folder + "/" + Finding.file)) ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { Finding(line: $0) }
    }

    /// Each input again, in a file of its own, and what happened to it.
    private func keep(_ findings: [Finding]) throws {
        guard !findings.isEmpty, let kind = Formats.named(format) else { return }
        try FileManager.default.createDirectory(atPath: crashes, withIntermediateDirectories: true)
        let scratch = try Scratch()
        let made = try kind.init(folder: scratch.path)
        for finding in findings.prefix(2 * Self.most) {
            let path = "\(crashes)/\(format)-\(finding.kind.rawValue)-\(seed)-\(finding.number)"
            try Files.write(Worker.input(made, seed: seed, number: finding.number), to: path)
            Files.say("\(finding.kind.rawValue): \(path): \(finding.detail)")
        }
    }
}

/// The child did not come so far as to read anything.
private struct DriverError: Error, CustomStringConvertible {
    let format: String

    var description: String { "\(format): its inputs could not be made; try `fuzz work` by hand" }
}

/// What came of one format's inputs.
struct Summary {
    var inputs = 0
    var accepted = 0
    var refused = 0
    var slowest = 0
    var peak = 0
    var findings: [Finding] = []

    mutating func add(_ progress: Progress) {
        accepted += progress.accepted
        refused += progress.refused
        slowest = max(slowest, progress.slowest)
        peak = max(peak, progress.peak)
    }

    func line(format: String) -> String {
        let counts = [Finding.Kind.crash, .hang, .memory, .unlocated].map { kind in
            "\(findings.count { $0.kind == kind }) \(kind.rawValue)"
        }
        return "\(format): \(inputs) inputs, \(accepted) read, \(refused) refused; \(counts.joined(separator: ", ")); "
            + "slowest \(slowest) ms, at most \(peak >> 20) MiB more"
    }
}
