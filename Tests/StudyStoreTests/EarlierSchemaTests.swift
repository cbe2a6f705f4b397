import Foundation
import GRDB
import Studies
import TestSupport
import Testing

@testable import StudyStore

/// Studies whose controller was killed, as each version of the schema left them (versions 1 and 2 with version 3's rows).
@Suite(.timeLimit(.minutes(5))) struct EarlierSchemaTests {
    private static let versions = Migrations.all.migrations
    private let temporary: TemporaryFolder
    private let autolora: Autolora
    private let folder: StudyFolder

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        folder = try StudyFolder(root: temporary.path + "/studies", name: "kept")
        try folder.make()
    }

    private func put(_ version: String, more: String = "") throws {
        let here = String(#filePath.dropLast("/EarlierSchemaTests.swift".count))
        let sql = try String(contentsOfFile: "\(here)/Fixtures/\(version).sql", encoding: .utf8)
        var configuration = Configuration()
        // A dump has reports before their trials.
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: folder.database, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql.replacing("'FOLDER'", with: "'\(temporary.path)'") + more) }
        try queue.close()
        _ = try temporary.write(
            #"""
            x=${1#--x=}; i=0
            [ -n "$AUTOLORA_RESUME_FROM" ] && i=$(cat "$AUTOLORA_RESUME_FROM/iter")
            while [ "$i" -lt 4 ]; do
              [ "$i" = "$AUTOLORA_STOP_AFTER" ] && exit 0
              i=$((i + 1)); echo "{\"step\": $i, \"score\": 0.$x$i, \"size\": $x, \"kernels\": \"scalar\"}"
              mkdir -p "$AUTOLORA_TRIAL_DIR/checkpoint"; echo $i > "$AUTOLORA_TRIAL_DIR/checkpoint/iter"
            done
            """#, to: "train.sh")
    }

    /// What the fixtures hold, by state.
    private func states(_ version: String) -> [Trial.State] {
        let first: [Trial.State] = [.failed, .paused, .paused, .paused]
        return ["v1", "v2", "v3"].contains(version)
            ? first + [.running, .paused, .failed, .running]
            : first + [.complete, .paused, .failed, .paused, .paused, .complete, .paused, .running]
    }

    @Test(arguments: versions)
    func `a study of every version of the schema is read as it lies`(version: String) async throws {
        try put(version)
        let store = try StudyStore.open(folder, for: .reading)
        #expect(try store.history().trials.map(\.state) == states(version))
        #expect(try store.history().best?.report.value == (version < "v4" ? 0.723 : 0.724))
        #expect(
            try store.trials().map(\.record.error).compactMap { $0 } == ["ended with exit code 3", "ended with exit code 3"])
        let applied = try await store.pool.read { try Migrations.all.appliedMigrations($0) }
        #expect(applied.last == version)
        for command in ["status", "trials", "best"] {
            let result = try await autolora.run(command, "kept", "--json")
            #expect(result.code == 0, "\(command): \(result.errors)")
        }
    }

    @Test func `beside jobs that may live it does not go on on this machine`() async throws {
        try put("v9")
        let job = try #require(try StudyStore.open(folder, for: .reading).openJobs().first)
        let launch = "\(folder.trial(Trial.ID(job.trial)))/launches/\(job.launch)"
        try FileManager.default.createDirectory(atPath: launch, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: URL(filePath: launch + "/launch.json"))
        let result = try await autolora.run("resume", "kept", "--quiet")
        #expect(result.code == 64)
        #expect(result.errors.contains("left jobs on a cluster (\(job.job ?? job.name))"))
        try FileManager.default.removeItem(atPath: launch)
        #expect(try await autolora.run("resume", "kept", "--quiet").code == 0)
    }

    @Test(arguments: versions)
    func `it goes on to its end, and keeps what was reported`(version: String) async throws {
        try put(version)
        let before = try StudyStore.open(folder, for: .reading).history()
        let result = try await autolora.run("resume", "kept", "--quiet")
        #expect(result.code == 0, "\(result.errors)")
        let store = try StudyStore.open(folder, for: .reading)
        let after = try store.history()
        #expect(after.trials.count == 12 && after.trials.allSatisfy { $0.state.isFinal })
        for (old, new) in zip(before.trials, after.trials) {
            #expect(new.assignment == old.assignment)
            #expect(Array(new.reports.prefix(old.reports.count)) == old.reports)
        }
        // Made again by trials that start over for want of a checkpoint, and not counted twice.
        for trial in after.trials { #expect(trial.reports.map(\.step) == trial.reports.map(\.iter)) }
        #expect(try await store.pool.read { try Migrations.all.appliedMigrations($0) } == Self.versions)
    }

    @Test func `one of a newer version is refused with a clear word and left alone`() async throws {
        try put("v5", more: "INSERT INTO grdb_migrations VALUES ('v99');")
        let before = try Data(contentsOf: URL(filePath: folder.database))
        for command in ["status", "resume", "trials"] {
            let result = try await autolora.run(command, "kept")
            #expect(result.code == 2)
            #expect(result.errors == "autolora: \(folder.database): written by a newer autolora; use that version\n")
        }
        #expect(try Data(contentsOf: URL(filePath: folder.database)) == before)
    }
}
