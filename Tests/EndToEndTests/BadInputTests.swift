import Foundation
import TestSupport
import Testing

/// Whatever is wrong: one line that names it, exit code 2, nothing written.
@Suite(.timeLimit(.minutes(5))) struct BadInputTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    private func refused(_ arguments: [String], words: [String]) async throws {
        let before = try FileManager.default.subpathsOfDirectory(atPath: temporary.path).filter { !$0.hasPrefix(".") }
        let result = try await autolora.wait(for: try autolora.start(arguments))
        #expect(result.code == 2, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
        let after = try FileManager.default.subpathsOfDirectory(atPath: temporary.path).filter { !$0.hasPrefix(".") }
        #expect(after == before)
    }

    @Test(arguments: [["status"], ["trials"], ["best"], ["resume"], ["export", "--format", "json", "--output", "x"]])
    func `a study that does not exist is named`(command: [String]) async throws {
        try await refused([command[0], "nosuch"] + command.dropFirst(), words: ["no study 'nosuch'", "autolora list"])
    }

    @Test func `a space file that does not exist or says nothing is named`() async throws {
        try await refused(["run", "nosuch.yaml"], words: ["nosuch.yaml", "no such file"])
        _ = try temporary.write("", to: "empty.yaml")
        try await refused(["run", "empty.yaml"], words: ["empty.yaml"])
        try await refused(["check", "empty.yaml"], words: ["empty.yaml"])
    }

    @Test func `an unknown key is located, with the nearest known name`() async throws {
        let space = CommandTrainerTests.space().replacingOccurrences(of: "run_cap: 9", with: "run_cup: 9")
        _ = try temporary.write(space, to: "space.yaml")
        try await refused(["run", "space.yaml"], words: ["space.yaml:4:1", "run_cup", "did you mean 'run_cap'?"])
    }

    @Test func `an empty space is refused`() async throws {
        let space = CommandTrainerTests.space().replacingOccurrences(of: "  x: {min: 10, max: 99}", with: "  {}")
        _ = try temporary.write(space, to: "space.yaml")
        try await refused(["run", "space.yaml"], words: ["space.yaml:", "parameters"])
    }

    @Test func `a folder that cannot be written is named`() async throws {
        _ = try temporary.write(CommandTrainerTests.space(), to: "space.yaml")
        _ = try temporary.write(CommandTrainerTests.trainer, to: "train.sh")
        _ = try temporary.write("a file, not a folder", to: "taken")
        try await refused(
            ["run", "space.yaml", "--studies", "taken"], words: ["taken/lab", "cannot be written: Not a directory"])
    }

    @Test(arguments: ["../outside", "a/b", ".hidden", "-x"])
    func `a study's name cannot lead out of the folder`(name: String) async throws {
        _ = try temporary.write(CommandTrainerTests.space(), to: "space.yaml")
        try await refused(["run", "space.yaml", "--study=\(name)"], words: [name, "cannot name a study"])
    }

    @Test func `a name may bear combining marks, and is found however it is typed`() async throws {
        _ = try temporary.write(CommandTrainerTests.space(name: "cafe\u{301}", cap: 1), to: "space.yaml")
        _ = try temporary.write("echo '{\"score\": 1}'", to: "train.sh")
        let run = try await autolora.run("run", "space.yaml", "--studies", "my studies")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("autolora best cafe\u{301} --studies 'my studies'\n"), "\(run.output)")
        for name in ["cafe\u{301}", "caf\u{e9}"] {
            #expect(try await autolora.run("status", name, "--studies", "my studies").code == 0)
        }
        try await refused(
            ["run", "space.yaml", "--study", "caf\u{e9}", "--studies", "my studies"],
            words: ["study 'cafe\u{301}' exists already", "autolora resume cafe\u{301} --studies 'my studies', or"])
        try await refused(
            ["status", "nosuch", "--studies", "my studies"], words: ["`autolora list --studies '", "my studies'`"])
        let trials = temporary.path + "/my studies/cafe\u{301}/trials"
        try FileManager.default.removeItem(atPath: trials)
        try Data().write(to: URL(filePath: trials))
        try await refused(
            ["resume", "cafe\u{301}", "--studies", "my studies", "--trials", "2"], words: ["trials: is a regular file, where"])
        try FileManager.default.removeItem(atPath: trials)
        try FileManager.default.createDirectory(atPath: trials, withIntermediateDirectories: false)
        try await refused(
            ["export", "caf\u{e9}", "--studies", "my studies", "--format", "json", "--output", "train.sh/best.json"],
            words: ["train.sh/best.json", "cannot be written: "])
    }

    @Test func `usage errors end with code 2 or EX_USAGE`() async throws {
        for arguments in [["frobnicate"], ["run"], ["export", "x", "--format", "xml", "--output", "y"]] {
            let result = try await autolora.wait(for: try autolora.start(arguments))
            #expect([2, 64].contains(result.code))
            #expect(!result.errors.isEmpty)
        }
    }

    @Test func `help and version are answered`() async throws {
        let help = try await autolora.run("--help")
        #expect(help.code == 0)
        for command in ["run", "resume", "status", "trials", "best", "export", "train", "check", "list", "doctor"] {
            #expect(help.output.contains("  \(command) "))
        }
        let doctor = try #require(try await autolora.run("doctor", "--json").json() as? [String: Any])
        #expect(Set(doctor.keys).isSuperset(of: ["version", "cpu", "blas", "sqlite"]))
        let kernels = try #require(doctor["kernels"] as? [String: Any])
        #expect((kernels["available"] as? [String])?.contains(try #require(kernels["used"] as? String)) == true)
        #expect(["fp32", "bf16"].contains(kernels["precision"] as? String))
    }
}
