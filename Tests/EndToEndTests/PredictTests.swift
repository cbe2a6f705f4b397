import Foundation
import TestSupport
import Testing

/// `autolora predict` and `autolora evaluate --data`.
@Suite(.timeLimit(.minutes(5))) struct PredictTests {
    private let adapters: UsedAdapters
    private var temporary: TemporaryFolder { adapters.temporary }
    private var autolora: Autolora { adapters.autolora }

    init() async throws { adapters = try await UsedAdapters() }

    private func fields(_ output: String) -> [[Substring]] {
        output.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    }

    @Test func `a text has one answer, wherever it comes from`() async throws {
        let texts = ["a good film", "bad", "the \t plot"]
        let given = try await autolora.wait(
            for: autolora.start(["predict", "--adapter", "classifier/adapter"] + texts.flatMap { ["--text", $0] }))
        #expect(given.code == 0, "\(given.errors)")
        let lines = fields(given.output)
        #expect(lines.map(\.count) == [3, 3, 3] && lines.map { $0[2] } == ["a good film", "bad", "the plot"])
        for line in lines {
            #expect(["good", "bad", "odd"].contains(line[0]) && Double(line[1]).map { $0 > 0.33 && $0 <= 1 } == true)
        }
        let rows = texts.joined(separator: "\n") + "\n"
        let piped = try await adapters.run("predict", "--adapter", "classifier/adapter", "-", input: Array(rows.utf8))
        _ = try temporary.write("id,review\n" + texts.map { "1,\($0)\n" }.joined(), to: "new.csv")
        let table = try await autolora.run(
            "predict", "--adapter", "classifier/adapter", "new.csv", "--text-column", "review")
        _ = try temporary.write(rows, to: "new.txt")
        let file = try await autolora.run("predict", "--adapter", "classifier/adapter", "new.txt")
        for other in [piped, table, file] { #expect(other.code == 0 && other.output == given.output, "\(other.errors)") }
        let json = try await autolora.run("predict", "--adapter", "classifier/adapter", "new.txt", "--json")
        let objects = try json.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(objects.compactMap { $0["text"] as? String } == texts)
        for object in objects {
            let all = try #require(object["probabilities"] as? [String: Double])
            #expect(abs(all.values.reduce(0, +) - 1) < 1e-6 && all.values.max() == object["probability"] as? Double)
        }
    }

    @Test func `a line of standard input is answered before the next one comes`() async throws {
        let process = try adapters.start("predict", "--adapter", "judge/adapter", "-")
        for count in 1...3 {
            try process.write("good film \(count)\n")
            try await eventually { process.printed.split(separator: "\n").count == count }
            #expect(process.printed.hasSuffix("good film \(count)\n"))
        }
        // The last line has no end of its own.
        try process.write("bad")
        process.closeInput()
        #expect(try await process.end() == 0)
        #expect(process.printed.hasSuffix("\tbad\n"))
    }

    @Test(arguments: [
        ("good film\n\nbad\n", "standard input: text 2 is empty: this model has no token for it"),
        ("good\rbad\r", "standard input: its lines end with a carriage return alone"),
        ("\u{FEFF}good\u{0}\n", ""), ("", ""),
    ])
    func `what standard input has that is no text is told by its number`(input: String, words: String) async throws {
        let result = try await adapters.run("predict", "--adapter", "judge/adapter", "-", input: Array(input.utf8))
        #expect(result.code == (words.isEmpty ? 0 : 2) && (words.isEmpty || result.errors.contains(words)), "\(result.errors)")
    }

    @Test func `bytes that are no UTF-8 are refused with their place, from a file or a pipe`() async throws {
        let bytes = Array("good\nbad ".utf8) + [0xFF, 0x0A]
        let piped = try await adapters.run("predict", "--adapter", "classifier/adapter", "-", input: bytes)
        #expect(piped.code == 2 && piped.errors.contains("standard input:2:5: found the byte 0xFF"), "\(piped.errors)")
        try Data(bytes).write(to: URL(filePath: temporary.path + "/bad.txt"))
        let file = try await autolora.run("predict", "--adapter", "classifier/adapter", "bad.txt")
        #expect(file.code == 2 && file.errors.contains("bad.txt:2:5: found the byte 0xFF"), "\(file.errors)")
        let zipped = try await adapters.run("predict", "--adapter", "classifier/adapter", "-", input: [0x1F, 0x8B, 8, 0, 10])
        #expect(zipped.code == 2 && zipped.errors.contains("is compressed (gzip)"), "\(zipped.errors)")
        let chat = try await adapters.run("generate", "--model", "decoder", "--chat", input: bytes)
        #expect(chat.code == 2 && chat.errors.contains("standard input:2:5: found the byte 0xFF"), "\(chat.errors)")
    }

    @Test func `an adapter is evaluated on any file`() async throws {
        let result = try await autolora.run("evaluate", "--adapter", "classifier/adapter", "--data", "train.jsonl", "--json")
        let report = try #require(result.json() as? [String: Any], "\(result.errors)")
        #expect((report["classes"] as? [Any])?.count == 3 && (report["confusion"] as? [[Int]])?.count == 3)
        #expect((report["latency_ms"] as? [String: Double])?.keys.sorted() == ["p50", "p90", "p99"])
        let both = try await autolora.run(
            "evaluate", "--adapter", "classifier/adapter", "--data", "train.jsonl", "--json", "--logits")
        let rows = try #require(both.json() as? [String: Any], "\(both.output)")["logits"] as? [[Double]]
        #expect(rows?.isEmpty == false && rows?.allSatisfy { $0.count == 3 } == true)
        let narrow = try await autolora.run(
            "evaluate", "--adapter", "classifier/adapter", "--data", "train.jsonl", "--json", "--logits", "--max-length", "3",
            "--threads", "1", "--precision", "fp32")
        let cut = try #require(narrow.json() as? [String: Any], "\(narrow.errors)")["logits"] as? [[Double]]
        #expect(cut?.count == rows?.count && cut != rows)
        let shown = try await autolora.run("evaluate", "--adapter", "classifier/adapter", "--data", "train.jsonl")
        #expect(shown.output.split(separator: "\n").allSatisfy { $0.count <= 60 }, "\(shown.output)")
        let written = try await autolora.run(
            "evaluate", "--adapter", "writer/adapter", "--data", "decoder/text.jsonl", "--json")
        let loss = try #require(written.json() as? [String: Any], "\(written.errors)")["test_loss"] as? Double
        #expect(loss.map { $0 > 0 } == true)
    }

    @Test func `what is wrong with the data is told in the command's own words`() async throws {
        let cases: [(String, String, String)] = [
            ("a.csv", "review,label\ngood,good\n", "a.csv:1: lacks 'text'; found review, label; set --text-column to the"),
            ("b.csv", "text;label\ngood;good\n", "expected ','; write it so, or as .jsonl"),
            (
                "c.jsonl", "{\"text\": \"a\", \"label\": \"good\"}\n{\"text\": \"\", \"label\": \"bad\"}\n",
                "c.jsonl:2: the text is empty"
            ),
            ("d.csv", "", "d.csv: is empty"),
        ]
        for (name, text, words) in cases {
            _ = try temporary.write(text, to: name)
            let result = try await autolora.run("evaluate", "--adapter", "judge/adapter", "--data", name)
            #expect(
                result.code == 2 && result.errors.contains(words) && !result.errors.contains("text_column"), "\(result.errors)")
        }
        _ = try temporary.write("", to: "empty.txt")
        let empty = try await autolora.run("predict", "--adapter", "judge/adapter", "empty.txt")
        #expect(empty.code == 2 && empty.errors.contains("empty.txt: is empty"), "\(empty.errors)")
    }

    @Test func `a label with a tab or a line's end in it breaks no column`() async throws {
        let names = ["ba\td", "go\n od", "odd"]
        let labels: [String: Any] = [
            "id2label": Dictionary(uniqueKeysWithValues: names.enumerated().map { ("\($0)", $1) }),
            "label2id": Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) }),
        ]
        try JSONSerialization.data(withJSONObject: labels).write(
            to: URL(filePath: temporary.path + "/classifier/adapter/labels.json"))
        let result = try await autolora.run("predict", "--adapter", "classifier/adapter", "train.jsonl")
        #expect(result.code == 0, "\(result.errors)")
        #expect(fields(result.output).allSatisfy { $0.count == 3 })
        #expect(Set(fields(result.output).map { $0[0] }).isSubset(of: ["ba d", "go od", "odd"]))
    }
}
