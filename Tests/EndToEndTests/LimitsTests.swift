import Foundation
import TestSupport
import Testing

@Suite struct LimitsTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    /// Runs the binary from a shell that sets limits first.
    private func autolora(_ arguments: String, limits: String) async throws -> (code: Int32, output: String) {
        let line = "\(limits); exec timeout -s KILL 60 '\(TemporaryFolder.autolora)' \(arguments) >said 2>&1 </dev/null"
        let process = try ChildProcess(["sh", "-c", line], in: temporary.path)
        return (try await process.end(), temporary.read("said") ?? "")
    }

    private func writeSpace(_ method: String = "random", workers: Int = 1) throws {
        _ = try temporary.write(
            """
            name: limited
            metric: {name: score, goal: maximize}
            method: \(method)
            run_cap: 2
            workers: \(workers)
            trainer: {type: command, command: [sh, -c, 'echo "{\\"score\\": 1}"']}
            parameters: {x: {min: 0.0, max: 1.0}}
            """, to: "space.yaml")
    }

    /// For root the library that runs tasks would raise its threads above all other programs, and trials with them.
    @Test(arguments: [0, 7])
    func `trials are as nice as the run that launched them`(nice: Int) async throws {
        try writeSpace()
        let space = try #require(temporary.read("space.yaml"))
        _ = try temporary.write(space.replacing("sh, -c, 'echo", with: "sh, -c, 'nice >> values; echo"), to: "space.yaml")
        let renice = "[ $(nice) -gt \(nice) ] || renice -n \(nice) -p $$ >/dev/null; nice > base"
        let result = try await autolora("run space.yaml", limits: renice)
        #expect(result.code == 0, "\(result.output)")
        let base = try #require(temporary.read("base"))
        #expect(temporary.read("values") == base + base)
    }

    /// Whether a command did its work or was told at once which limit to raise: it neither hung nor crashed.
    private func worked(_ arguments: String, limits: String, option: String) async throws -> Bool {
        let result = try await autolora(arguments, limits: limits)
        let isRefused =
            result.code == 1 && result.output.contains("are needed, and the limit is ")
            && result.output.contains("raise it (ulimit \(option) ")
        #expect(result.code == 0 || isRefused, "\(arguments), \(limits): \(result.code) \(result.output)")
        return result.code == 0
    }

    @Test(arguments: [
        ("v", [150_000, 200_000, 250_000, 350_000, 450_000]), ("d", [30_000, 90_000, 150_000, 300_000]),
    ])
    func `with little memory to be had commands work or name the limit, and none hangs`(
        option: String, kibibytes: [Int]
    ) async throws {
        try writeSpace(workers: 2)
        for limit in kibibytes {
            for command in ["--version", "check space.yaml", "run space.yaml --study s\(limit)"] {
                _ = try await worked(command, limits: "ulimit -\(option) \(limit)", option: "-" + option)
            }
        }
        #expect(try await !worked("--version", limits: "ulimit -\(option) \(kibibytes[0])", option: "-" + option))
        #expect(try await worked("run space.yaml", limits: "ulimit -\(option) 4000000", option: "-" + option))
    }

    @Test func `memory for many trials at once is looked for before the first`() async throws {
        try writeSpace(workers: 2000)
        let result = try await autolora("run space.yaml", limits: "ulimit -v 2000000; ulimit -n $(ulimit -H -n)")
        #expect(result.code == 2)
        #expect(result.output.contains("KiB of address space are needed") || result.output.contains("open files"))
        #expect(result.output.contains("2000 trials at once") && result.output.contains("or take fewer --workers"))
    }

    @Test(arguments: [64, 100, 100_000_000])
    func `a stack of another size than usual is no matter`(kibibytes: Int) async throws {
        try writeSpace(workers: 2)
        let limits = "ulimit -s \(kibibytes)"
        #expect(try await worked("check space.yaml", limits: limits, option: "-s"))
        // A trial's shell has what is set.
        if kibibytes > 64 { #expect(try await worked("run space.yaml", limits: limits, option: "-s")) }
    }

    @Test func `too little CPU time ends a command with a word`() async throws {
        let values = (0..<400_000).map { "\($0)" }.joined(separator: ", ")
        _ = try temporary.write("parameters: {x: {values: [\(values)]}}\n", to: "large.yaml")
        let result = try await autolora("check large.yaml", limits: "ulimit -t 2")
        #expect(result.code == 1)
        #expect(result.output.contains("the limit on CPU time (ulimit -t) is used up"), "\(result.output)")
    }

    @Test func `a method whose library has no room is refused before the first trial`() async throws {
        try writeSpace("gp")
        let result = try await autolora("run space.yaml", limits: "ulimit -v 350000")
        #expect(result.code == 2)
        #expect(result.output.contains("address space") && result.output.contains("method: tpe"))
    }

    @Test func `too few open files for the workers are refused with the number`() async throws {
        try writeSpace(workers: 200)
        let result = try await autolora("run space.yaml", limits: "ulimit -n 256")
        #expect(result.code == 2)
        #expect(result.output.contains("200 trials at once may need 1664 open files, and the limit is 256"))
    }

    @Test func `a soft limit is raised as far as it is needed`() async throws {
        try writeSpace(workers: 40)
        let result = try await autolora("run space.yaml", limits: "ulimit -S -n 48")
        #expect(result.code == 0, "\(result.output)")
    }
}
