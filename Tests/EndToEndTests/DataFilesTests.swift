import Foundation
import TestSupport
import Testing

/// Data as people have them, from the file to what `check` and `run` say and an adapter's classes.
@Suite(.timeLimit(.minutes(5))) struct DataFilesTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
    }

    private func space(train: String, validation: String? = "v.csv", _ more: String = "") throws {
        _ = try temporary.write("text,label\ngood,good\nbad,bad\n", to: "v.csv")
        _ = try temporary.write(
            """
            name: data
            metric: {name: eval_accuracy, goal: maximize}
            run_cap: 2
            warm_start: off
            trainer:
              model: model
              train: \(train)
              max_steps: 4
              eval_steps: 2
              batch_size: 4
              max_length: 12
              precision: fp32
              \(validation.map { "validation: \($0)" } ?? "shuffle: true")
              \(more)
            parameters: {learning_rate: {values: [1e-3, 1e-2]}}
            """, to: "space.yaml")
    }

    /// What `check` and `run` refuse alike, before anything is launched or written.
    private func refusal() async throws -> String {
        let check = try await autolora.run("check", "space.yaml")
        let run = try await autolora.run("run", "space.yaml")
        #expect(check.code == 2 && run.code == 2, "\(check.errors)\(run.errors)")
        #expect(check.output.isEmpty && run.output.isEmpty)
        #expect(check.errors == run.errors)
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/studies"))
        return check.errors
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(filePath: temporary.path + "/" + name))
    }

    private static let latin = Array("text,label\ngood film,good\ncaf".utf8) + [0xE9] + Array(" bad,bad\n".utf8)
    private static let latinLine =
        Array(#"{"text": "good", "label": "good"}"#.utf8) + Array("\n{\"text\": \"caf".utf8) + [0xE9]
        + Array("\", \"label\": \"bad\"}\n".utf8)
    private static let wide: [UInt8] =
        [0xFF, 0xFE] + Array("text,label\ncafé,good\n".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] as [UInt8] }

    @Test(arguments: [
        ("x.csv", latin, "x.csv:3:4: found the byte 0xE9, which is not UTF-8"),
        ("x.jsonl", latinLine, "x.jsonl:2:14: found the byte 0xE9"),
        ("x.csv", wide, "x.csv: is in UTF-16, expected UTF-8"),
        ("x.csv", Array("text,label\rgood,good\rbad,bad\r".utf8), "x.csv: its lines end with a carriage return alone"),
        ("x.csv", Array("text;label\ngood;good\nbad;bad\n".utf8), "set separator: ';'"),
        ("x.csv", Array("Text,Label\ngood,good\nbad,bad\n".utf8), "lacks 'text'; found Text, Label; set text_column"),
        (
            "x.csv", Array("text,label\n\"a film,bad\nawful,bad\n55\",good\nfun,good\n".utf8),
            "x.csv:2: a quote opens here and closes in line 4"
        ),
        (
            "x.jsonl", Array("{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": null}\n".utf8),
            "x.jsonl:2: 'label' is null"
        ),
        ("x.jsonl", Array("{\"text\": \"a\", \"label\": [1, 0]}\n".utf8), "x.jsonl:1: 'label' is a list"),
        ("x.jsonl", Array("{\"text\": \"a\", \"label\": 0.5}\n".utf8), "x.jsonl:1: 'label' is the number 0.5"),
        ("x.csv", Array("text,label\na,good\nb,good\n".utf8), "x.csv: has the one label 'good'"),
        ("x.csv", Array("text,label\na,good\nb,ugly\n".utf8), "v.csv:3: label 'bad' does not occur in"),
    ])
    func `a file that cannot be read as it stands is refused with what it is`(name: String, bytes: [UInt8], words: String)
        async throws
    {
        try write(bytes, to: name)
        try space(train: name)
        let errors = try await refusal()
        #expect(errors.contains(words), "\(errors)")
        #expect(errors.split(separator: "\n").count == 1)
    }

    @Test func `a table without quoting keeps its rows, and says how many, and how it was read`() async throws {
        let table =
            "text\tlabel\ngood film\tgood\n\"a film of two halves\tbad\nawful\tbad\nboring movie\tbad\nvery good\tgood\n"
            + "a screen of 55\"\tgood\nbad\tbad\nnot fun\tbad\nfun\tgood\n"
        _ = try temporary.write(table, to: "x.tsv")
        try space(train: "x.tsv")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 0, "\(check.errors)")
        #expect(check.output.contains("train             9 rows: bad 5 (56 %), good 4 (44 %)\n"), "\(check.output)")
        #expect(check.errors.contains("x.tsv:3: read without quoting"), "\(check.errors)")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.contains("train             9 rows: bad 5 (56 %), good 4 (44 %)"), "\(run.errors)")
        #expect(run.errors.contains("x.tsv:3: read without quoting"), "\(run.errors)")
        #expect(temporary.read("studies/data/trials/0/log.txt")?.contains("train 9 rows: bad 5 (56 %), good 4 (44 %)") == true)
    }

    @Test func `what is odd about labels and parts is said, and nothing is refused for it`() async throws {
        _ = try temporary.write(
            #"{"text": "good film", "label": "good"}"# + "\n" + #"{"text": "so bad", "label": " good"}"# + "\n"
                + #"{"text": "bad", "label": "bad"}"# + "\n", to: "x.jsonl")
        try space(train: "x.jsonl")
        let check = try await autolora.run("check", "space.yaml")
        #expect(check.code == 0, "\(check.errors)")
        #expect(
            check.errors.contains("x.jsonl:1: labels ' good' and 'good' differ in spaces or capitals alone"), "\(check.errors)")
        #expect(check.errors.contains("1 of 2 texts of validation are in train too"), "\(check.errors)")
        #expect(check.errors.contains("no row of validation is labeled  good"), "\(check.errors)")
        #expect(check.output.contains("texts             max_length 12 cuts none"), "\(check.output)")
    }

    private func json(_ path: String) throws -> [String: Any] {
        let text = try #require(temporary.read(path))
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func `a label that is a number is the class of that number, in every file and in the export`() async throws {
        let rows = (0..<48).map { "{\"text\": \"film \($0 % 12)\", \"label\": \($0 % 12)}\n" }.joined()
        _ = try temporary.write(rows, to: "numbers.jsonl")
        let table = (0..<12).map { "film \($0),\($0).0\n" }.joined()
        _ = try temporary.write("text,label\n" + table, to: "numbers.csv")
        try space(train: "numbers.jsonl", validation: "numbers.csv", "test: numbers.csv")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.errors.contains("classes           each label is the number of its class, 0 to 11"), "\(run.errors)")
        let export = try await autolora.run("export", "data", "--format", "peft", "--output", "adapter")
        #expect(
            export.errors.contains("each label is the number of its class, 0 to 11; adapter/README.md has the lines"),
            "\(export.errors)")
        let labels = try json("adapter/labels.json")
        #expect(
            labels["id2label"] as? [String: String] == Dictionary(uniqueKeysWithValues: (0..<12).map { ("\($0)", "\($0)") }))
        #expect(labels["label2id"] as? [String: Int] == Dictionary(uniqueKeysWithValues: (0..<12).map { ("\($0)", $0) }))
        #expect(temporary.read("adapter/README.md")?.contains("num_labels=len(id2label), id2label=id2label") == true)
    }

    @Test func `one file is divided alike for every trial, the winner's measure and an export`() async throws {
        let rows = (0..<120).map { "film \($0 / 2);\($0 / 2 % 2 == 0 ? "good" : "bad")\n" }.joined()
        _ = try temporary.write("body;verdict\n" + rows, to: "all.csv")
        try space(
            train: "all.csv", validation: nil,
            "split: {validation: 0.2, test: 0.2, by: hash}\n  separator: ';'\n  text_column: body\n  label_column: verdict")
        let run = try await autolora.run("run", "space.yaml")
        #expect(run.code == 0, "\(run.errors)")
        let counts = run.errors.matches(of: /(train|validation|test) +(\d+) rows: bad/).compactMap { Int($0.2) }
        #expect(counts.count == 3 && counts.reduce(0, +) == 120 && counts.allSatisfy { $0 % 2 == 0 })
        #expect(!run.errors.contains("too: what is measured"), "\(run.errors)")
        #expect(run.output.contains("on the test split, which no trial has seen"), "\(run.output)")
        for trial in 0..<2 {
            let configuration = try json("studies/data/trials/\(trial)/config.json")
            let settings = try #require(configuration["trainer"] as? [String: Any])
            #expect(settings["split"] as? NSDictionary == ["validation": 0.2, "test": 0.2, "by": "hash"])
            #expect(settings["validation"] == nil && settings["text_column"] as? String == "body")
        }
        #expect(try await autolora.run("verify", "data").code == 0)
        #expect(try await autolora.run("export", "data", "--format", "yaml", "--output", "best.yaml").code == 0)
        let logits = try await autolora.run("evaluate", "best.yaml", "--adapter", "studies/data/trials/0/adapter", "--logits")
        #expect(logits.output.split(separator: "\n").count == (counts.last ?? 0) + 1, "\(logits.errors)")
        let whole = try await autolora.run(
            "evaluate", "best.yaml", "--adapter", "studies/data/trials/0/adapter", "--logits", "--json")
        let object = try #require(try whole.json() as? [String: Any], "\(whole.errors)")
        #expect(
            (object["logits"] as? [[Double]])?.count == counts.last && object["confusion"] != nil && object["test_loss"] != nil)
        let refused = try await autolora.run(
            "evaluate", "best.yaml", "--adapter", "studies/data/trials/0/adapter", "--max-length", "4")
        #expect(refused.code != 0 && refused.errors.contains("--max-length goes with --data"), "\(refused.errors)")
    }

    @Test func `what the rows are cannot be searched`() async throws {
        try space(train: "train.jsonl", validation: nil, "split: {validation: 0.2}")
        let text = try #require(temporary.read("space.yaml"))
        for (parameters, words) in [
            ("{label_column: {values: [a, b]}}", "'label_column' cannot be searched"),
            ("{train: {values: [train.jsonl, v.csv]}}", "'train' cannot be searched where 'split' divides it"),
        ] {
            _ = try temporary.write(
                text.replacing("{learning_rate: {values: [1e-3, 1e-2]}}", with: parameters), to: "space.yaml")
            let result = try await autolora.run("check", "space.yaml")
            #expect(result.code == 2 && result.errors.contains(words), "\(result.errors)")
        }
    }
}
