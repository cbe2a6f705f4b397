import Checkpoints
import Finetuning
import Foundation
import Glibc
import Methods
import Tasks
import Testing
import TrainerSettings

@Suite struct AdapterFolderTests {
    private static let labels = ["no", "perhaps", "yes"]

    private static func saved(_ lora: LoRAConfiguration, to folder: String) throws -> [String: SettingValue] {
        let classifier = try TunedModel(
            modelFolder: Fixture.model, labels: labels, lora: lora, seed: 1)
        try classifier.saveAdapter(to: folder, baseModel: "models/tiny")
        return try AdapterFiles.json(folder + "/adapter_config.json")
    }

    private static func load(_ folder: String, _ lora: LoRAConfiguration) throws {
        _ = try TunedModel(
            modelFolder: Fixture.model, labels: labels, lora: lora, seed: 1, initAdapter: folder)
    }

    @Test func `the configuration and the labels are written, keys sorted, into a new folder`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/new/adapter"
            let config = try Self.saved(.init(rank: 4, alpha: 6, dropout: 0.1), to: path)
            #expect(config["r"] == .int(4) && config["lora_alpha"] == .int(6) && config["lora_dropout"] == .double(0.1))
            #expect(config["peft_type"] == .string("LORA") && config["task_type"] == .string("SEQ_CLS"))
            #expect(config["base_model_name_or_path"] == .string("models/tiny"))
            #expect(config["modules_to_save"] == .array([.string("classifier"), .string("score")]))
            #expect(config["target_modules"] == .array([.string("query"), .string("value")]))
            let labels = try AdapterFiles.json(path + "/labels.json")
            #expect(labels["id2label"] == .object(["0": .string("no"), "1": .string("perhaps"), "2": .string("yes")]))
            #expect(labels["label2id"] == .object(["no": .int(0), "perhaps": .int(1), "yes": .int(2)]))
            #expect(try LabelFile(adapterFolder: path).names() == ["no", "perhaps", "yes"])
            let readme = try String(contentsOfFile: path + "/README.md", encoding: .utf8)
            #expect(
                readme.contains("class 0 is no, class 1 is perhaps, class 2 is yes.") && readme.contains("id2label=id2label"))
            let text = try String(contentsOfFile: path + "/adapter_config.json", encoding: .utf8)
            let keys = text.split(separator: "\n").filter { $0.hasPrefix("  \"") }.map { $0.prefix { $0 != ":" } }
            #expect(keys == keys.sorted() && keys.count == 19)
        }
    }

    @Test(arguments: [
        (TrainerSettings.TargetModules?.none, TrainerSettings.LayerSelection.all, 2, false),
        (.allLinear, .all, 19, false), (.names(["value", "key"]), .last(2), 2, true), (.allLinear, .last(1), 6, false),
    ])
    func `targets are written so that every PEFT finds the same modules`(
        targets: TrainerSettings.TargetModules?, layers: TrainerSettings.LayerSelection, count: Int, hasLayers: Bool
    ) throws {
        try withTemporaryFolder { folder in
            let config = try Self.saved(.init(targets: targets, layers: layers), to: folder)
            guard case .array(let names)? = config["target_modules"] else {
                throw CheckpointError(path: folder, problem: "no list")
            }
            #expect(names.count == count)
            #expect(names.compactMap(\.text) == names.compactMap(\.text).sorted())
            #expect((config["layers_to_transform"] != .null) == hasLayers)
        }
    }

    @Test func `a pattern stays a pattern, but becomes names where layers are chosen`() throws {
        try withTemporaryFolder { folder in
            #expect(try Self.saved(.init(targets: .pattern(".*key")), to: folder)["target_modules"] == .string(".*key"))
            let chosen = try Self.saved(.init(targets: .pattern(".*key"), layers: .last(1)), to: folder)
            #expect(chosen["target_modules"] == .array([.string("bert.encoder.layer.2.attention.self.key")]))
        }
    }

    @Test(arguments: [
        (["r": SettingValue.int(3)], "r is 3, the configuration says 2"),
        (["lora_alpha": .int(5)], "lora_alpha is 5, the configuration says 4"),
        (["peft_type": .string("IA3")], "peft_type is not LORA"),
        (["use_dora": .bool(true)], "use_dora is true, the configuration says false"),
        (["use_rslora": .bool(true)], "use_rslora is true, the configuration says false"),
        (
            ["rank_pattern": .object(["query": .int(1)])],
            "r of bert.encoder.layer.0.attention.self.query is 1, the configuration says 2"
        ),
        (
            ["alpha_pattern": .object(["layer.1.attention.self.value": .double(0.5)])],
            "lora_alpha of bert.encoder.layer.1.attention.self.value is 0.5, the configuration says 4"
        ),
        (
            ["rank_pattern": .object(["(": .int(1)])],
            "rank_pattern has a key that is not read: '(' is no valid regular expression"
        ),
        (["alpha_pattern": .array([])], "alpha_pattern is [], and has to be an object"),
        (["rank_pattern": .object(["query": .double(1.5)])], "rank_pattern gives 'query' 1.5, and has to give it a number"),
        (["alora_invocation_tokens": .array([.int(1)])], "alora_invocation_tokens is not available yet"),
        (["lora_bias": .bool(true)], "lora_bias is not available yet"),
        (
            ["init_lora_weights": .string("pissa_niter_4")],
            "init_lora_weights pissa_niter_4 changed the base model too: save it with PEFT's "
                + "`path_initial_model_for_weight_conversion`, which makes it an adapter of the unchanged one"
        ),
    ])
    func `an adapter of another kind is refused as a start`(changes: [String: SettingValue], problem: String) throws {
        try withTemporaryFolder { folder in
            let config = try Self.saved(.init(rank: 2, alpha: 4), to: folder)
            try AdapterFiles.write(config.merging(changes) { $1 }, to: folder + "/adapter_config.json")
            #expect(throws: CheckpointError(path: folder + "/adapter_config.json", problem: problem)) {
                try Self.load(folder, .init(rank: 2, alpha: 4))
            }
        }
    }

    @Test func `tensors that are missing or too many are refused, nothing starts at random unnoticed`() throws {
        try withTemporaryFolder { folder in
            _ = try Self.saved(.init(rank: 2, alpha: 4), to: folder)
            let more = #expect(throws: CheckpointError.self) {
                try Self.load(folder, .init(rank: 2, alpha: 4, targets: .allLinear))
            }
            #expect(more?.problem.hasSuffix("is missing") == true)
            let fewer = #expect(throws: CheckpointError.self) {
                try Self.load(folder, .init(rank: 2, alpha: 4, layers: .last(1)))
            }
            #expect(
                fewer?.problem
                    == "'base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight' is of a module that the "
                    + "configuration does not adapt")
        }
    }

    @Test func `a matrix of the model that was trained beside the adapter is refused`() throws {
        try withTemporaryFolder { folder in
            _ = try Self.saved(.init(rank: 2, alpha: 4), to: folder)
            let path = folder + "/adapter_model.safetensors"
            let file = try SafetensorsFile(path: path)
            var tensors = try file.entries.keys.sorted().map { name in
                let tensor = try file.tensor(name)
                return SafetensorsWriter.Tensor(
                    name: name, shape: tensor.shape, values: withExtendedLifetime(tensor) { Array(tensor.values) })
            }
            let other = "base_model.model.bert.embeddings.word_embeddings.weight"
            tensors.append(SafetensorsWriter.Tensor(name: other, shape: [2, 2], values: [1, 2, 3, 4]))
            try SafetensorsWriter.write(tensors, metadata: AdapterFolder.metadata, to: path)
            let error = #expect(throws: CheckpointError.self) { try Self.load(folder, .init(rank: 2, alpha: 4)) }
            #expect(
                error?.problem
                    == "'\(other)' is a tensor of the model that was trained too; give bias and modules_to_save as its adapter_config.json has them"
            )
        }
    }

    @Test func `a folder without an adapter, or with damaged files, is an error that names the file`() throws {
        try withTemporaryFolder { folder in
            let missing = #expect(throws: CheckpointError.self) { try Self.load(folder, .init()) }
            #expect(missing?.path == folder + "/adapter_config.json")
            try Data("[1]".utf8).write(to: URL(filePath: folder + "/adapter_config.json"))
            let damaged = #expect(throws: CheckpointError.self) { try Self.load(folder, .init()) }
            #expect(damaged?.problem == "is no JSON object")
            _ = try Self.saved(.init(), to: folder)
            try Data("short".utf8).write(to: URL(filePath: folder + "/adapter_model.safetensors"))
            let short = #expect(throws: CheckpointError.self) { try Self.load(folder, .init()) }
            #expect(short?.path == folder + "/adapter_model.safetensors")
        }
    }

    @Test func `an adapter that changed since it was written is told from one that is whole`() throws {
        try withTemporaryFolder { folder in
            _ = try Self.saved(.init(rank: 2, alpha: 4), to: folder)
            let adapter = TrainedAdapter(folder)
            try adapter.verify(isOurs: true)
            let whole = try Data(contentsOf: URL(filePath: adapter.tensorFile))
            for place in [whole.count - 1, whole.count / 2] {
                var changed = whole
                changed[place] ^= 1
                try changed.write(to: URL(filePath: adapter.tensorFile))
                #expect(throws: CheckpointError(path: adapter.tensorFile, problem: "is damaged: its checksum is another")) {
                    try adapter.verify(isOurs: false)
                }
            }
        }
    }

    @Test(arguments: ["", "{}", #"{"id2label": {"0": "a", "2": "b", "1": 3}}"#, #"{"id2label": {"0": "a", "1": "b"}}"#])
    func `labels that are no names for the head's rows are damaged`(text: String) throws {
        try withTemporaryFolder { folder in
            _ = try Self.saved(.init(), to: folder)
            let adapter = TrainedAdapter(folder)
            try Data(text.utf8).write(to: URL(filePath: LabelFile(adapterFolder: folder).path))
            let error = #expect(throws: CheckpointError.self) { try adapter.verify(isOurs: true) }
            #expect(error?.path.hasPrefix(LabelFile(adapterFolder: folder).path) == true)
            // PEFT writes none.
            try adapter.verify(isOurs: false)
        }
    }

    @Test(arguments: [
        (["r": SettingValue.int(3)], "is damaged: r is 3, and tensor '"), (["r": .double(9.3e18)], "is damaged: r is 9"),
        (["r": .null], "is damaged: r is "), (["r": .int(0)], "is damaged: r is 0"),
        (["lora_alpha": .string("x")], "is damaged: lora_alpha is "),
        (["target_modules": .array([.string("\u{1B}[2J")])], "is damaged: target_modules has a name with control characters"),
        (["base_model_name_or_path": .string("a\u{7}")], "is damaged: base_model_name_or_path has a name with control"),
        (["target_modules": .array([.int(1)])], "is damaged: target_modules is no text"),
    ])
    func `a configuration that does not fit its tensors is damaged, for whoever reads it`(
        changes: [String: SettingValue], problem: String
    ) throws {
        try withTemporaryFolder { folder in
            let config = try Self.saved(.init(rank: 4, alpha: 4), to: folder)
            try AdapterFiles.write(config.merging(changes) { $1 }, to: folder + "/adapter_config.json")
            for isOurs in [true, false] {
                let error = #expect(throws: CheckpointError.self) { try TrainedAdapter(folder).verify(isOurs: isOurs) }
                #expect(error?.description.contains(problem) == true, "\(error.map { "\($0)" } ?? "")")
            }
            #expect(throws: CheckpointError.self) { try Self.load(folder, .init(rank: 4, alpha: 4)) }
        }
    }

    @Test func `what is neither a file nor a folder, or leads out, is no part of a whole adapter`() throws {
        let additions: [(String) -> Int32] = [
            { symlink("/etc/passwd", $0 + "/extra") }, { mkfifo($0 + "/extra", 0o600) }, { symlink("/nowhere", $0 + "/extra") },
            { mkdir($0 + "/sub", 0o700) + symlink("/etc/passwd", $0 + "/sub/extra") },
        ]
        for add in additions {
            try withTemporaryFolder { folder in
                _ = try Self.saved(.init(), to: folder + "/adapter")
                let adapter = TrainedAdapter(folder + "/adapter")
                #expect(add(adapter.path) == 0)
                let error = #expect(throws: CheckpointError.self) { try adapter.verify(isOurs: true, bounds: folder) }
                #expect(error?.path.hasSuffix("/extra") == true)
            }
        }
        try withTemporaryFolder { folder in
            _ = try Self.saved(.init(), to: folder + "/adapter")
            #expect(symlink("labels.json", folder + "/adapter/names.json") == 0)
            try TrainedAdapter(folder + "/adapter").verify(isOurs: true, bounds: folder)
        }
    }

    @Test func `a format of another program's is let be`() throws {
        try withTemporaryFolder { folder in
            try AdapterFiles.write(["rank": .int(8)], to: folder + "/adapter_config.json")
            try TrainedAdapter(folder).verify(isOurs: false)
            #expect(throws: CheckpointError.self) { try TrainedAdapter(folder).verify(isOurs: true) }
        }
    }

    @Test func `one without a checksum is held to being readable, as PEFT writes it`() throws {
        let folder = Fixture.here + "/Fixtures/peft/query-value"
        try TrainedAdapter(folder).verify(isOurs: false)
        #expect(try SafetensorsFile(path: folder + "/adapter_model.safetensors").metadata == ["format": "pt"])
    }

    @Test func `a folder appears with all its files at once`() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/adapter-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let looking = Task.detached { () -> [Bool] in
            var looks: [Bool] = []
            while !Task.isCancelled {
                guard FileManager.default.fileExists(atPath: folder + "/adapter") else { continue }
                looks.append((try? TrainedAdapter(folder + "/adapter").verify(isOurs: true)) != nil)
                if looks.count > 20 { break }
            }
            return looks
        }
        defer { looking.cancel() }
        // What a process that was killed had begun, and what is somebody's own.
        let draft = Unfinished.draft(for: folder + "/adapter")
        Unfinished.remove(draft)
        let dead = draft.replacing("-\(getpid())", with: "-4194303")
        for path in [dead + "/x", folder + "/adapter.draft/x"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        _ = try Self.saved(.init(), to: folder + "/adapter")
        let looks = await looking.value
        #expect(looks.allSatisfy { $0 })
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["adapter", "adapter.draft"])
    }

    @Test func `a folder that cannot be made is an error that names it`() throws {
        try withTemporaryFolder { folder in
            try Data().write(to: URL(filePath: folder + "/file"))
            let error = #expect(throws: CheckpointError.self) { try Self.saved(.init(), to: folder + "/file/adapter") }
            #expect(error?.path == folder + "/file/adapter")
        }
    }
}
