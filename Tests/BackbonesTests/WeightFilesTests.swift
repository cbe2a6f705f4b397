import Checkpoints
import Foundation
import Layers
import Tensors
import Testing

@testable import Backbones

/// The forms in which a model folder holds its weights.
@Suite struct WeightFilesTests {
    private func load(_ folder: String) throws -> any Backbone {
        try BertWeights(modelFolder: folder).check()
        return try BertWeights(modelFolder: folder).backbone(Attachments(rows: .pooled), WeightStorage())
    }

    private func problem(_ folder: String) -> String {
        let error = #expect(throws: CheckpointError.self) { try load(folder) }
        return (error?.description ?? "").replacing(folder + "/", with: "").replacing(folder, with: "FOLDER")
    }

    /// The tiny model in two shards, its index changed.
    private func withShards(_ change: (inout [String: String]) -> Void = { _ in }, _ body: (String) throws -> Void) throws {
        try ModelFolder.withChanged { folder in
            let file = try SafetensorsFile(path: folder + "/model.safetensors")
            var map: [String: String] = [:]
            var shards: [String: [SafetensorsWriter.Tensor]] = [:]
            for (number, name) in file.entries.keys.sorted().enumerated() {
                let tensor = try file.tensor(name)
                let shard = "model-0000\(number % 2 + 1)-of-00002.safetensors"
                map[name] = shard
                shards[shard, default: []].append(
                    .init(name: name, shape: tensor.shape, values: withExtendedLifetime(tensor) { Array(tensor.values) }))
            }
            for (name, tensors) in shards { try SafetensorsWriter.write(tensors, to: folder + "/" + name) }
            change(&map)
            let index = try JSONSerialization.data(
                withJSONObject: ["metadata": ["total_size": 1], "weight_map": map] as [String: Any])
            try index.write(to: URL(filePath: folder + "/model.safetensors.index.json"))
            try FileManager.default.removeItem(atPath: folder + "/model.safetensors")
            try body(folder)
        }
    }

    private static let query = "encoder.layer.0.attention.self.query.weight"

    @Test func `shards are one model, and each of them is part of its identity`() throws {
        let whole = try SafetensorsFile(path: ModelFolder.tiny + "/model.safetensors")
        try withShards { folder in
            let weights = try BertWeights(modelFolder: folder)
            #expect(weights.files.names == whole.entries.keys.sorted())
            for name in weights.files.names {
                let (ours, theirs) = (try weights.files.tensor(name), try whole.tensor(name))
                #expect(withExtendedLifetime((ours, theirs)) { Array(ours.values) == Array(theirs.values) })
            }
            _ = try load(folder)
            var seen: Set = [try #require(weights.identity)]
            for name in [
                "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json",
            ] {
                let path = folder + "/" + name
                let data = try Data(contentsOf: URL(filePath: path))
                try data.write(to: URL(filePath: path))
                seen.insert(try #require(try BertWeights(modelFolder: folder).identity))
            }
            #expect(seen.count == 4)
        }
    }

    @Test func `a shard that is missing or lacks a tensor is named, and so is an index that leaves the folder`() throws {
        try withShards { folder in
            try FileManager.default.removeItem(atPath: folder + "/model-00002-of-00002.safetensors")
            #expect(
                problem(folder)
                    == "model-00002-of-00002.safetensors: there is no such file, and model.safetensors.index.json names it")
        }
        try withShards(
            { $0["extra.weight"] = $0[Self.query] },
            { folder in
                #expect(
                    problem(folder).contains(
                        "safetensors: tensor 'extra.weight' is missing, and model.safetensors.index.json says")
                )
            })
        try withShards(
            { $0[Self.query] = nil },
            { folder in
                #expect(problem(folder) == "model.safetensors.index.json: tensor '\(Self.query)' is missing")
            })
        for place in ["../model.safetensors", "/etc/passwd", "..", ""] {
            try withShards(
                { $0[Self.query] = place },
                { folder in
                    #expect(
                        problem(folder)
                            == "model.safetensors.index.json: names the file '\(place)', expected files in its own folder, without '/'"
                    )
                })
        }
        try withShards(
            { $0 = [:] },
            { folder in
                #expect(problem(folder) == "model.safetensors.index.json: its weight_map names no tensors")
            })
    }

    @Test(arguments: ["0.auto_model.", "model.", "module.bert.", "_orig_mod.bert.", "encoder.bert."])
    func `tensors are found after any one prefix`(prefix: String) throws {
        try ModelFolder.withChanged(
            tensors: { tensors in
                tensors.map { .init(name: prefix + $0.name, shape: $0.shape, values: $0.values) }
                    + [.init(name: "0.other.weight", shape: [1], values: [1])]
            },
            { folder in
                _ = try load(folder)
                #expect(try BertWeights(modelFolder: folder).remarks.isEmpty)
            })
    }

    @Test func `a head stands beside the encoder's prefix`() throws {
        try ModelFolder.withChanged(
            tensors: { tensors in
                tensors.map { .init(name: "module.bert." + $0.name, shape: $0.shape, values: $0.values) }
                    + [.init(name: "module.classifier.bias", shape: [2], values: [1, 2])]
            },
            { folder in
                let bias = try BertWeights(modelFolder: folder).headTensor("classifier.bias", shape: [2])
                #expect(bias != nil)
            })
    }

    @Test func `names that are no BERT's are listed, and two of them are refused`() throws {
        try ModelFolder.withChanged(
            tensors: { _ in
                (0..<9).map { .init(name: "transformer.h.\($0).weight", shape: [1], values: [1]) }
            },
            { folder in
                #expect(
                    problem(folder)
                        == "model.safetensors: tensor 'embeddings.word_embeddings.weight' is missing, with and without a prefix; the file has 9 "
                        + "tensors: transformer.h.0.weight, transformer.h.1.weight, transformer.h.2.weight, transformer.h.3.weight, "
                        + "transformer.h.4.weight, transformer.h.5.weight, ...")
            })
        try ModelFolder.withChanged(
            tensors: { tensors in
                ["question.", "answer."].flatMap { prefix in
                    tensors.map { .init(name: prefix + $0.name, shape: $0.shape, values: $0.values) }
                }
            },
            { folder in
                #expect(
                    problem(folder)
                        == "model.safetensors: has more than one BERT, after the prefixes 'answer.', 'question.'; keep one")
            })
    }

    /// Adds a tensor of a type that is not read to a file.
    private func addTensor(_ name: String, type: String, count: Int = 4, to path: String) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        let size = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        var header = try #require(try JSONSerialization.jsonObject(with: data[8..<8 + size]) as? [String: Any])
        let end = data.count - 8 - size
        header[name] = ["dtype": type, "shape": [count], "data_offsets": [end, end + count]]
        let text = try JSONSerialization.data(withJSONObject: header)
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
        try (length + text + data[(8 + size)...] + Data(count: count)).write(to: URL(filePath: path))
    }

    @Test(arguments: ["F8_E4M3", "U32", "C64", "F4"])
    func `a type that is not read matters only in a tensor that is used`(type: String) throws {
        try ModelFolder.withChanged { folder in
            try addTensor("unrelated", type: type, to: folder + "/model.safetensors")
            _ = try load(folder)
        }
        try ModelFolder.withChanged { folder in
            let name = "encoder.layer.0.output.dense.bias"
            try addTensor(name, type: type, count: 32, to: folder + "/model.safetensors")
            #expect(problem(folder).contains("tensor '\(name)' is of type \(type), expected one of F32, F16, BF16, F64"))
        }
    }

    @Test(arguments: [
        ("pytorch_model.bin", "AutoModel.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[1])\" FOLDER"),
        ("bert.safetensors", "but bert.safetensors; if that is the whole model, name it model.safetensors"),
        ("model.gguf", "but model.gguf; to use that, give the file itself as 'model'"),
        ("model.onnx", "but model.onnx, which is not read; download the model's model.safetensors"),
        ("notes.txt", "with shards"),
    ])
    func `a folder without safetensors is told what it has instead, and the way out`(name: String, words: String) throws {
        try ModelFolder.withChanged { folder in
            try FileManager.default.moveItem(atPath: folder + "/model.safetensors", toPath: folder + "/" + name)
            let problem = problem(folder)
            #expect(
                problem.hasPrefix("FOLDER: has no model.safetensors, nor model.safetensors.index.json with shards"),
                "\(problem)")
            #expect(problem.hasSuffix(words) || problem.contains(words), "\(problem)")
        }
    }

    @Test func `the command that converts a folder is one for a shell, whatever the folder is called`() throws {
        try ModelFolder.withChanged { folder in
            let odd = folder + "/it's \"odd\""
            try FileManager.default.createDirectory(atPath: odd, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: folder + "/config.json", toPath: odd + "/config.json")
            try Data().write(to: URL(filePath: odd + "/pytorch_model.bin"))
            let error = #expect(throws: CheckpointError.self) { try WeightFiles(modelFolder: odd) }
            #expect(
                error?.problem.hasSuffix("save_pretrained(sys.argv[1])\" '\(folder)/it'\\''s \"odd\"'") == true,
                "\(error?.problem ?? "")")
        }
    }

    @Test func `what is no file is refused and not waited for`() throws {
        for name in ["model.safetensors", "config.json"] {
            try ModelFolder.withChanged { folder in
                try FileManager.default.removeItem(atPath: folder + "/" + name)
                #expect(mkfifo(folder + "/" + name, 0o600) == 0)
                #expect(problem(folder).hasPrefix(name + ": "))
            }
        }
        try ModelFolder.withChanged { folder in
            try Data("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8).write(
                to: URL(filePath: folder + "/model.safetensors"))
            #expect(problem(folder).contains("is a pointer of Git LFS, not the file itself; run `git lfs pull`"))
        }
    }

    @Test func `what stands where a model folder is expected is named`() throws {
        try ModelFolder.withChanged { folder in
            try FileManager.default.removeItem(atPath: folder + "/config.json")
            #expect(problem(folder) == "config.json: there is no such file; a Hugging Face model folder has a config.json")
            try Data().write(to: URL(filePath: folder + "/adapter_config.json"))
            #expect(problem(folder).hasPrefix("FOLDER: holds an adapter, not a model; "))
            try FileManager.default.removeItem(atPath: folder + "/adapter_config.json")
            try FileManager.default.createDirectory(atPath: folder + "/snapshots/abc", withIntermediateDirectories: true)
            #expect(problem(folder).hasSuffix("the model's folder in it is snapshots/abc"))
            let error = #expect(throws: CheckpointError.self) { try BertWeights(modelFolder: folder + "/model.safetensors") }
            #expect(error?.problem.hasPrefix("is a file, expected a Hugging Face model folder") == true)
            #expect(problem("/nowhere") == "FOLDER: there is no such folder")
        }
    }

    @Test func `a GGUF file of another architecture is refused with its name, by its path or its folder`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gguf-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func text(_ text: String) -> Data { number(UInt64(text.utf8.count)) + Data(text.utf8) }
        func number(_ value: some FixedWidthInteger) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }
        let header = Data("GGUF".utf8) + number(UInt32(3)) + number(UInt64(0)) + number(UInt64(1))
        let file = folder + "/model.gguf"
        try (header + text("general.architecture") + number(UInt32(8)) + text("rwkv7")).write(to: URL(filePath: file))
        for model in [file, folder] {
            let error = #expect(throws: CheckpointError.self) { try Architectures.configuration(of: model) }
            #expect(error?.path == file)
            #expect(
                error?.problem.hasPrefix(
                    "key 'general.architecture' (byte 24): unsupported architecture 'rwkv7' (supported in GGUF files: ") == true
            )
        }
        let missing = #expect(throws: CheckpointError.self) { try Architectures.weights(of: folder + "/other.gguf") }
        #expect(missing?.description == "\(folder)/other.gguf: no such file")
    }
}
