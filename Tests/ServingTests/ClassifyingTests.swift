import Finetuning
import Foundation
import Testing
import TrainerSettings

@testable import Serving

@Suite struct ServedClassifyingTests {
    private let folder: ServingFolder
    private let base: String
    private let adapters = ["query-value", "pattern", "all-linear", "last-layer", "pooler"]
    private let texts = [
        "a good film", "bad", "the plot is thin and the end is worse than that", "great great great", "so long", "",
    ]

    init() throws {
        folder = try ServingFolder()
        base = try folder.encoder()
    }

    private func engine(threads: Int = 1) throws -> ServingEngine {
        let engine = ServingEngine(try SharedBase(base, precision: .fp32), threads: threads)
        for name in adapters { try engine.add(try AdapterName(name), at: ServingFixture.classifiers + name) }
        return engine
    }

    @Test(arguments: [1, 2])
    func `texts for all adapters at once are classified as each adapter does alone`(threads: Int) async throws {
        let engine = try engine(threads: threads)
        let texts = texts
        let served = try await withThrowingTaskGroup(of: (String, [[Double]]).self) { group in
            for name in adapters + adapters {
                group.addTask { (name, try await engine.classify(texts, model: name).probabilities) }
            }
            return try await group.reduce(into: [(String, [[Double]])]()) { $0.append($1) }
        }
        #expect(served.count == 10)
        for (name, rows) in served {
            let wanted = try TextClassifier(
                adapter: ServingFixture.classifiers + name, model: base, precision: .fp32, threads: 1
            ).probabilities(of: texts)
            for (own, wanted) in zip(rows, wanted) { #expect(zip(own, wanted).allSatisfy { abs($0 - $1) < 1e-5 }, "\(name)") }
            // The same bits, whoever else is there.
            #expect(try await engine.classify(texts, model: name).probabilities == rows)
        }
    }

    @Test func `an adapter of another base is named, with its own`() throws {
        let engine = ServingEngine(try SharedBase(ServingFixture.writer, precision: .fp32), threads: 1)
        let adapter = try folder.adapter(
            ServingFixture.classifiers + "query-value", as: "foreign", ["base_model_name_or_path": .string("models/minilm")])
        do {
            try engine.add(try AdapterName("foreign"), at: adapter)
            Issue.record("it was taken")
        } catch {
            let words = "\(error)"
            #expect(words.hasPrefix(adapter + "/adapter_config.json: does not fit the base '"), "\(words)")
            #expect(words.contains("(it was trained on 'models/minilm')"), "\(words)")
        }
    }

    /// By pad_token_id: its last token before padding, whatever text that is in.
    @Test func `a decoder's classifier reads the token that it reads alone`() async throws {
        let (base, adapter) = try folder.decoderClassifier(padding: "good")
        let engine = ServingEngine(try SharedBase(base, precision: .fp32), threads: 1)
        try engine.add(try AdapterName("own"), at: adapter)
        let texts = ["a film that is good", "so long", "good good"]
        let served = try await engine.classify(texts, model: "own").probabilities
        let wanted = try TextClassifier(adapter: adapter, model: base, precision: .fp32, threads: 1).probabilities(of: texts)
        for (own, wanted) in zip(served, wanted) { #expect(zip(own, wanted).allSatisfy { abs($0 - $1) < 1e-5 }) }
        await #expect(throws: ServingError(.invalid, "text 2 is empty: this model has no token for it")) {
            try await engine.classify(["good", ""], model: "own")
        }
    }

    @Test func `nothing is computed for who has left, or once the engine is told to end`() async throws {
        let (engine, listener) = (try engine(threads: 2), Listener())
        listener.leave()
        await #expect(throws: ServingError.interrupted) {
            try await engine.classify(texts, model: "pattern", for: listener)
        }
        #expect(engine.figures.rows == 0)
        #expect(try await engine.classify(texts, model: "pattern").probabilities.count == texts.count)
        engine.abandon()
        #expect(engine.stop(within: 60))
        let error = await #expect(throws: ServingError.self) { try await engine.classify(texts, model: "pattern") }
        #expect(error?.kind == .stopping)
    }

    @Test func `what adapters on one base cannot share is refused with the reason`() throws {
        let engine = try engine()
        func words(_ path: String) -> String {
            do {
                try engine.add(try AdapterName("new"), at: path)
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            words(ServingFixture.methods + "bert-bias-all/adapter").contains("bias and modules_to_save change the base itself"))
        #expect(words(ServingFixture.writer + "/adapter").contains("writes no texts: expected SEQ_CLS"))
        #expect(words(folder.path).contains("adapter_config.json"))
        #expect(words(base).contains("is a whole model"))
    }

    @Test func `links that lead out of a bounded folder are refused`() throws {
        let engine = try engine()
        let copy = try folder.adapter(ServingFixture.classifiers + "pattern", as: "linked")
        let file = copy + "/adapter_model.safetensors"
        try FileManager.default.moveItem(atPath: file, toPath: folder.path + "/outside.safetensors")
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: folder.path + "/outside.safetensors")
        #expect(throws: (any Error).self) { try engine.add(try AdapterName("linked"), at: copy, bounds: copy) }
        // Whoever starts the server names what they like.
        try engine.add(try AdapterName("linked"), at: copy)
    }
}
