import FoundationEssentials
import Glibc
import TrainerSettings

/// The files through which a pilot and its controller speak: `workers/<number>/`.
///
/// A pilot is a job that runs one launch after the other. Each file has one writer and is there, empty, before the pilot is submitted: see
/// ``LaunchFolder``.
package struct PilotFolder: Sendable, Hashable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// What the pilot is: the controller's, written whole before all else.
    var file: String { path + "/pilot.json" }
    /// Lines of what it is to do; the controller's.
    var give: String { path + "/give" }
    /// Lines of what it does; the pilot's.
    var ask: String { path + "/ask" }
    /// A line for each start of its job; each start's.
    var starts: String { path + "/starts" }
    /// What its job runs; the controller's.
    var script: String { path + "/script" }
    /// The folder of a start of its job, from 1. Whoever makes the first one works.
    func start(_ number: Int) -> String { "\(path)/start-\(number)" }
    /// What its job printed outside launches.
    func output(ofJob job: String) -> String { "\(path)/slurm-\(job).out" }

    /// Makes the files of the controller's.
    ///
    /// - Throws: `AtomicFileError`, and what the file system throws.
    func make(_ pilot: PilotFile, script text: String) throws {
        try makeFolders(path)
        for path in [give, ask, starts] { try AtomicFile.write([], to: path) }
        try AtomicFile.write([Data(text.utf8)], to: script)
        try AtomicFile.write([try JSONWriter.data(pilot, .exact)], to: file)
    }

    /// What the pilot is; nil: it was never made whole.
    var pilot: PilotFile? { try? JSONInput.read(PilotFile.self, file: file, atMost: 1 << 20) }
}

/// What a pilot is: pilot.json.
struct PilotFile: Sendable, Hashable, Codable {
    /// Of the autolora that wrote it.
    var version: String
    /// Its job's.
    var name: String
    /// Seconds that its job may take; nil: the cluster's own limit, which the job may know.
    var limit: Double?
    /// Seconds before that at which a launch is brought to its end.
    var warning: Double
    /// Seconds without a launch after which it ends.
    var idle: Double
    /// What its job was asked for with, and its setup; nil: of an earlier autolora.
    var request: [String]?
}

/// A line of a pilot's `give`: one of three things to do.
struct PilotOrder: Sendable, Hashable, Codable {
    var n: Int
    /// The folder of a launch that is to be run, and the name that the launch has.
    var launch: String?
    var name: String?
    /// The line whose launch is not wanted any more.
    var drop: Int?
    /// No more launches come.
    var end: Bool?
}

/// A line of a pilot's `ask`.
struct PilotWord: Sendable, Hashable, Codable {
    enum Said: String, Sendable, Hashable, Codable {
        /// It has read `give` up to line `n`, and has nothing to do.
        case free
        /// It runs the launch of line `n` from now on.
        case begun
        /// That launch is over.
        case over
        /// It takes no more launches.
        case gone
    }

    var n: Int
    var said: Said
    /// How the launch's supervisor ended.
    var code: Int?
    var signal: Int?
    /// Whether that had begun.
    var hasStarted: Bool?
    /// Seconds that the launch took.
    var seconds: Double?
    /// Seconds that it has left; nil: it does not know.
    var left: Double?
    var node: String?
    /// Why it is gone.
    var why: String?
}

/// What stands in a file's whole lines; others are passed over.
struct SharedLines<Line: Codable & Sendable>: Sendable {
    private let path: String
    private var read = 0
    private var rest: [UInt8] = []

    init(_ path: String) { self.path = path }

    /// Those that have come since the last look.
    mutating func news() -> [Line] {
        var news: [Line] = []
        while let bytes = try? SharedFile.read(path, from: read), !bytes.isEmpty {
            read += bytes.count
            rest += bytes
            guard let end = rest.lastIndex(of: 0x0A) else { continue }
            news += rest[..<end].split(separator: 0x0A).compactMap {
                try? JSONInput.decode(Line.self, from: .init($0), of: path)
            }
            rest.removeFirst(end + 1)
        }
        return news
    }

    /// Appends one, durably; what an earlier try left of a line stays a line of its own.
    ///
    /// - Returns: whether all of it is there.
    @discardableResult static func append(_ line: Line, to path: String) -> Bool {
        guard let bytes = try? JSONWriter.data(line, .exact) else { return false }
        return SharedFile.append([0x0A] + Array(bytes) + [0x0A], to: path)
    }
}
