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

    @Test(arguments: [170_000, 150_000])
    func `with little address space commands work or fail, and none hangs`(kibibytes: Int) async throws {
        try writeSpace()
        let result = try await autolora("check space.yaml", limits: "ulimit -v \(kibibytes)")
        #expect(result.code != 137, "it hung")
    }

    @Test func `a method whose library has no room is refused before the first trial`() async throws {
        try writeSpace("gp")
        let result = try await autolora("run space.yaml", limits: "ulimit -v 300000")
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
