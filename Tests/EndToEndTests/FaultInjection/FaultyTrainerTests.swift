import Foundation
import TestSupport
import Testing

/// Trainers that do all that a trainer should not, in one study that comes to its end all the same.
@Suite(.timeLimit(.minutes(5))) struct FaultyTrainerTests {
    /// What a trial does, the state it must come to, and words of its error.
    private static let faults: [(name: String, script: String, state: String, words: String)] = [
        ("binary", "head -c 300000 /dev/urandom; echo; report 1", "complete", ""),
        ("zeroes", "head -c 300000 /dev/zero; echo; report 1", "complete", ""),
        ("long-line", "head -c 10485760 /dev/zero | tr '\\0' x; echo; report 1", "complete", ""),
        ("no-newline", "printf '{\"score\": 1}'", "complete", ""),
        ("no-utf8", "printf '\\377\\376\\200{\\n'; printf '{\"score\": 1, \"\\377\": 2}\\n'", "complete", ""),
        ("half-a-report", "printf '{\"score\": 1'; echo; echo '{\"score\": \"high\"}'", "failed", "without a report"),
        ("silent", ":", "failed", "without a report"),
        ("flood", "i=0; while [ $i -lt 500 ]; do i=$((i + 1)); report $i; done", "complete", ""),
        ("only-errors", "report 1 >&2", "failed", "without a report"),
        ("no-such-program", "exec /no/such/program", "failed", "exit code 127"),
        ("code-1", "report 1; exit 1", "failed", "exit code 1"), ("code-2", "exit 2", "failed", "exit code 2"),
        ("code-99", "report 1; exit 99", "failed", "exit code 99"), ("code-255", "exit 255", "failed", "exit code 255"),
        ("segv", "report 1; kill -SEGV $$", "failed", "signal 11"), ("abrt", "kill -ABRT $$", "failed", "signal 6"),
        ("bus", "kill -BUS $$", "failed", "signal 7"), ("fpe", "kill -FPE $$", "failed", "signal 8"),
        ("pipe", "kill -PIPE $$", "failed", "signal 13"), ("usr1", "kill -USR1 $$", "failed", "signal 10"),
        ("killed", "report 1; kill -KILL $$", "failed", "signal 9 from outside"),
        ("killed-once", "report 1; [ -e once ] || { touch once; kill -KILL $$; }; report 2", "complete", ""),
        ("grandchild", "(sleep 300 &); report 1", "complete", ""),
        ("runaway", "setsid sh -c 'sleep 300 & sleep 300' & report 1", "complete", ""),
        ("horde", "i=0; while [ $i -lt 60 ]; do i=$((i + 1)); sleep 300 & done; report 1", "complete", ""),
        ("homeless", "report 1; cd /; rm -rf \"$AUTOLORA_TRIAL_DIR\"; report 2", "complete", ""),
        ("squatter", "cd /; rm -rf \"$AUTOLORA_TRIAL_DIR\"; touch \"$AUTOLORA_TRIAL_DIR\"; report 1", "complete", ""),
        (
            "bad-checkpoint",
            """
            report 1; [ -n "$AUTOLORA_RESUME_FROM" ] && exit 3
            [ -e once ] && { report 2; exit 0; }
            mkdir -p checkpoint; head -c 100 /dev/urandom > checkpoint/state; touch once; kill -KILL $$
            """, "complete", ""
        ),
        ("hungry", "ulimit -v 400000; report 1; exec python3 -c 'bytearray(10**9)'", "pruned", "out of memory"),
    ]

    /// What only a limit on time can end.
    private static let delays: [(name: String, script: String, state: String, words: String)] = [
        ("hang", "report 1; sleep 300", "failed", "report_timeout"),
        ("busy", "while :; do echo busy; sleep 0.2; done", "failed", "trial_timeout"),
        ("stopped", "report 1; kill -STOP $$", "failed", "report_timeout"),
        ("deaf", "trap '' TERM INT HUP; report 1; while :; do sleep 0.2 >&- 2>&-; done", "failed", "report_timeout"),
        ("mute", "report 1; exec >&- 2>&-; sleep 300", "failed", "report_timeout"),
    ]

    @Test func `whatever a trainer does, the study comes to its end, says what happened, and leaves nothing behind`()
        async throws
    {
        try await run(Self.faults, "max_retries: 2")
    }

    @Test func `what goes on for ever is ended in time`() async throws {
        try await run(Self.delays, "trial_timeout: 20\nreport_timeout: 8")
    }

    private func run(_ faults: [(name: String, script: String, state: String, words: String)], _ limits: String) async throws {
        let temporary = try TemporaryFolder()
        let autolora = Autolora(in: temporary.path)
        let cases = faults.map { "\($0.name)) \($0.script);;" }.joined(separator: "\n")
        _ = try temporary.write(
            """
            report() { echo "{\\"step\\": $1, \\"score\\": $1}"; }
            cd "$AUTOLORA_TRIAL_DIR"
            case ${1#--fault=} in
            \(cases)
            esac
            """, to: "train.sh")
        _ = try temporary.write(
            """
            name: faults
            metric: {name: score, goal: maximize}
            method: grid
            workers: 4
            max_failures: 1000
            \(limits)
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters: {fault: {values: [\(faults.map(\.name).joined(separator: ", "))]}}

            """, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == (faults.contains { $0.state == "complete" } ? 0 : 1), "\(run.errors)")
        #expect(processes(workingIn: temporary.path).isEmpty)
        let trials = try #require(try await autolora.run("trials", "faults", "--json").json() as? [[String: Any]])
        #expect(trials.count == faults.count)
        for trial in trials {
            let name = (trial["parameters"] as? [String: String])?["fault"] ?? ""
            let fault = try #require(faults.first { $0.name == name })
            let error = trial["error"] as? String ?? ""
            #expect(trial["state"] as? String == fault.state, "\(name): \(trial["state"] ?? "") \(error)")
            #expect(fault.words.isEmpty ? error.isEmpty : error.contains(fault.words), "\(name): \(error)")
        }
    }

    @Test func `a study that cannot work is given up, with the last error`() async throws {
        let temporary = try TemporaryFolder()
        let autolora = Autolora(in: temporary.path)
        _ = try temporary.write("echo 'no module named torch' >&2; exit 3", to: "train.sh")
        _ = try temporary.write(
            CommandTrainerTests.space(extra: "max_failures: 3", cap: 20), to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 1)
        for words in [
            "autolora: 3 trials have failed in this run (max_failures 3)", "trial 2: ended with exit code 3",
            "no module named torch", "autolora resume lab",
        ] { #expect(run.errors.contains(words), "\(run.errors)") }
        let trials = try #require(try await autolora.run("trials", "lab", "--json").json() as? [[String: Any]])
        #expect(trials.map { $0["state"] as? String } == ["failed", "failed", "failed"])
        // Once it is mended, the rest of the study is run.
        _ = try temporary.write("echo '{\"score\": 1}'", to: "train.sh")
        #expect(try await autolora.run("resume", "lab").code == 0)
        let status = try #require(try await autolora.run("status", "lab", "--json").json() as? [String: Any])
        #expect((status["trials"] as? [String: Int])?["complete"] == 17)
    }
}
