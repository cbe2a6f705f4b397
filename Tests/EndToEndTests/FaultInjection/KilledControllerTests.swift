import Foundation
import SearchSpaces
import Studies
import TestSupport
import Testing

/// Controllers that are killed at random moments; `make soak` kills more of them.
@Suite(.timeLimit(.minutes(60))) struct KilledControllerTests {
    private let settings = SoakSettings.given

    /// One worker: the same study in the end. Several: the same rules.
    @Test(arguments: [1, 3]) func `however often its controller is killed, a scripted study is what it would have been`(
        workers: Int
    ) async throws {
        let cap = 9
        var (kills, midTrial) = (0, 0)
        var longest = Duration.zero
        var generator = settings.generator(workers)
        var round = 0
        while kills < settings.kills {
            defer { round += 1 }
            let scripted = try ScriptedStudy(seed: settings.seed + round, cap: cap, workers: workers)
            var tormentor = ControllerKills(
                autolora: scripted.autolora, root: scripted.root, cap: cap, start: { try scripted.start($0) },
                printed: { scripted.printed(in: $0) }, settings: settings, generator: generator, span: 0.7)
            let killed = try await tormentor.torment("killed", atMost: min(12, settings.kills - kills))
            generator = tormentor.generator
            kills += max(tormentor.kills, 1)
            midTrial += tormentor.midTrial
            longest = max(longest, tormentor.longestLife)
            guard workers == 1 else { continue }
            let calm = try scripted.start("calm")
            #expect(try await scripted.autolora.wait(for: calm).code == 0)
            #expect(try Snapshot(scripted.root, "calm")?.essence == killed.essence, "seed \(settings.seed + round)")
        }
        print(
            "faults: \(kills) kills of \(workers)-worker studies, \(midTrial) of them amid trials; the last process was gone after \(longest)"
        )
    }

    /// What its controller did not read is in the pipe, or in the log; the checkpoint is beyond it.
    @Test func `a trainer that prints each report but once loses none with its controller`() async throws {
        var generator = settings.generator(41)
        var (kills, round) = (0, 0)
        while kills < max(8, settings.kills / 2) {
            defer { round += 1 }
            let study = try ScriptedStudy(seed: settings.seed + round, cap: 6, trainer: ScriptedStudy.forgetful)
            var tormentor = ControllerKills(
                autolora: study.autolora, root: study.root, cap: 6, start: { try study.start($0) },
                printed: { study.printed(in: $0) }, settings: settings, generator: generator, span: 0.5, killsTrials: false)
            let killed = try await tormentor.torment("killed", atMost: 12)
            generator = tormentor.generator
            kills += max(tormentor.kills, 1)
            #expect(try await study.autolora.wait(for: try study.start("calm")).code == 0)
            #expect(try Snapshot(study.root, "calm")?.essence == killed.essence, "seed \(settings.seed + round)")
        }
        print("faults: \(kills) kills of the controllers of trainers that print each report once")
    }

    @Test func `a controller that slept and was killed loses nothing that was printed meanwhile`() async throws {
        let study = try ScriptedStudy(seed: 3, cap: 1, trainer: ScriptedStudy.forgetful)
        let space = try #require(study.temporary.read("space.yaml"))
        _ = try study.temporary.write(
            space.replacing("type: asha, eta: 3, min_iter: 1, max_iter: 9", with: "type: none"), to: "space.yaml")
        let process = try study.start("slept")
        while study.printed(in: "slept").isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        kill(process.processIdentifier, SIGSTOP)
        while study.printed(in: "slept").count < 9 { try await Task.sleep(for: .milliseconds(5)) }
        kill(process.processIdentifier, SIGKILL)
        _ = try await study.autolora.wait(for: process)
        #expect(try await study.autolora.wait(for: try study.start("slept")).code == 0)
        let trials = try #require(try Snapshot(study.root, "slept")).trials
        #expect(trials.map(\.state) == [.complete])
        #expect(trials.first?.reports.map(\.step) == Array(1...9))
    }

    /// Its supervisor has kept what it could not pass on.
    @Test func `a controller that slept while its trial's supervisor was killed loses nothing either`() async throws {
        let study = try ScriptedStudy(seed: 3, cap: 1, more: "max_retries: 3", trainer: ScriptedStudy.forgetful)
        let space = try #require(study.temporary.read("space.yaml"))
        _ = try study.temporary.write(
            space.replacing("type: asha, eta: 3, min_iter: 1, max_iter: 9", with: "type: none"), to: "space.yaml")
        let process = try study.start("slept")
        while study.printed(in: "slept").isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let supervisor = try #require(
            processes(workingIn: study.root).first { number in
                let command = (try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8)) ?? ""
                return command.contains("autolora-supervisor")
            })
        process.signal(SIGSTOP)
        while study.printed(in: "slept").count < 6 { try await Task.sleep(for: .milliseconds(5)) }
        kill(supervisor, SIGKILL)
        process.signal(SIGCONT)
        let result = try await study.autolora.wait(for: process)
        #expect(result.code == 0, "\(result.errors)")
        let trials = try #require(try Snapshot(study.root, "slept")).trials
        #expect(trials.map(\.launches) == [2])
        #expect(trials.first?.reports.map(\.step) == Array(1...9))
    }

    @Test func `whichever of its processes are killed, a study comes to the same end by itself`() async throws {
        var generator = settings.generator(11)
        for round in 0..<max(1, settings.kills / 20) {
            let study = try ScriptedStudy(seed: settings.seed + round, cap: 9, more: "max_retries: 1000")
            let process = try study.start("killed")
            // Ever more seldom: on a busy machine nothing would come of it otherwise.
            var pause = 0.1
            while process.isRunning {
                pause *= 1.1
                try await Task.sleep(for: .seconds(Double.random(in: 0...pause, using: &generator)))
                guard let victim = trialProcesses(of: study.root + "/killed/").randomElement(using: &generator) else {
                    continue
                }
                kill(victim, [SIGKILL, SIGTERM].randomElement(using: &generator) ?? SIGKILL)
            }
            let result = try await study.autolora.wait(for: process)
            #expect(result.code == 0, "\(result.errors)")
            let calm = try await study.autolora.wait(for: try study.start("calm"))
            #expect(calm.code == 0)
            let killed = try #require(try Snapshot(study.root, "killed"))
            killed.check(after: nil, printed: study.printed(in: "killed"), cap: 9, "children")
            killed.checkEnd(printed: study.printed(in: "killed"), cap: 9, "children")
            #expect(
                try Snapshot(study.root, "calm")?.essence == killed.essence, "seed \(settings.seed + round): \(result.errors)")
            #expect(processes(workingIn: study.root).isEmpty)
        }
    }

    @Test func `what outlived its supervisor and its controller ends when the study goes on`() async throws {
        let study = try ScriptedStudy(
            seed: 1, cap: 1,
            trainer: "(trap '' TERM HUP; sleep ${NAP:-0} >/dev/null 2>&1) & sleep ${NAP:-0}; echo '{\"score\": 1}'")
        let process = try study.autolora.start(["run", "space.yaml"], environment: ["NAP": "300"])
        func working() -> [pid_t] { processes(workingIn: study.root) }
        // The supervisor, the shell, and the two that sleep.
        while working().count < 4 { try await Task.sleep(for: .milliseconds(10)) }
        let supervisors = working().filter { number in
            let command = (try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8)) ?? ""
            return command.contains("autolora-supervisor")
        }
        #expect(supervisors.count == 1)
        // Stopped, the controller sees nothing of its supervisor's death; dead, it would be seen by that.
        kill(process.processIdentifier, SIGSTOP)
        for victim in supervisors + [process.processIdentifier] { kill(victim, SIGKILL) }
        _ = try await study.autolora.wait(for: process)
        #expect(!working().isEmpty)
        let resumed = try await study.autolora.run("resume", "lab")
        #expect(resumed.errors.contains("of an earlier run ended"), "\(resumed.errors)")
        #expect(working().isEmpty)
    }
}
