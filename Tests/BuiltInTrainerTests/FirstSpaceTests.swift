import Backbones
import Foundation
import SearchSpaces
import SpaceFiles
import Tasks
import TestSupport
import Testing
import TrainerSettings
import Trainers

@testable import BuiltInTrainer

@Suite struct FirstSpaceTests {
    private let temporary: TemporaryFolder

    init() throws {
        temporary = try TemporaryFolder()
        try temporary.addTinyModel()
    }

    private func request(_ files: [String], output: String = "space.yaml") -> SpaceRequest {
        SpaceRequest(model: temporary.path + "/model", data: files, question: SurveyQuestion(), output: output)
    }

    /// Of rows with texts of so many words, each of which is a token.
    private func facts(rows: Int, words: (Int) -> Int = { _ in 4 }, model: String? = nil) throws -> SpaceFacts {
        let lines = (0..<rows).map { row in
            #"{"text": "\#(String(repeating: "film ", count: words(row)))\#(row)", "label": "\#(row % 2)"}"#
        }
        let file = try temporary.write(lines.joined(separator: "\n"), to: "rows.jsonl")
        var question = SurveyQuestion()
        question.model = temporary.path + "/model"
        let configuration = try Architectures.configuration(of: model ?? temporary.path + "/model")
        return SpaceFacts(
            configuration: configuration, parameters: 1, survey: try DataSurvey([file], question), parts: [(.train, file)])
    }

    @Test(arguments: [
        (["x.csv"], ["x.csv"]), (["b/test.csv", "b/train.csv"], ["b/train.csv", "b/test.csv"]),
        (["dev.tsv", "train.tsv"], ["train.tsv", "dev.tsv"]),
        (["test.csv", "train.csv", "valid.csv"], ["train.csv", "valid.csv", "test.csv"]),
        (["one.csv", "two.csv", "three.csv"], ["one.csv", "two.csv", "three.csv"]),
        (["one.csv", "two.csv"], ["one.csv", "two.csv"]),
        (["my-val.csv", "my-train.csv"], ["my-train.csv", "my-val.csv"]), (["test.csv"], ["test.csv"]),
    ])
    func `names tell which file is what, else their order`(files: [String], parts: [String]) {
        let found = request(files).parts
        #expect(found.map(\.file) == parts)
        #expect(found.map(\.part) == Array(DataPart.allCases.prefix(parts.count)))
    }

    @Test(arguments: [
        ("yes", #""yes""#), ("a b", #""a b""#), ("../data/x.csv", "../data/x.csv"), ("#1", ##""#1""##),
        ("it's: \"x\"", #""it's: \"x\"""#),
        ("12", #""12""#), ("all-linear", "all-linear"), (";", #"";""#), ("~/x", #""~/x""#), ("", #""""#),
    ])
    func `texts are quoted where a reader could take them for something else`(text: String, written: String) throws {
        #expect(SpaceText.flow(.string(text)) == written)
        #expect(
            SpaceText.flow(.object(["k": .array([.string(text), .int(1), .double(0.25), .bool(true)])]))
                == "{k: [\(written), 1, 0.25, true]}")
    }

    @Test func `reasons stand above their lines, and are broken where they are long`() {
        var text = SpaceText()
        text.add("a", .int(1), String(repeating: "word ", count: 40), indent: 2)
        let lines = text.text.split(separator: "\n")
        #expect(lines.last == "  a: 1" && lines.count == 3 && lines.allSatisfy { $0.count <= 110 })
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix("  # word") })
    }

    @Test func `a length leaves 99 of 100 texts whole, and is no longer than the model takes`() throws {
        #expect(try FirstSettings(facts(rows: 200), split: DataSplit()).maxLength == 16)
        let mixed = try facts(rows: 400) { $0 % 300 == 0 ? 60 : 2 }
        #expect(FirstSettings(mixed, split: DataSplit()).maxLength == 16)
        #expect(FirstSettings(mixed, split: DataSplit()).lengthReason.contains("under 1 % of them lose their end"))
        // It has 16 positions.
        #expect(try FirstSettings(facts(rows: 100) { _ in 50 }, split: DataSplit()).maxLength == 16)
    }

    @Test(arguments: [(20, 5), (100, 8), (400, 16), (3000, 32)])
    func `batches and steps go by the rows, and nine reports make the steps`(rows: Int, batch: Int) throws {
        let settings = FirstSettings(try facts(rows: rows), split: DataSplit())
        #expect(settings.batchSize == batch && settings.steps == 9 * settings.evalSteps && settings.evalSteps >= 2)
        #expect(settings.steps <= 900 && settings.passes >= 2.5 && settings.passes < 13)
        // Of half the rows as many passes are made, or more where they are few.
        let half = FirstSettings(try facts(rows: rows), split: DataSplit(validation: 0.5))
        #expect(half.steps <= 900 && half.passes >= 0.9 * settings.passes && half.passes < 15)
    }

    @Test func `modules go from attention alone to all linear layers, by names that the model has`() throws {
        let bert = FirstParameters(facts: try facts(rows: 40))
        func list(_ names: String...) -> SettingValue { .array(names.map(SettingValue.string)) }
        #expect(
            bert.targets == [
                list("query", "value"), list("query", "key", "value", "attention.output.dense"),
                list("intermediate.dense", "output.dense"), .string("all-linear"),
            ])
        #expect(bert.layers.isEmpty && !bert.isUneven)
        let tests = String(#filePath.dropLast("/BuiltInTrainerTests/FirstSpaceTests.swift".count))
        let llama = FirstParameters(facts: try facts(rows: 40, model: tests + "/FinetuningTests/Fixtures/causal-lm"))
        #expect(
            llama.targets.first == list("q_proj", "v_proj") && llama.targets.contains(list("gate_proj", "up_proj", "down_proj"))
        )
    }

    @Test func `a written file is read back with what was chosen, whatever its paths are called`() throws {
        let rows = (0..<60).map { #"{"body": "film \#($0)", "stars": "\#($0 % 3)"}"# }.joined(separator: "\n")
        let file = try temporary.write(rows, to: "my data/it's 1.jsonl")
        var lines: [String] = []
        let space = try FirstSpace(
            request([file], output: temporary.path + "/space.yaml"), reports: { 20 * $0 }, progress: { lines.append($0) })
        let read = try SpaceFile(
            text: space.text, SpaceFilePlace(file: "space.yaml", folder: temporary.path), trainers: TrainerList.standard.types)
        let settings = read.specification.trainer.settings
        #expect(
            settings["train"] == .string(file) && settings["text_column"] == .string("body")
                && settings["label_column"] == .string("stars"))
        #expect(read.warnings.isEmpty && read.specification.earlyTermination.rungs?.maximum == 9 && lines.count == 1)
        #expect(read.specification.name == "it-s-1" || !read.specification.name.isEmpty)
        #expect(
            [12, 18, 27, 40].contains(read.specification.runCap ?? 0) && space.advice.contains { $0.hasPrefix("time: about ") })
    }

    @Test func `rows that cannot be parted are refused with what they lack`() throws {
        let rows = (0..<60).map { #"{"text": "film \#($0)", "label": "L\#($0 % 50)"}"# }
        let file = try temporary.write(rows.joined(separator: "\n"), to: "many.jsonl")
        func refusal(_ files: [String]) -> String {
            let error = #expect(throws: InputError.self) { try FirstSpace(request(files), reports: { $0 }, progress: { _ in }) }
            return error?.problem ?? ""
        }
        #expect(refusal([file]).contains("50 labels with fewer than 5 rows"), "\(refusal([file]))")
        #expect(refusal([file, file]).contains("is given twice"))
    }

    @Test func `rows that no trial could be run on are refused with what was found`() throws {
        let one = try temporary.write(#"{"text": "a", "label": "x"}"#, to: "one.jsonl")
        let error = #expect(throws: InputError.self) {
            try FirstSpace(request([one], output: temporary.path + "/s.yaml"), reports: { $0 }, progress: { _ in })
        }
        #expect(error?.description.contains("every row is labeled 'x'") == true)
        #expect(throws: InputError.self) {
            try FirstSpace(
                request([one, one, one, one], output: temporary.path + "/s.yaml"), reports: { $0 }, progress: { _ in })
        }
    }
}
