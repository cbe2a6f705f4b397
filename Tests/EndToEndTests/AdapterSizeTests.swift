import Foundation
import TestSupport
import Testing

/// An adapter's size, as a constraint and as a metric, and what `check` knows of the model.
@Suite(.timeLimit(.minutes(5))) struct AdapterSizeTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
    }

    private struct Row: Decodable {
        struct Report: Decodable { let metrics: [String: Double] }
        let number: Int
        let parameters: [String: Parameter]
        let reports: [Report]
        let front: Bool?

        enum Parameter: Decodable, Equatable {
            case number(Double)
            case other
            init(from decoder: any Decoder) throws {
                let number = try? decoder.singleValueContainer().decode(Double.self)
                self = number.map(Parameter.number) ?? .other
            }
        }
    }

    private func trials() async throws -> [Row] {
        let output = try await autolora.run("trials", "tiny", "--json").output
        return try JSONDecoder().decode([Row].self, from: Data(output.utf8))
    }

    private func adapterBytes(_ number: Int) throws -> Double? {
        let file = temporary.path + "/studies/tiny/trials/\(number)/adapter/adapter_model.safetensors"
        return (try FileManager.default.attributesOfItem(atPath: file)[.size] as? NSNumber)?.doubleValue
    }

    @Test func `configurations whose adapter would be too large are never launched`() async throws {
        _ = try temporary.write(BuiltInStudyTests.space + "constraints: {adapter_bytes: {max: 6KiB}}\n", to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        let trials = try await trials()
        #expect(trials.count == 6)
        for trial in trials {
            #expect(trial.parameters["r"] == .number(2))
            let written = try #require(try adapterBytes(trial.number))
            #expect(written <= 6144)
            #expect(trial.reports.allSatisfy { $0.metrics["adapter_bytes"] == written })
        }
    }

    @Test func `the disk that check tells is what the largest checkpoints of those that run take`() async throws {
        let halving = "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 3}\n"
        #expect(BuiltInStudyTests.space.contains(halving))
        _ = try temporary.write(BuiltInStudyTests.space.replacing(halving, with: ""), to: "space.yaml")
        let check = try await autolora.run("check", "space.yaml")
        #expect(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        let greatest = try #require(
            try await trials().flatMap(\.reports).compactMap { $0.metrics["trainable_parameters"] }.max())
        // Two workers; a value and two moments of 4 bytes; the newest checkpoint, the one before, the one that is written.
        let bytes = Int(greatest) * 2 * 3 * 4 * 3
        let words = "\(Int((Double(bytes) / 1000).rounded())) KB"
        #expect(
            check.output.contains(
                "configurations drawn; checkpoints of trials that run or wait \(words), the greatest of them;"),
            "\(check.output) \(bytes)")
    }

    @Test func `the smallest adapter is on the front, and is exported from there`() async throws {
        let space = BuiltInStudyTests.space.replacing(
            "metric: {name: eval_loss, goal: minimize}",
            with: "metrics: [{name: eval_loss, goal: minimize}, {name: adapter_bytes, goal: minimize}]")
        _ = try temporary.write(space, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        let trials = try await trials()
        let sizes = trials.map { $0.reports.first?.metrics["adapter_bytes"] ?? .infinity }
        let least = try #require(sizes.min())
        let small = try #require(trials.first { $0.front == true && sizes[$0.number] == least })
        let export = try await autolora.run(
            "export", "tiny", "--format", "peft", "--output", "small", "--trial", "\(small.number)")
        #expect(export.code == 0, "\(export.errors)")
        let file = temporary.path + "/small/adapter_model.safetensors"
        let size = (try FileManager.default.attributesOfItem(atPath: file)[.size] as? NSNumber)?.doubleValue
        #expect(size == least)
    }

    /// What to put in the place of the parameters r and target_modules, and how check refuses it.
    @Test(arguments: [
        (
            "layers_to_transform: {values: [all, last-9]}",
            "space.yaml:20:39: layers_to_transform last-9: the model has 3 layers; did you mean 'last-3'?"
        ),
        (
            "layers_to_transform: {values: [all, [0, 3]]}",
            "space.yaml:20:39: layers_to_transform: layer 3; the model has layers 0 to 2"
        ),
        ("target_modules: {values: [[query, vlaue]]}", "space.yaml:20:29: target module 'vlaue' matches nothing; modules: "),
    ])
    func `check refuses what the model does not have, in its place`(parameter: String, message: String) async throws {
        let kept = BuiltInStudyTests.space.split(separator: "\n").filter { !$0.hasPrefix("  r:") && !$0.hasPrefix("  target") }
        _ = try temporary.write(kept.joined(separator: "\n") + "\n  \(parameter)\n", to: "space.yaml")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 2)
        #expect(check.errors.hasPrefix("autolora: " + message), "\(check.errors)")
        #expect(check.output.isEmpty)
    }
}
