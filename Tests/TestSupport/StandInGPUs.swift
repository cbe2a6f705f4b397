import Foundation

/// A stand-in for `nvidia-smi`: a program of that name that prints what a test has written for it. Its UUIDs are nobody else's, so that
/// tests that run side by side lease no device of one another.
package struct StandInGPUs: Sendable {
    /// Where the program lies, for PATH.
    package let folder: String
    package let identifiers: [String]

    /// A row of `--query-gpu`, but for index and UUID.
    package struct Row: Sendable {
        package var name = "NVIDIA Stand-In"
        package var total = "81920"
        package var used = "[N/A]"
        package var mode = "Default"
        package var mig = "[N/A]"

        package init(used: String = "[N/A]") { self.used = used }
    }

    /// - Parameter used: MiB; by default it is not told.
    package init(_ count: Int, in temporary: TemporaryFolder, used: String = "[N/A]") throws {
        folder = temporary.path + "/gpus-" + UUID().uuidString.prefix(8).lowercased()
        identifiers = (0..<count).map { _ in "GPU-" + UUID().uuidString.lowercased() }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try install(
            """
            #!/bin/sh
            here=$(dirname "$0")
            case "$1" in
              --query-gpu=*) cat "$here/gpus";;
              --query-compute-apps=*) cat "$here/processes" 2>/dev/null;;
              -L) cat "$here/instances";;
              *) echo "unknown option $1"; exit 2;;
            esac
            exit 0
            """)
        try write(Array(repeating: Row(used: used), count: count))
    }

    /// Takes another program's place under the name.
    package func install(_ script: String, as name: String = "nvidia-smi") throws {
        try put(script + "\n", name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/" + name)
    }

    package func write(_ rows: [Row]) throws {
        let lines = zip(identifiers, rows).enumerated().map { index, pair in
            let (identifier, row) = pair
            return "\(index), \(identifier), \(row.name), \(row.total), \(row.used), 0, \(row.mode), \(row.mig)\n"
        }
        try put(lines.joined(), "gpus")
    }

    /// What stands in one of the program's files: `gpus`, `processes`, `instances`. A reader sees it whole.
    package func put(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: folder + "/" + name), options: .atomic)
    }

    /// With the program before all others of its name.
    package var environment: [String: String] {
        ["PATH": folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")]
    }
}
