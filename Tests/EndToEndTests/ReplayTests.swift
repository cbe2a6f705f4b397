import Foundation
import GRDB
import TestSupport
import Testing

/// `verify --replay`, on a study as it was run and on one that was changed since.
@Suite(.timeLimit(.minutes(5))) struct ReplayTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    private static let space = """
        name: toy
        metric: {name: score, goal: maximize}
        method: tpe
        run_cap: 9
        workers: 2
        seed: 5
        early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 3}
        trainer: {type: command, command: [sh, trial.sh, "${args}"]}
        parameters:
          x: {min: 0.0, max: 1.0}
        """

    init() async throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        _ = try temporary.write(Self.space, to: "space.yaml")
        _ = try temporary.write(
            #"""
            for i in 1 2 3; do
              echo "{\"step\": $i, \"score\": 0.${1#--x=0.}}"
              [ "$i" = "$AUTOLORA_STOP_AFTER" ] && break
            done
            """#, to: "trial.sh")
        try #require(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
    }

    private func change(_ sql: String) throws {
        try DatabaseQueue(path: temporary.path + "/studies/toy/study.sqlite").write { try $0.execute(sql: sql) }
    }

    @Test func `a study as it was run comes out the same`() async throws {
        let result = try await autolora.run("verify", "toy", "--replay")
        #expect(result.code == 0, "\(result.output)")
        let line = result.output.split(separator: "\n").map(String.init)
        #expect(line.count == 1 && line[0].hasPrefix("study toy is whole: 9 trials, "))
        #expect(line[0].firstMatch(of: /; replayed, all \d+ decisions come out the same$/) != nil)
    }

    @Test func `a configuration that no seed gives is named with its event`() async throws {
        try change(#"UPDATE trial SET assignment = '{"x":0.123}' WHERE number = 2"#)
        #expect(try await autolora.run("verify", "toy").code == 0)
        let result = try await autolora.run("verify", "toy", "--replay")
        #expect(result.code == 1)
        let first = try #require(result.output.split(separator: "\n").first)
        let place =
            /study\.sqlite: event \d+ of \d+: trial 2 was started up to report 1; replayed, a new trial would start up to report 1 with x=/
        #expect(first.firstMatch(of: place) != nil, "\(first)")
        let reasons = "by another version, with another space file, or on a machine with other memory or processors"
        #expect(first.hasSuffix("; the store was changed, or the study was run \(reasons)"))
    }

    @Test func `a promotion that nothing speaks for is named`() async throws {
        try change("UPDATE report SET value = -value")
        let result = try await autolora.run("verify", "toy", "--replay")
        #expect(result.code == 1)
        #expect(result.output.contains("; replayed, "))
    }
}
