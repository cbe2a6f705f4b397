import Foundation
import TestSupport
import Testing

/// `verify`, on a study whose files are damaged one after another and mended as it says.
@Suite(.timeLimit(.minutes(5))) struct VerifyTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        _ = try temporary.write(BuiltInStudyTests.space, to: "space.yaml")
    }

    private var trials: String { temporary.path + "/studies/tiny/trials" }

    /// Its lines and its exit code.
    private func verify() async throws -> (lines: [String], code: Int32) {
        let result = try await autolora.run("verify", "tiny")
        #expect(result.errors.isEmpty)
        return (result.output.split(separator: "\n").map(String.init), result.code)
    }

    private func cut(_ path: String, to length: Int = 99) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        try data.prefix(min(length, data.count / 2)).write(to: URL(filePath: path))
    }

    @Test func `a whole study is said to be whole, and what is damaged is named with what to do`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--trials", "2", "--quiet").code == 0)
        let whole = try await verify()
        #expect(whole.code == 0)
        #expect(whole.lines.count == 1 && whole.lines[0].hasPrefix("study tiny is whole: 2 trials, "))
        #expect(whole.lines[0].hasSuffix(" reports, 0 checkpoints, 2 adapters"))

        let adapter = trials + "/0/adapter"
        try cut(adapter + "/adapter_model.safetensors")
        var found = try await verify()
        #expect(found.code == 1 && found.lines.count == 1)
        #expect(found.lines[0].hasPrefix(adapter + "/adapter_model.safetensors: truncated"))
        #expect(found.lines[0].contains("; train it again: AUTOLORA_STOP_AFTER="))

        try cut(adapter + "/adapter_config.json")
        try FileManager.default.removeItem(atPath: trials + "/1/adapter")
        try cut(trials + "/1/config.json")
        found = try await verify()
        #expect(found.code == 1 && found.lines.count == 3)
        #expect(found.lines[0].hasPrefix(adapter + "/adapter_config.json:"))
        #expect(found.lines[1].hasPrefix(trials + "/1/config.json:"))
        for line in found.lines.prefix(2) { #expect(line.contains(": is damaged: found the end")) }
        #expect(found.lines[2].hasPrefix(trials + "/1/adapter: is missing, though trial 1 has reported "))
    }

    @Test func `an adapter that is trained again as it says is the same, bit for bit`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        let table = try #require(try await autolora.run("trials", "tiny", "--json").json() as? [[String: Any]])
        // Training it to its end would give another one.
        let pruned = try #require(table.first { $0["state"] as? String == "pruned" }?["number"] as? Int)
        let (folder, adapter) = ("\(trials)/\(pruned)", "\(trials)/\(pruned)/adapter")
        let before = try Data(contentsOf: URL(filePath: adapter + "/adapter_model.safetensors"))
        var flipped = before
        flipped[flipped.count - 6] ^= 1
        try flipped.write(to: URL(filePath: adapter + "/adapter_model.safetensors"))
        try cut(adapter + "/labels.json")
        var found = try await verify()
        #expect(found.code == 1 && found.lines.count == 1)
        #expect(found.lines[0].hasPrefix(adapter + "/adapter_model.safetensors: is damaged: its checksum is another; "))
        try before.write(to: URL(filePath: adapter + "/adapter_model.safetensors"))
        found = try await verify()
        #expect(found.lines[0].hasPrefix(adapter + "/labels.json:") && found.lines[0].contains(": is damaged: "))
        try flipped.write(to: URL(filePath: adapter + "/adapter_model.safetensors"))

        let command = try #require(found.lines[0].firstRange(of: "train it again: ").map { found.lines[0][$0.upperBound...] })
        let binary = URL(filePath: TemporaryFolder.autolora).deletingLastPathComponent().path
        let shell = try ChildProcess(
            ["sh", "-c", "PATH=\(binary):$PATH; " + command + " >again.log 2>&1"], in: temporary.path)
        #expect(try await shell.end() == 0, "\(temporary.read("again.log") ?? "")")
        #expect(try Data(contentsOf: URL(filePath: adapter + "/adapter_model.safetensors")) == before)
        #expect(!FileManager.default.fileExists(atPath: folder + "/cache"))
        #expect(try await verify().code == 0)
    }

    @Test func `a study that runs is never said to be damaged`() async throws {
        let autolora = autolora
        let (looks, end) = try await onOwnThread {
            let run = try autolora.start(["run", "space.yaml", "--trials", "20", "--quiet"])
            var looks: [Autolora.Result] = []
            while run.isRunning {
                let found = autolora.block(on: try autolora.start(["verify", "tiny"]))
                // Before there is a store there is no study.
                if found.code != 2 || !looks.isEmpty { looks.append(found) }
            }
            return (looks, autolora.block(on: run))
        }
        #expect(end.code == 0, "\(end.errors)")
        #expect(!looks.isEmpty)
        for found in looks { #expect(found.code == 0, "\(found.output)\(found.errors)") }
    }

    @Test func `a damaged copy of the space file is the study's fault, not the file's`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--trials", "1", "--quiet").code == 0)
        let store = temporary.path + "/studies/tiny/study.sqlite"
        #expect(try await ChildProcess(["python3", "-c", Self.spoiling, store], in: temporary.path).end() == 0)
        let found = try await verify()
        #expect(found.code == 1 && found.lines.count == 1)
        #expect(found.lines[0].hasPrefix(store + ": the space file kept in it, once "))
    }

    private static let spoiling = """
        import sqlite3, sys
        study = sqlite3.connect(sys.argv[1])
        study.execute("UPDATE study SET space_file = 'metric: {'")
        study.commit()
        """

    @Test func `a trial's folder that is gone is missed`() async throws {
        let space = """
            name: script
            metric: {name: score, goal: maximize}
            method: random
            run_cap: 2
            trainer: {type: command, command: [sh, -c, 'echo "{\\"score\\": 1}"']}
            parameters: {x: {min: 0, max: 9}}
            """
        _ = try temporary.write(space, to: "script.yaml")
        #expect(try await autolora.run("run", "script.yaml", "--quiet").code == 0)
        #expect(try await autolora.run("verify", "script").code == 0)
        try FileManager.default.removeItem(atPath: temporary.path + "/studies/script/trials/1")
        let found = try await autolora.run("verify", "script")
        #expect(found.code == 1)
        #expect(found.output.hasPrefix(temporary.path + "/studies/script/trials/1/config.json: is missing; "))
    }

    @Test func `checkpoints are looked at, and mended as it says`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--trials", "1", "--quiet").code == 0)
        let trial = trials + "/0"
        // By hand, as nobody else needs one any more.
        #expect(try await autolora.run("train", trial + "/config.json", "--output", trial).code == 0)
        #expect(try await verify().lines.last?.contains(" 2 checkpoints, 1 adapters") == true)
        let (newest, previous) = (trial + "/checkpoint/state.safetensors", trial + "/checkpoint/previous.safetensors")
        let file = try FileHandle(forUpdating: URL(filePath: newest))
        try file.seek(toOffset: try file.seekToEnd() - 2)
        try file.write(contentsOf: Data([0x55, 0x55]))
        try file.close()
        var found = try await verify()
        #expect(found.code == 1)
        #expect(
            found.lines == [
                newest + ": is damaged: its checksum is another; remove it: the trial goes on from " + previous
            ])
        let resumed = try await autolora.run(
            "train", trial + "/config.json", "--output", trial, "--resume", trial + "/checkpoint")
        #expect(resumed.code == 0 && resumed.errors.contains("; training goes on from the checkpoint before it, at step "))
        #expect(try await verify().code == 0)

        for path in [newest, previous] { try cut(path) }
        found = try await verify()
        #expect(found.code == 1 && found.lines.count == 2)
        #expect(found.lines.allSatisfy { $0.contains("; remove the folder: the trial starts over") })
    }

    @Test func `a file that is no store, and a study that is not there, are refused`() async throws {
        _ = try temporary.write(String(repeating: "no database ", count: 100), to: "studies/tiny/study.sqlite")
        let damaged = try await autolora.run("verify", "tiny")
        #expect(damaged.code == 2 && damaged.errors.contains("study.sqlite: not a study that can be read"))
        #expect(damaged.errors.hasSuffix("sqlite3 study.sqlite .recover\n"))
        #expect(try await autolora.run("verify", "other").code == 2)
    }
}
