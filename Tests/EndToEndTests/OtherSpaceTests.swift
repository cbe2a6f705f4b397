import Foundation
import TestSupport
import Testing

/// `resume --space`.
@Suite(.timeLimit(.minutes(5))) struct OtherSpaceTests {
    private let study: ScriptedStudy
    private var autolora: Autolora { study.autolora }

    init() throws { study = try ScriptedStudy(seed: 4, cap: 4) }

    private func space(_ name: String, x: String = "{min: 10, max: 99}", cap: Int = 8, seed: String = "seed: 4") throws {
        let text = try #require(study.temporary.read("space.yaml"))
        let other = text.replacing("{min: 10, max: 99}", with: x).replacing("run_cap: 4", with: "run_cap: \(cap)")
            .replacing("seed: 4", with: seed)
        _ = try study.temporary.write(other, to: name)
    }

    private func parameters() async throws -> [Int] {
        let result = try await autolora.run("trials", "lab", "--json")
        let rows = try #require(try result.json() as? [[String: Any]])
        return rows.compactMap { ($0["parameters"] as? [String: Int])?["x"] }
    }

    @Test func `a study goes on by a wider space and keeps its trials; a narrower one is refused`() async throws {
        #expect(try await autolora.wait(for: try study.start("lab")).code == 0)
        let before = try await parameters()
        #expect(before.count == 4)
        let environment = ["JOURNAL": study.journal]

        try space("narrow.yaml", x: "{min: 98, max: 99}")
        let refused = try await autolora.run("resume", "lab", "--space", "narrow.yaml", environment: environment)
        #expect(refused.code == 2)
        #expect(
            refused.errors.hasPrefix(
                "autolora: narrow.yaml: study 'lab' cannot go on by it: parameters: x: leaves out \(before[0]), which trial 0 has; "
            ))
        #expect(try await parameters() == before)

        try space("wide.yaml", x: "{min: 10, max: 99999}")
        let resumed = try await autolora.run("resume", "lab", "--space", "wide.yaml", "--quiet", environment: environment)
        #expect(resumed.code == 0, "\(resumed.errors)")
        let after = try await parameters()
        #expect(after.count == 8 && Array(after.prefix(4)) == before)
        #expect(after.dropFirst(4).contains { $0 > 99 })

        // The study's own from now on.
        let again = try await autolora.run("resume", "lab", "--trials", "9", "--quiet", environment: environment)
        #expect(again.code == 0, "\(again.errors)")
        #expect(try await parameters().count == 9)
        #expect(try await autolora.run("verify", "lab").code == 0)
    }

    @Test func `the seed is the study's own, not the file's`() async throws {
        let environment = ["JOURNAL": study.journal]
        let run = try await autolora.run(
            "run", "space.yaml", "--trials", "1", "--seed", "5", "--quiet", environment: environment)
        #expect(run.code == 0, "\(run.errors)")
        func resume(_ seed: String) async throws -> (code: Int32, errors: String) {
            try space("other.yaml", cap: 1, seed: seed)
            let result = try await autolora.run(
                "resume", "lab", "--space", "other.yaml", "--quiet", environment: environment)
            return (result.code, result.errors)
        }
        // As the file said it before, as it is, and not at all.
        for fine in ["seed: 4", "seed: 5", ""] {
            let (code, errors) = try await resume(fine)
            #expect(code == 0, "\(fine): \(errors)")
        }
        let (code, errors) = try await resume("seed: 3")
        #expect(code == 2 && errors.contains("by it: seed: found 3, the trials were trained with 5; "), "\(errors)")
    }

    @Test func `a grid without run_cap that was widened is tried to its end`() async throws {
        func grid(_ values: String) -> String {
            """
            name: lab
            metric: {name: score, goal: maximize}
            method: grid
            trainer: {type: command, command: [sh, -c, "echo '{\\"score\\": 1}'"]}
            parameters: {x: {values: [\(values)]}}
            """
        }
        _ = try study.temporary.write(grid("1, 2, 3"), to: "grid.yaml")
        #expect(try await autolora.run("run", "grid.yaml", "--quiet").code == 0)
        _ = try study.temporary.write(grid("4, 1, 2, 3, 5"), to: "wide.yaml")
        let resumed = try await autolora.run("resume", "lab", "--space", "wide.yaml", "--quiet")
        #expect(resumed.code == 0, "\(resumed.errors)")
        #expect(Set(try await parameters()) == [1, 2, 3, 4, 5])
        #expect(try await parameters().count == 5)
    }

    @Test func `a run_cap below what there is already is named with its place in the file`() async throws {
        #expect(try await autolora.wait(for: try study.start("lab")).code == 0)
        try space("less.yaml", cap: 3)
        let environment = ["JOURNAL": study.journal]
        let refused = try await autolora.run("resume", "lab", "--space", "less.yaml", environment: environment)
        #expect(refused.code == 2)
        #expect(
            refused.errors.hasPrefix(
                "autolora: less.yaml:4:10: run_cap: found 3, and study 'lab' has 4 trials already; give at least 4, "),
            "\(refused.errors)")
        let told = try await autolora.run(
            "resume", "lab", "--space", "less.yaml", "--trials", "5", "--quiet", environment: environment)
        #expect(told.code == 0, "\(told.errors)")
        #expect(try await parameters().count == 5)
    }
}
