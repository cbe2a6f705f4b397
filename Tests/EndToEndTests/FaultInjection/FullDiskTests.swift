import Foundation
import SearchSpaces
import Studies
import TestSupport
import Testing

/// Disks that fill up while a study runs: a small file system where one can be mounted, a limit on files where not.
@Suite(.timeLimit(.minutes(20))) struct FullDiskTests {
    private let settings = SoakSettings.given

    /// Runs a command and waits; false where it failed.
    private static func run(_ words: String...) -> Bool {
        guard let process = try? ChildProcess(words, in: "/") else { return false }
        process.block()
        return process.code == 0
    }

    /// What takes the space.
    private static func use(of folder: String) -> String {
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return files.map { file in
            let size = (try? FileManager.default.attributesOfItem(atPath: folder + "/" + file))?[.size] as? Int
            return "\(file) \(size ?? 0)\n"
        }.joined()
    }

    private static func mountSmallDisk(at path: String) throws -> Bool {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        if run("mount", "-t", "tmpfs", "-o", "size=8m", "autolora-tests", path) { return true }
        print("faults: no file system can be mounted here; the full disk is left out")
        return false
    }

    /// To the last byte: what is written in pieces leaves none of a page free.
    private static func fill(to ballast: String) throws {
        _ = FileManager.default.createFile(atPath: ballast, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: ballast))
        while (try? file.write(contentsOf: Data(count: 4096))) != nil {}
        try file.close()
    }

    @Test func `a disk that fills up stops the run with a clear word, and with space it goes on to the same end`() async throws
    {
        var generator = settings.generator(21)
        let study = try ScriptedStudy(seed: settings.seed, cap: 9)
        guard try Self.mountSmallDisk(at: study.root) else { return }
        defer { _ = Self.run("umount", "-l", study.root) }
        let ballast = study.root + "/ballast"
        var earlier: Snapshot?
        var stops = 0
        for round in 0..<max(6, settings.kills / 8) {
            // Full from the start, or at some time: on a busy machine the study may end before.
            if round == 0 { try Self.fill(to: ballast) }
            let process = try study.start("full")
            try await Task.sleep(for: .seconds(Double.random(in: 0...0.7, using: &generator)))
            if round > 0 { try Self.fill(to: ballast) }
            let result = try await study.autolora.wait(for: process)
            let place = "full disk, round \(round)"
            try FileManager.default.removeItem(atPath: ballast)
            let now = try Snapshot(study.root, "full")
            now?.check(after: earlier, printed: study.printed(in: "full"), cap: 9, place)
            earlier = now ?? earlier
            if result.code == 0 { break }
            stops += 1
            // Before there is a study, the folder cannot be written: 2, as for any other bad folder.
            #expect(result.code == 1 || now == nil && result.code == 2, "\(place): \(result.code) \(result.errors)")
            let isClear = ["full", "space"].contains { result.errors.contains($0) }
            #expect(isClear, "\(place): \(result.errors)")
            #expect(now.map { !$0.trials.contains { $0.state == .failed } } ?? true, "\(place): a trial failed for it")
            #expect(processes(workingIn: study.root).isEmpty, "\(place)")
        }
        let last = try await study.autolora.wait(for: try study.start("full"))
        #expect(last.code == 0, "\(last.errors)\(Self.use(of: study.root))")
        let full = try #require(try Snapshot(study.root, "full"))
        full.checkEnd(printed: study.printed(in: "full"), cap: 9, "full disk")
        let calm = try await study.autolora.wait(for: try study.start("calm"))
        #expect(calm.code == 0, "\(calm.errors)")
        #expect(try Snapshot(study.root, "calm")?.essence == full.essence)
        #expect(stops > 0)
        // Where not even SQLite's log can be begun, the study can be read, and is told to be no worse than that.
        try Self.fill(to: ballast)
        #expect(try await study.autolora.run("status", "full").output.hasPrefix("study     full: finished"))
        let resumed = try await study.autolora.run("resume", "full")
        #expect(resumed.code == 1 && resumed.errors.contains("make space on that disk"), "\(resumed.errors)")
        print("faults: \(stops) stops by a full disk")
    }

    @Test(arguments: [
        "cat /dev/zero > big || exit 1", "cat /dev/zero > big || { rm big; exit 9; }",
        "yes 1234567 | head -c 30000000 >&2; exit 1",
    ])
    func `a trial that fills the disk itself stops the run and has not failed`(greed: String) async throws {
        let study = try ScriptedStudy(
            seed: 1, cap: 3,
            trainer:
                "cd \"$AUTOLORA_TRIAL_DIR\"; [ -e ../../../../mended ] || { \(greed); }\necho '{\"step\": 1, \"score\": 1}'")
        guard try Self.mountSmallDisk(at: study.root) else { return }
        defer { _ = Self.run("umount", "-l", study.root) }
        let stopped = try await study.autolora.wait(for: try study.start("full"))
        #expect(stopped.code == 1 && stopped.errors.contains("full"), "\(stopped.errors)")
        #expect(try Snapshot(study.root, "full")?.trials.contains { $0.state == .failed } == false)
        _ = try study.temporary.write("", to: "mended")
        for name in ["big", "log.txt"] { try? FileManager.default.removeItem(atPath: "\(study.root)/full/trials/0/\(name)") }
        let resumed = try await study.autolora.wait(for: try study.start("full"))
        #expect(resumed.code == 0, "\(resumed.errors)")
        #expect(try Snapshot(study.root, "full")?.trials.map(\.reports.count) == [1, 1, 1])
    }

    /// In a shell, in units of 512 bytes.
    private static func run(limit: Int, in folder: String) async throws -> ChildProcess {
        let line = "ulimit -f \(limit); exec \"$0\" run space.yaml --study limited --quiet 2>errors"
        let shell = try ChildProcess(["sh", "-c", line, TemporaryFolder.autolora], in: folder)
        try await shell.end()
        return shell
    }

    @Test func `a study that cannot be made leaves no draft, and a limit on files is named as what it is`() async throws {
        let study = try ScriptedStudy(seed: 1, cap: 2)
        let shell = try await Self.run(limit: 40, in: study.temporary.path)
        let errors = study.temporary.read("errors") ?? ""
        #expect(!shell.wasSignaled && shell.code == 1, "\(shell.code): \(errors)")
        #expect(errors.contains("where no file may grow beyond 20KiB; raise that limit (ulimit -f)"), "\(errors)")
        #expect(!errors.contains("make it writable"))
        let left = try FileManager.default.contentsOfDirectory(atPath: study.root + "/limited")
        #expect(!left.contains { $0.hasPrefix("study.sqlite") }, "\(left)")
        #expect(try await study.autolora.wait(for: try study.start("limited")).code == 0)
    }

    @Test func `a limit on the store's file is told as a full disk is`() async throws {
        let study = try ScriptedStudy(seed: 1, cap: 9)
        // Enough for an empty store, not for its log.
        let shell = try await Self.run(limit: 400, in: study.temporary.path)
        let errors = study.temporary.read("errors") ?? ""
        #expect(!shell.wasSignaled && shell.code == 1, "\(shell.code): \(errors)")
        #expect(errors.contains("study.sqlite") && errors.contains("autolora resume limited"), "\(errors)")
        #expect(try await study.autolora.wait(for: try study.start("limited")).code == 0)
        let limited = try #require(try Snapshot(study.root, "limited"))
        #expect(limited.isFinished && limited.trials.count == 9)
    }
}
