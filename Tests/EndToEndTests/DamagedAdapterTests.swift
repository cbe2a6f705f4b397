import Foundation
import TestSupport
import Testing

/// What is no whole adapter is so for every command.
@Suite(.timeLimit(.minutes(5))) struct DamagedAdapterTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora
    private var trial: String { temporary.path + "/studies/tiny/trials/0" }
    private var adapter: String { trial + "/adapter" }

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
        _ = try temporary.write(BuiltInStudyTests.space, to: "space.yaml")
    }

    private func configure(_ key: String, _ value: Any) throws {
        let file = URL(filePath: adapter + "/adapter_config.json")
        var values = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        values[key] = value
        try JSONSerialization.data(withJSONObject: values).write(to: file)
    }

    /// Name, damage, and whether `evaluate` has to refuse it: a link may lead anywhere in a folder that a user names.
    private var damages: [(name: String, isForEvaluation: Bool, harm: () throws -> Void)] {
        let (adapter, tensors) = (adapter, adapter + "/adapter_model.safetensors")
        return [
            ("rank", true, { try configure("r", 3) }),
            ("large rank", true, { try configure("r", 9_223_372_036_854_775_808 as UInt64) }),
            ("alpha", true, { try configure("lora_alpha", "x") }),
            ("target", true, { try configure("target_modules", ["\u{1B}[2J"]) }),
            ("base", true, { try configure("base_model_name_or_path", "\u{1B}]0;x\u{7}") }),
            ("cut", true, { #expect(truncate(tensors, 99) == 0) }),
            ("labels", true, { try Data("[".utf8).write(to: URL(filePath: adapter + "/labels.json")) }),
            ("pipe", true, { #expect(mkfifo(adapter + "/pipe", 0o600) == 0) }),
            ("link", false, { #expect(symlink("/etc/passwd", adapter + "/extra") == 0) }),
            (
                "link below", false,
                { #expect(mkdir(adapter + "/sub", 0o700) == 0 && symlink("/etc/passwd", adapter + "/sub/x") == 0) }
            ),
            (
                "name", true,
                {
                    let path = Array((adapter + "/x").utf8) + [0xFF]
                    #expect(mkdir(path.map { CChar(bitPattern: $0) } + [0], 0o700) == 0)
                }
            ),
        ]
    }

    @Test func `verify, every export and evaluate agree on what is damaged`() async throws {
        #expect(try await autolora.run("run", "space.yaml", "--trials", "1", "--quiet").code == 0)
        let kept = temporary.path + "/kept"
        try FileManager.default.copyItem(atPath: trial, toPath: kept)
        for damage in [("nothing", true, {})] + damages {
            try FileManager.default.removeItem(atPath: trial)
            try FileManager.default.copyItem(atPath: kept, toPath: trial)
            try damage.2()
            let isWhole = damage.0 == "nothing"
            let verified = try await autolora.run("verify", "tiny")
            #expect(verified.code == (isWhole ? 0 : 1), "\(damage.0): \(verified.output)")
            #expect(isWhole || verified.output.contains(adapter), "\(damage.0): \(verified.output)")
            for format in ["peft", "json", "yaml"] {
                let output = temporary.path + "/\(damage.0).\(format)"
                let result = try await autolora.run("export", "tiny", "--format", format, "--output", output)
                let isWritten = FileManager.default.fileExists(atPath: output)
                #expect(isWritten == (isWhole || format != "peft"), "\(damage.0), \(format)")
                #expect(result.code == (isWritten ? 0 : 2), "\(damage.0), \(format): \(result.errors)")
                #expect(result.errors.contains("adapter is damaged") == !isWhole, "\(damage.0), \(format): \(result.errors)")
                #expect(!result.errors.contains("\u{1B}") && !result.errors.contains("\u{7}"))
            }
            guard isWhole || damage.1 else { continue }
            let evaluated = try await autolora.run("evaluate", trial + "/config.json", "--adapter", adapter)
            #expect(evaluated.code == (isWhole ? 0 : 2), "\(damage.0): \(evaluated.errors)")
        }
    }
}
