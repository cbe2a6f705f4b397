import Foundation
import Studies
import Synchronization
import TestSupport
import Testing
import TrialRunners

@Suite(.timeLimit(.minutes(10))) struct LocalRunnerTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private func launch(
        _ script: String, environment: [String: String?] = [:], timeout: Double? = nil, silence: Double? = nil,
        grace: Double = 0.5
    ) -> Launch {
        Launch(
            trial: Trial.ID(0), command: ["/bin/sh", "-c", script], environment: environment,
            workingFolder: temporary.path, folder: temporary.path, reports: WantedReports(metric: "score"), timeout: timeout,
            silence: silence, grace: grace)
    }

    private func runner() -> LocalRunner { LocalRunner(executable: TemporaryFolder.autolora) }

    /// Runs a script; `directive` answers each report by its number, from 1.
    private func run(
        _ script: String, environment: [String: String?] = [:], grace: Double = 0.5,
        directive: @escaping @Sendable (Int) -> Directive = { _ in .goOn }
    ) async -> (ending: TrialLife.Ending, reports: [ReportLine]) {
        let reports = Mutex<[ReportLine]>([])
        let ending = await runner().run(launch(script, environment: environment, grace: grace)) { report in
            directive(
                reports.withLock { reports in
                    reports.append(report)
                    return reports.count
                })
        }.ending
        return (ending, reports.withLock { $0 })
    }

    /// Processes, zombies left out, whose command line holds a word.
    private func processes(with word: String) -> [String] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return numbers.filter { Int($0) != nil }.filter { number in
            let command = (try? Data(contentsOf: URL(filePath: "/proc/\(number)/cmdline"))) ?? Data()
            let state = (try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8))?.split(separator: ")").last
            return String(decoding: command, as: UTF8.self).contains(word) && state?.hasPrefix(" Z") == false
        }
    }

    @Test func `reports come back in order and both streams are in the log`() async {
        let (ending, reports) = await run(
            #"echo hello; echo '{"score": 1, "step": 5}'; echo oops >&2; echo '{"score": 2}'; printf '{"score": 3}'"#)
        #expect(ending == .exited(0))
        #expect(reports.map(\.value) == [1, 2, 3])
        #expect(reports.first?.step == 5)
        let log = temporary.read("log.txt") ?? ""
        #expect(log.contains("hello") && log.contains("oops"))
    }

    @Test func `an error between the pieces of a line has a line of its own, and is the reason`() async {
        let script = """
            printf trial; sleep 0.05; echo 'Traceback: the data loader died in worker 2' >&2; sleep 0.05; echo ' 2 begins'
            sleep 0.1; echo 'trial 2 says goodbye'; exit 1
            """
        let completion = await runner().run(launch(script)) { _ in .goOn }
        #expect(completion.evidence.reason == "Traceback: the data loader died in worker 2")
        let lines = temporary.read("log.txt")?.split(separator: "\n") ?? []
        #expect(lines.contains("Traceback: the data loader died in worker 2"))
    }

    @Test func `a line that does not end holds back the other stream for a moment alone`() async throws {
        let work = Task {
            await run("printf 'Password: ' >&2; sleep 0.1; echo 'step 1'; sleep 600", directive: { _ in .endNow })
        }
        #expect(try await eventually { temporary.read("log.txt") == "Password: \nstep 1\n" })
        work.cancel()
        _ = await work.value
    }

    @Test func `exit codes and signals are told apart`() async {
        #expect(await run("exit 3").ending == .exited(3))
        #expect(await run("kill -9 $$").ending == .signaled(9))
        #expect(await run("kill -SEGV $$").ending == .signaled(11))
    }

    @Test func `a program that is not there is named in the log`() async {
        var launch = launch("")
        launch.command = ["/no/such/program"]
        let ending = await runner().run(launch) { _ in .goOn }.ending
        #expect(ending == .exited(127))
        #expect(temporary.read("log.txt")?.contains("cannot be run as a program: No such file") == true)
    }

    @Test func `the environment is inherited, added to and taken from`() async throws {
        try #require(ProcessInfo.processInfo.environment["HOME"] != nil)
        let (_, reports) = await run(
            #"[ -z "$HOME" ] && [ -n "$PATH" ] && echo "{\"score\": $GIVEN}""#,
            environment: ["GIVEN": "42", "HOME": nil])
        #expect(reports.map(\.value) == [42])
    }

    @Test func `arguments reach the program as they are, through no shell`() async {
        var launch = launch("")
        launch.command = ["/bin/sh", "-c", #"printf '%s' "$1" > said"#, "sh", "$(touch pwned) `x` \"' ;"]
        #expect(await runner().run(launch) { _ in .goOn }.ending == .exited(0))
        #expect(temporary.read("said") == "$(touch pwned) `x` \"' ;")
        #expect(temporary.read("pwned") == nil)
    }

    @Test func `a pruned trial gets TERM and may clean up`() async {
        let (ending, _) = await run(
            #"trap 'echo cleaned; exit 0' TERM; echo '{"score": 1}'; while :; do sleep 0.05; done"#,
            directive: { _ in .endNow })
        #expect(ending == .terminated)
        #expect(temporary.read("log.txt")?.contains("cleaned") == true)
    }

    @Test func `one that ignores TERM is killed with its children after the grace`() async {
        let word = "autolora-test-\(UUID().uuidString)"
        let start = ContinuousClock.now
        let (ending, _) = await run(
            #"trap '' TERM; sh -c 'trap "" TERM; sleep 600; : \#(word)' & echo '{"score": 1}'; while :; do sleep 1; done"#,
            directive: { _ in .endNow })
        #expect(ending == .killed)
        #expect(start.duration(to: .now) < .seconds(300))
        #expect(processes(with: word).isEmpty)
    }

    @Test func `grandchildren that hold the pipe do not hold the trial`() async {
        let word = "autolora-test-\(UUID().uuidString)"
        let start = ContinuousClock.now
        let (ending, reports) = await run(
            #"setsid sh -c 'sleep 600; : \#(word)' & echo '{"score": 1}'; exit 0"#)
        #expect(ending == .exited(0))
        #expect(reports.count == 1)
        #expect(start.duration(to: .now) < .seconds(300))
        #expect(processes(with: word).isEmpty)
    }

    @Test func `a paused trial that ends by itself is not disturbed`() async {
        let (ending, _) = await run(
            #"echo '{"score": 1}'; sleep 0.5; echo saved > checkpoint.txt; exit 0"#,
            grace: 20, directive: { _ in .pause })
        #expect(ending == .exited(0))
        #expect(temporary.read("checkpoint.txt") == "saved\n")
    }

    @Test func `a paused trial that does not end by itself gets TERM`() async {
        let (ending, reports) = await run(
            #"echo '{"score": 1}'; while :; do sleep 0.05; done"#, directive: { _ in .pause })
        #expect(ending == .terminated)
        #expect(reports.count == 1)
    }

    /// Writes a checkpoint in twenty parts, which takes longer than the grace time of two seconds.
    private static let slowSave =
        "mkdir -p checkpoint; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo $i >> checkpoint/parts; sleep 0.2; done"

    private var savedParts: Int { temporary.read("checkpoint/parts")?.split(separator: "\n").count ?? 0 }

    @Test func `a checkpoint that takes longer than the grace time is written whole, as the folder changes`() async {
        let (ending, _) = await run("echo '{\"score\": 1}'; \(Self.slowSave)", grace: 2, directive: { _ in .pause })
        #expect(ending == .exited(0))
        #expect(savedParts == 20)
    }

    @Test func `after its last report a trial has all the time that it takes`() async {
        let (ending, _) = await run(
            "echo '{\"score\": 1}'; sleep 2; echo whole > adapter", grace: 0.2, directive: { _ in .finish })
        #expect(ending == .exited(0))
        #expect(temporary.read("adapter") == "whole\n")
    }

    @Test func `one that goes on reporting is ended, but not in the middle of a save`() async {
        let save = "for i in 1 2 3 4 5 6; do echo $i >> checkpoint/parts; sleep 0.1; done"
        let (ending, reports) = await run(
            "mkdir checkpoint; echo '{\"score\": 1}'; \(save); echo '{\"score\": 2}'; \(save); sleep 600", grace: 30,
            directive: { $0 == 1 ? .pause : .endNow })
        #expect(ending == .terminated)
        #expect(reports.count == 2)
        #expect(savedParts == 12)
    }

    @Test func `one that writes for ever is not waited for for ever`() async {
        let (ending, _) = await run(
            "trap '' TERM; echo '{\"score\": 1}'; i=0; while :; do i=$((i + 1)); echo $i > busy; sleep 0.02; done", grace: 0.2,
            directive: { _ in .endNow })
        #expect(ending == .killed)
    }

    @Test func `cancellation ends the process and what it said last is read`() async throws {
        let script = #"trap 'echo "{\"score\": 2}"; exit 5' TERM; echo '{"score": 1}'; while :; do sleep 0.05; done"#
        let task = Task { await run(script) }
        while temporary.read("log.txt")?.contains("score") != true { try await Task.sleep(for: .milliseconds(10)) }
        task.cancel()
        let (ending, reports) = await task.value
        #expect(ending == .terminated)
        #expect(reports.map(\.value) == [1, 2])
    }

    @Test func `garbage, endless lines and bad UTF-8 do no harm`() async {
        let (ending, reports) = await run(
            #"head -c 3000000 /dev/urandom; echo; head -c 2000000 /dev/zero; echo; printf '\377\376{\n'; echo '{"score": 7}'"#)
        #expect(ending == .exited(0))
        #expect(reports.map(\.value) == [7])
    }

    @Test(arguments: ["sleep 600", "kill -STOP $$", "trap '' TERM; while :; do sleep 1; done"])
    func `silence is ended, whatever kind it is`(silent: String) async {
        let launch = launch("echo '{\"score\": 1}'; \(silent)", silence: 0.5, grace: 0.2)
        let ending = await runner().run(launch) { _ in .goOn }.ending
        #expect(ending == .timedOut(.silence(0.5)))
        #expect(temporary.read("log.txt")?.contains("without any output (report_timeout)") == true)
    }

    @Test func `any output is a sign of life, and the launch has its own limit`() async {
        let launch = launch("while :; do echo busy >&2; sleep 0.1; done", timeout: 9, silence: 7)
        #expect(await runner().run(launch) { _ in .goOn }.ending == .timedOut(.launch(9)))
    }

    @Test func `limits that are kept change nothing`() async {
        let launch = launch("echo '{\"score\": 1}'; exit 4", timeout: 60, silence: 60)
        #expect(await runner().run(launch) { _ in .goOn }.ending == .exited(4))
    }

    @Test func `where the supervisor is killed, what the trial started ends too`() async throws {
        let word = "autolora-test-\(UUID().uuidString)"
        let folder = temporary.path
        var launch = launch(
            #"setsid sh -c 'sleep 600; : \#(word)' & echo $PPID > supervisor; echo '{"score": 1}'; sleep 600; : \#(word)"#,
            environment: ["AUTOLORA_TRIAL_DIR": folder])
        launch.folder = folder
        let ending = Task { [launch] in await runner().run(launch) { _ in .goOn }.ending }
        while temporary.read("log.txt")?.contains("score") != true { try await Task.sleep(for: .milliseconds(10)) }
        let supervisor = try #require(temporary.read("supervisor").flatMap { pid_t($0.dropLast()) })
        kill(supervisor, SIGKILL)
        #expect(await ending.value == .signaled(9))
        #expect(processes(with: word).isEmpty)
    }

    @Test func `when the controller is killed, the trial is gone at once, whatever its grace`() async throws {
        let word = "autolora-test-\(UUID().uuidString)"
        let stubborn = #"trap "" TERM INT HUP; while :; do sleep 0.1; : \#(word); done"#
        // The other end of its standard input is the controller's life.
        let supervisor = try ChildProcess(
            [TemporaryFolder.binary("autolora-supervisor"), "600000", "/bin/sh", "-c", stubborn], in: temporary.path,
            input: .pipe)
        #expect(try await eventually { processes(with: word).count >= 2 })
        supervisor.closeInput()
        #expect(try await eventually { processes(with: word).isEmpty && !supervisor.isRunning })
    }
}
