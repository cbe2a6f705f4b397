import Foundation
import TestSupport
import Testing

/// `resume --space`.
@Suite(.timeLimit(.minutes(2))) struct OtherSpaceTests {
    private let study: ScriptedStudy
    private var autolora: Autolora { study.autolora }

    init() throws { study = try ScriptedStudy(seed: 4, cap: 4) }

    private func space(_ name: String, x: String, cap: Int = 8) throws {
        let text = try #require(study.temporary.read("space.yaml"))
        let other = text.replacing("{min: 10, max: 99}", with: x).replacing("run_cap: 4", with: "run_cap: \(cap)")
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
}
