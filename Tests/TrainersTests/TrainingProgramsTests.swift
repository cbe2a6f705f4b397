import Foundation
import TestSupport
import Testing

/// The shipped training programs, run where neither PEFT nor torch is installed.
@Suite(.timeLimit(.minutes(5))) struct TrainingProgramsTests {
    private static let source = URL(filePath: #filePath).deletingLastPathComponent()
    private static let programs = source.appending(path: "../../Sources/Trainers/Programs").standardized.path
    private static let standIns = source.appending(path: "Fixtures/stand_ins.py").path

    private func python(_ arguments: [String], in folder: TemporaryFolder) async throws -> (
        code: Int32, output: String, errors: String
    ) {
        let (output, errors) = (folder.path + "/.out", folder.path + "/.err")
        let process = try ChildProcess(
            ["/usr/bin/env", "python3", "-B"] + arguments, in: folder.path, adding: [:], output: .file(output),
            errors: .file(errors))
        try await process.end()
        return (process.code, folder.read(".out") ?? "", folder.read(".err") ?? "")
    }

    @Test func `every name that they use is there, and peft_train.py trains all kinds of rows`() async throws {
        let folder = try TemporaryFolder()
        let result = try await python([Self.standIns, Self.programs, folder.path], in: folder)
        #expect(result.code == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        // The report of a training by hand, and what a probe says.
        #expect(lines.contains { $0.contains(#""eval_loss": 0.5"#) && $0.contains(#""trainable_parameters": 6"#) })
        #expect(lines.contains { $0.contains(#""unknown": [], "problems": []"#) })
        #expect(lines.contains("template {{ messages }}"), "the text is in the file beside the program")
        #expect(lines.contains { $0.hasPrefix("peft_train.py: chat_template is 'llama3': put the template's text in ") })
        let last = try #require(lines.last)
        let told = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: [String: Any]])
        func row(_ kind: String) -> [String: Any] { (told[kind]?["rows"] as? [[String: Any]])?.first ?? [:] }
        #expect(row("labels")["labels"] as? Int == 1 && row("text")["labels"] as? [Int] == [3, 3, 5, 4])
        #expect(row("completions")["labels"] as? [Int] == [-100, -100, -100, -100, 1, 4], "the prompt has no loss")
        #expect(row("messages")["labels"] as? [Int] == [-100, -100, -100, -100, 4, 3, 5], "nor has the user's turn")
        for one in told.values {
            #expect(one["targets"] as? [String] == ["encoder.layer.1.query", "encoder.layer.1.value"])
            #expect(one["seed"] as? Int == 3 && one["noise"] as? Int == 5)
        }
        #expect(told["text"]?["optimizer"] is [Any] && told["labels"]?["optimizer"] is NSNull)
        let files = try #require(told["labels"]?["files"] as? [String: [String: Any]])
        #expect(files["labels.json"]?["id2label"] as? [String: String] == ["0": "no", "1": "yes"])
        #expect(
            files["autolora.json"]?["max_length"] as? Int == 128 && files["autolora.json"]?["precision"] as? String == "fp32")
        #expect((told["text"]?["files"] as? [String: Any])?.keys.sorted() == ["autolora.json"])
    }

    @Test func `a name that is nowhere is found`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("import json\n\ndef main():\n    return json.dumps(setings)\n", to: "programs/broken.py")
        let result = try await python([Self.standIns, folder.path + "/programs", folder.path], in: folder)
        #expect(result.code == 1 && result.errors.contains("broken.py:3: main uses setings"), "\(result.errors)")
    }

    @Test func `what a full GPU says is told from what is wrong with a configuration`() async throws {
        let folder = try TemporaryFolder()
        let result = try await python(
            [
                "-c",
                """
                import sys; sys.path.insert(0, sys.argv[1])
                from autolora_trial import device_obstacle as obstacle
                for text in sys.argv[2:]: print(obstacle(RuntimeError(text)))
                """, Self.programs,
                "CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation' in https://docs.nvidia.com",
                "CUDA out of memory. Tried to allocate 2.00 MiB.",
                "CUDA error: CUDA-capable device(s) is/are busy or unavailable",
                "Your setup doesn't support bf16/gpu.", "expected a device of CUDA, out of memory", "",
                "CUDA error: no kernel image is available for execution on the device",
            ], in: folder)
        let lines = result.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 7, "\(result.errors)")
        #expect(lines[0] == "the GPU cannot be used just now, so that it was not asked (CUDA error: out of memory)")
        #expect(lines[1].contains("2.00 MiB.") && lines[2].hasSuffix("busy or unavailable)"))
        #expect(lines[3...].allSatisfy { $0 == "None" })
    }

    @Test func `a setting that is misspelled is refused with the nearest`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(#"{"trainer": {"model": "m", "train": "t", "learning_rat": 1}}"#, to: "config.json")
        let result = try await python([Self.programs + "/peft_train.py", "config.json"], in: folder)
        #expect(result.code == 1 && result.errors.contains("unknown setting learning_rat; did you mean learning_rate?"))
    }
}
