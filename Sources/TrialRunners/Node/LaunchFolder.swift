import FoundationEssentials
import Glibc
import TrainerSettings

/// The files through which a launch that runs elsewhere and its controller speak: `trials/<trial>/launches/<launch>/`.
///
/// Each has one writer. Those whose names are looked for before they are there (`order`, `starts`, `reports`) are made, empty, before the
/// launch is submitted: on a network's file system a name that was missed once may stay missing for a minute.
package struct LaunchFolder: Sendable, Hashable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// - Parameter trialFolder: the trial's own.
    package init(ofLaunch number: Int, in trialFolder: String) { path = "\(trialFolder)/launches/\(number)" }

    /// What the launch is: the controller's, written whole before all else.
    package var file: String { path + "/launch.json" }
    /// The trial's folder as its process knows it.
    package var run: String { path + "/run" }
    /// Lines of what is to become of the launch; the controller's.
    var order: String { path + "/order" }
    /// A line for each start of its job; each start's.
    var starts: String { path + "/starts" }
    /// Lines of reports; the working start's.
    var reports: String { path + "/reports" }
    /// How it ended; the working start's.
    var end: String { path + "/end.json" }
    /// What the job runs; the controller's.
    var script: String { path + "/script" }
    /// The trial's own.
    var trial: String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(2).joined(separator: "/")
    }

    /// Those of the trial's launches before it.
    var earlier: [LaunchFolder] {
        guard let number = Int(path.split(separator: "/").last ?? "") else { return [] }
        return (1..<max(1, number)).map { LaunchFolder(ofLaunch: $0, in: trial) }
    }

    /// The folder of a start of its job, from 1. Whoever makes the first one works.
    func start(_ number: Int) -> String { "\(path)/start-\(number)" }
    /// Another number each time that the working start says that it lives.
    var alive: String { start(1) + "/alive" }
    /// There once the working start has given way to another.
    var fenced: String { start(1) + "/fenced" }
    /// What a job printed outside its launch.
    func output(ofJob job: String) -> String { "\(path)/slurm-\(job).out" }

    /// Makes the files of the controller's.
    ///
    /// - Throws: `AtomicFileError`, and what the file system throws.
    func make(_ launch: LaunchFile, script text: String) throws {
        try makeFolders(run)
        for path in [order, starts, reports] where access(path, F_OK) != 0 {
            try AtomicFile.write([], to: path)
        }
        try AtomicFile.write([Data(text.utf8)], to: script)
        try AtomicFile.write([try JSONWriter.data(launch, .exact)], to: file)
    }

    /// What the launch is; nil: it was never made whole.
    package var launch: LaunchFile? { try? JSONInput.read(LaunchFile.self, file: file, atMost: 16 << 20) }
}

/// What a launch that runs elsewhere is: launch.json.
package struct LaunchFile: Sendable, Hashable, Codable {
    /// Of the autolora that wrote it.
    package var version: String
    /// Its job's.
    package var name: String
    package var trial: Int
    package var number: Int
    package var command: [String]
    package var environment: [String: String?]
    package var workingFolder: String
    package var reports: WantedReports
    package var timeout: Double?
    package var silence: Double?
    package var grace: Double
    package var beginning: Launch.Beginning
    /// Seconds that its job may take; nil: the cluster's own limit, which the job may know.
    package var limit: Double?
    /// Seconds before that at which it is brought to its end.
    package var warning: Double
    /// Seconds between TERM and KILL where the cluster ends a job.
    package var killWait: Double
    /// Seconds between two signs of life.
    package var pulse: Double
    /// The byte of the trial's log at which the launch begins.
    package var logStart: Int
}
