import Foundation
import TestSupport
import Testing

/// Space files written for data that nobody has looked at: `check` and `run` take them as they are.
@Suite(.timeLimit(.minutes(5))) struct InitTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    private func run(_ arguments: [String]) async throws -> Autolora.Result {
        try await autolora.wait(for: try autolora.start(arguments))
    }

    private static let words = ["film", "plot", "actor", "scene", "good", "bad", "slow", "fine", "long", "dull"]

    /// A text whose first word tells its label.
    private static func text(_ row: Int) -> String {
        ([row % 3 == 0 ? "good" : "bad"] + (0...(row % 5)).map { words[(row * 7 + $0 * 3) % words.count] } + ["\(row)"])
            .joined(separator: " ")
    }

    private static func label(_ row: Int) -> String { row % 3 == 0 ? "pos" : "neg" }

    private static func rows(_ count: Int, _ form: (Int) -> String) -> String {
        (0..<count).map(form).joined(separator: "\n") + "\n"
    }

    /// What a data set of each form is made of, with the options that name it.
    private enum Form: String, CaseIterable {
        case csv, tsv, jsonl, completions, messages

        var files: [(name: String, text: String)] {
            switch self {
            case .csv:
                [("reviews.csv", "id;review;sentiment\n" + rows(90) { "\($0);\(text($0));\(label($0))" })]
            case .tsv:
                [
                    ("set/dev.tsv", "label\ttext\n" + rows(24) { "\($0 % 2)\t\(text(500 + $0))" }),
                    ("set/train.tsv", "label\ttext\n" + rows(60) { "\($0 % 2)\t\(text($0))" }),
                ]
            case .jsonl:
                [("train", 60), ("validation", 20), ("test", 20)].enumerated().map { place, part in
                    (
                        "data/\(part.0).jsonl",
                        rows(part.1) { #"{"text": "\#(text(1000 * place + $0))", "label": "\#(["a", "b", "c d"][$0 % 3])"}"# }
                    )
                }
            case .completions:
                [("asked.jsonl", rows(40) { #"{"prompt": "Say \#($0): ", "completion": "It is \#($0 % 7)."}"# })]
            case .messages:
                [
                    (
                        "chats.jsonl",
                        rows(40) {
                            #"{"messages": [{"role": "user", "content": "Say \#($0)"}, {"role": "assistant", "content": "It is \#($0 % 7)"}]}"#
                        }
                    )
                ]
            }
        }

        var isOfLanguageModel: Bool { self == .completions || self == .messages }
        private func rows(_ count: Int, _ form: (Int) -> String) -> String { InitTests.rows(count, form) }
        private func text(_ row: Int) -> String { InitTests.text(row) }
        private func label(_ row: Int) -> String { InitTests.label(row) }
    }

    private func addModel(_ form: Form) throws {
        guard form.isOfLanguageModel else {
            try temporary.addTinyModel()
            return try FileManager.default.removeItem(atPath: temporary.path + "/train.jsonl")
        }
        let tests = String(#filePath.dropLast("/EndToEndTests/InitTests.swift".count))
        try FileManager.default.copyItem(
            atPath: tests + "/FinetuningTests/Fixtures/causal-lm", toPath: temporary.path + "/model")
    }

    @Test(arguments: Form.allCases.map(\.rawValue))
    func `a file for data of any form is checked and run without an edit`(name: String) async throws {
        let form = try #require(Form(rawValue: name))
        try addModel(form)
        for file in form.files { _ = try temporary.write(file.text, to: file.name) }
        let made = try await run(["init", "--model", "model", "--data"] + form.files.map(\.name))
        #expect(made.code == 0, "\(made.errors) \(made.output)")
        let space = try #require(temporary.read("space.yaml"))
        #expect(made.output.contains("max_length") && made.output.contains("time: about ") && made.output.contains("memory: "))
        #expect(space.contains("# Written by `autolora init`") && space.contains("# 99 % of the texts have at most "))
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 0 && !check.errors.contains("warning"), "\(check.errors)\n\(space)")
        let run = try await autolora.run("run", "space.yaml", "--trials", "2", "--quiet", "--study", "made")
        #expect(run.code == 0, "\(run.errors)")
        let best = try #require(try await autolora.run("best", "made", "--json").json() as? [String: Any])
        #expect(best["value"] as? Double != nil && best["adapter"] as? String != nil)
        switch form {
        case .csv:
            #expect(space.contains("separator: \";\"") && space.contains("text_column: review") && space.contains("split: {"))
            #expect(
                space.contains("label_column: sentiment") && made.output.contains("labels      neg 60 (67 %), pos 30 (33 %)"))
        case .tsv: #expect(space.contains("  train: set/train.tsv\n  validation: set/dev.tsv\n"))
        case .jsonl: #expect(space.contains("  test: data/test.jsonl\n") && best["test"] is [String: Double])
        case .completions: #expect(space.contains("task: causal-lm") && space.contains("name: eval_loss"))
        case .messages: #expect(made.output.contains("rows of messages"))
        }
        // What is there is not replaced.
        let again = try await self.run(["init", "--model", "model", "--data"] + form.files.map(\.name))
        #expect(again.code == 2 && again.errors.contains("space.yaml: is there already and is not replaced"))
        #expect(temporary.read("space.yaml") == space)
    }

    @Test func `without a name it takes the model and the files that are here, where there is no doubt`() async throws {
        try addModel(.jsonl)
        for file in Form.jsonl.files { _ = try temporary.write(file.text, to: file.name) }
        let made = try await autolora.run("init", "--output", "spaces/first.yaml")
        #expect(made.code == 2 && made.errors.contains("spaces/first.yaml"), "\(made.errors)")
        try FileManager.default.createDirectory(atPath: temporary.path + "/spaces", withIntermediateDirectories: true)
        let second = try await autolora.run("init", "--output", "spaces/first.yaml")
        #expect(second.code == 0, "\(second.errors)")
        #expect(try await autolora.run("check", "spaces/first.yaml").code == 0)
        _ = try temporary.write("", to: "other.gguf")
        let doubt = try await autolora.run("init", "--output", "third.yaml")
        #expect(doubt.code == 2 && doubt.errors.contains("several could be the model: model, other.gguf; give --model"))
    }

    @Test func `uneven labels are weighed, and compared by F1`() async throws {
        try addModel(.jsonl)
        let rows = Self.rows(200) { #"{"text": "\#(Self.text($0))", "label": "\#($0 % 10 == 0 ? "rare" : "usual")"}"# }
        _ = try temporary.write(rows, to: "rows.jsonl")
        let made = try await autolora.run("init", "--model", "model", "--data", "rows.jsonl")
        #expect(made.code == 0, "\(made.errors)")
        let space = try #require(temporary.read("space.yaml"))
        #expect(space.contains("class_weights: {values: [none, balanced]}") && space.contains("eval_f1"))
        #expect(try await autolora.run("check", "space.yaml").code == 0)
    }

    @Test(arguments: [
        (["--data", "rows.json"], "ends in .json"), (["--data", "nothing.csv"], "nothing.csv"),
        (["--data", "one.jsonl"], "every row is labeled 'x'"), (["--data", "broken.jsonl"], "cannot be read"),
        (["--data", "one.jsonl", "--task", "causal"], "expected sequence-classification or causal-lm"),
        (["--data", "one.jsonl", "--task", "causal-lm"], "has no matrix of its vocabulary"),
    ])
    func `what cannot be learned is refused with the reason, and nothing is written`(arguments: [String], words: String)
        async throws
    {
        try addModel(.jsonl)
        _ = try temporary.write("[]", to: "rows.json")
        let row = #"{"text": "a", "label": "x"}"# + "\n"
        _ = try temporary.write(String(repeating: row, count: 20), to: "one.jsonl")
        _ = try temporary.write(row + "{\n" + row.replacing("x", with: "y"), to: "broken.jsonl")
        let made = try await run(["init", "--model", "model"] + arguments)
        #expect(made.code != 0 && made.errors.contains(words), "\(made.errors)")
        #expect(temporary.read("space.yaml") == nil)
    }
}
