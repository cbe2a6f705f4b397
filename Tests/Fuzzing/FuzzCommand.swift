import ArgumentParser
import Foundation
import SearchSpaces

/// Feeds the program's readers with mutated inputs. No input may end the process, take a second, take much memory, or be refused
/// without its place.
struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz", abstract: "Mutated inputs for everything that reads what comes from outside.",
        subcommands: [Run.self, Replay.self, Inputs.self, Work.self], defaultSubcommand: Run.self)

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes and reads inputs, in child processes.")

        @Option(help: "One of \(Formats.all.map { $0.name }.joined(separator: ", ")); can be repeated. (default: all)")
        var format: [String] = []
        @Option(help: "Inputs of each format.") var count = 100_000
        @Option(help: "Another one gives other inputs.") var seed = 1
        @Option(help: "Where inputs that were found are kept.") var crashes = ".build-fuzz/crashes"

        func validate() throws {
            if let unknown = format.first(where: { Formats.named($0) == nil }) {
                throw ValidationError(
                    "no format '\(unknown)'; there are \(Formats.all.map { $0.name }.joined(separator: ", "))")
            }
        }

        func run() throws {
            var total = 0
            for name in format.isEmpty ? Formats.all.map({ $0.name }) : format {
                let driver = Driver(format: name, seed: seed, count: count, crashes: crashes)
                let summary = try driver.run()
                Files.say(summary.line(format: name))
                total += summary.findings.count
            }
            if total > 0 { throw ExitCode(1) }
        }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Reads one kept input in this process, for a debugger.")

        @Option var format: String
        @Argument(help: "The kept input.") var input: String

        func run() throws {
            guard let kind = Formats.named(format) else { throw ValidationError("no format '\(format)'") }
            let scratch = try Scratch()
            let bytes = try Files.read(input)
            do {
                try kind.init(folder: scratch.path).read(bytes)
                print("read")
            } catch {
                print("refused: \(error)")
            }
        }
    }

    struct Inputs: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Writes inputs into a folder: where libFuzzer may begin.")

        @Option var format: String
        @Option var count = 500
        @Option var seed = 1
        @Argument(help: "The folder.") var folder: String

        func run() throws {
            guard let kind = Formats.named(format) else { throw ValidationError("no format '\(format)'") }
            let scratch = try Scratch()
            let made = try kind.init(folder: scratch.path)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for number in 0..<count {
                try Files.write(Worker.input(made, seed: seed, number: number), to: "\(folder)/\(format)-\(seed)-\(number)")
            }
        }
    }

    /// What ``Driver`` starts.
    struct Work: ParsableCommand {
        static let configuration = CommandConfiguration(shouldDisplay: false)

        @Option var format: String
        @Option var seed: Int
        @Option var from: Int
        @Option var to: Int
        @Option var folder: String

        func run() throws {
            guard let kind = Formats.named(format) else { throw ValidationError("no format '\(format)'") }
            try Worker(kind, seed: seed, folder: folder).run(from..<to)
        }
    }
}

/// A folder that is gone with the value, in memory where the system has such a place.
final class Scratch {
    let path: String

    init() throws {
        let root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : FileManager.default.temporaryDirectory.path
        path = root + "/autolora-fuzz-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
