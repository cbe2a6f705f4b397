import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct ModelPlaceTests {
    private static func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    @Test func `a file that is named or begins as GGUF is one, another is not`() throws {
        try withTemporaryFolder { folder in
            #expect(try ModelPlace(folder + "/none.gguf") == .gguf(folder + "/none.gguf"))
            try Self.write("GGUF...", folder + "/blob")
            #expect(try ModelPlace(folder + "/blob") == .gguf(folder + "/blob"))
            try Self.write("GG", folder + "/short")
            #expect(try ModelPlace(folder + "/short") == .folder(folder + "/short"))
            #expect(try ModelPlace(folder + "/nothing") == .folder(folder + "/nothing"))
        }
    }

    @Test func `a folder is taken for its one GGUF file, unless it has a configuration`() throws {
        try withTemporaryFolder { folder in
            #expect(try ModelPlace(folder) == .folder(folder))
            try Self.write("GGUF", folder + "/b.gguf")
            #expect(try ModelPlace(folder) == .gguf(folder + "/b.gguf"))
            try Self.write("GGUF", folder + "/a.gguf")
            let error = #expect(throws: CheckpointError.self) { try ModelPlace(folder) }
            #expect(
                error?.description
                    == "\(folder): has no config.json, and 2 GGUF files; give one of them: \(folder)/a.gguf, say")
            try Self.write("{}", folder + "/config.json")
            #expect(try ModelPlace(folder) == .folder(folder))
        }
    }

    @Test func `weights are opened from either`() throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path
        try withTemporaryFolder { folder in
            try FileManager.default.copyItem(atPath: fixtures + "/tiny-llama.gguf", toPath: folder + "/tiny.gguf")
            #expect(try WeightSources.open(folder) is GGUFWeights)
            #expect(try WeightSources.open(folder + "/tiny.gguf") is GGUFWeights)
            try FileManager.default.copyItem(
                atPath: fixtures + "/tiny-llama.safetensors", toPath: folder + "/model.safetensors")
            try Self.write("{}", folder + "/config.json")
            let weights = try WeightSources.open(folder)
            #expect(weights is WeightFiles && !weights.hasQuantized)
            #expect(try weights.blocks("model.norm.weight").columns == 32)
            #expect(try weights.entry("model.norm.weight").typeName == "F32")
        }
    }
}
