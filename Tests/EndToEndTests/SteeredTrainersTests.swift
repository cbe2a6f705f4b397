import Foundation
import TestSupport
import Testing

/// The number of workers of a study that runs, where it hangs on more than somebody's wish.
@Suite(.timeLimit(.minutes(5))) struct SteeredTrainersTests {
    @Test func `more workers than the GPUs serve are refused, and as many as they serve begin at once`() async throws {
        let lab = try GPULaboratory(2)
        _ = try lab.temporary.write("", to: "hold")
        let process = try lab.start("run", try lab.space(cap: 4, more: "workers: 1"), "--quiet", adding: ["HOLD": "hold"])
        try #require(await eventually { lab.starts().count == 1 })
        let refused = try await lab.autolora.run("workers", "lab", "3")
        #expect(refused.code == 2)
        #expect(
            refused.errors.hasSuffix(
                "refused: the GPUs serve 2 trials at a time; gpus_per_trial in the space file says how many share one\n"),
            "\(refused.errors)")
        #expect(try await lab.autolora.run("workers", "lab", "2").output.contains("it was 1"))
        try #require(await eventually { lab.starts().count == 2 })
        #expect(Set(lab.starts().flatMap(\.gpus)).count == 2)
        try FileManager.default.removeItem(atPath: lab.temporary.path + "/hold")
        #expect(try await lab.finish(process).code == 0)
        #expect(lab.mostAtOnce == 1 && lab.overlaps.isEmpty)
        #expect(try await lab.autolora.run("verify", "lab", "--replay").code == 0)
    }

    @Test func `the built-in trainer goes on with more workers, and the study is replayed with those that it began with`()
        async throws
    {
        let temporary = try TemporaryFolder()
        let autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        // Long enough to be steered.
        let space = BuiltInStudyTests.space.replacing("max_steps: 12", with: "max_steps: 600").replacing(
            "eval_steps: 4", with: "eval_steps: 200")
        _ = try temporary.write(space, to: "space.yaml")
        let process = try autolora.start(["run", "space.yaml", "--workers", "1", "--quiet"])
        try #require(await eventually { FileManager.default.fileExists(atPath: temporary.path + "/studies/tiny/trials/0") })
        let asked = try await autolora.run("workers", "tiny", "2")
        #expect(asked.code == 0 && asked.output.contains("it was 1"), "\(asked.errors)")
        #expect(try await autolora.wait(for: process).code == 0)
        let status = try #require(try await autolora.run("status", "tiny", "--json").json() as? [String: Any])
        #expect((status["trials"] as? [String: Int])?["total"] == 6)
        let verified = try await autolora.run("verify", "tiny", "--replay")
        #expect(verified.code == 0, "\(verified.output)")
    }

    @Test func `an address with a token in it is not handed to a browser`() async throws {
        let temporary = try TemporaryFolder()
        let refused = try await Autolora(in: temporary.path).run("dashboard", "--host", "0.0.0.0", "--open")
        #expect(refused.code == 64)
        #expect(refused.errors.contains("--open: the address has a token in it"), "\(refused.errors)")
    }
}
