import Foundation
import SearchSpaces
import TestSupport
import Testing

/// The built-in trainer under a controller that is killed, with checkpoints that are damaged meanwhile.
@Suite(.timeLimit(.minutes(60))) struct KilledBuiltInTests {
    private let settings = SoakSettings.given
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        _ = try temporary.write(BuiltInStudyTests.space, to: "space.yaml")
    }

    private func start(_ study: String) throws -> ChildProcess {
        let isThere = FileManager.default.fileExists(atPath: temporary.path + "/studies/\(study)/study.sqlite")
        let words =
            isThere ? ["resume", study, "--quiet"] : ["run", "space.yaml", "--study", study, "--workers", "1", "--quiet"]
        return try autolora.start(words)
    }

    /// Cuts off the end of checkpoints or turns one of their bits, of the newest, the one before it, or both.
    private func damageCheckpoints(of study: String, _ generator: inout SeededGenerator) throws -> Int {
        guard Int.random(in: 0..<3, using: &generator) == 0 else { return 0 }
        let trials = temporary.path + "/studies/\(study)/trials"
        var damaged = 0
        for number in (try? FileManager.default.contentsOfDirectory(atPath: trials).sorted()) ?? [] {
            for name in ["state", "previous"] where Bool.random(using: &generator) {
                let path = "\(trials)/\(number)/checkpoint/\(name).safetensors"
                guard let file = try? FileHandle(forUpdating: URL(filePath: path)) else { continue }
                let place = UInt64.random(in: 0..<max(try file.seekToEnd(), 1), using: &generator)
                if Bool.random(using: &generator) {
                    try file.truncate(atOffset: place)
                } else {
                    try file.seek(toOffset: place)
                    let byte = try #require(try file.read(upToCount: 1)?.first)
                    try file.seek(toOffset: place)
                    try file.write(contentsOf: [byte ^ (1 << UInt8.random(in: 0..<8, using: &generator))])
                }
                try file.close()
                damaged += 1
            }
        }
        return damaged
    }

    private func adapter(of study: String) async throws -> Data {
        let best = try #require(try await autolora.run("best", study, "--json").json() as? [String: Any])
        let folder = try #require(best["adapter"] as? String)
        return try Data(contentsOf: URL(filePath: folder + "/adapter_model.safetensors"))
    }

    @Test func `killed and with damaged checkpoints, it ends as an undisturbed study does, to the adapter's last bit`()
        async throws
    {
        #expect(try await autolora.wait(for: try start("calm")).code == 0)
        let calm = try #require(try Snapshot(temporary.path + "/studies", "calm"))
        var (kills, midTrial, damaged) = (0, 0, 0)
        var generator = settings.generator(31)
        var round = 0
        while kills < max(3, settings.kills / 4) {
            defer { round += 1 }
            var tormentor = ControllerKills(
                autolora: autolora, root: temporary.path + "/studies", cap: 6, start: start, printed: { _ in nil },
                settings: settings, generator: generator, span: 0.8, spoil: { damaged += try damageCheckpoints(of: $0, &$1) })
            let killed = try await tormentor.torment("killed-\(round)", atMost: settings.isLong ? 20 : 3)
            generator = tormentor.generator
            kills += max(tormentor.kills, 1)
            midTrial += tormentor.midTrial
            #expect(killed.essence == calm.essence)
            #expect(try await adapter(of: "killed-\(round)") == (try await adapter(of: "calm")))
        }
        print(
            "faults: \(kills) kills of the built-in trainer's studies, \(midTrial) of them amid trials, \(damaged) checkpoints damaged"
        )
    }
}
