import Testing
import TrainerSettings

@testable import Tasks

@Suite struct ClassificationSummaryTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    @Test func `the data are counted without the model`() throws {
        let summary = try ClassificationSummary(model.settings(["model": .string("/nowhere")]))
        #expect(summary.labels == ["bad", "good", "odd"])
        #expect(summary.whole.rows[.train] == 30 && summary.whole.rows[.validation] == 30)
        #expect(summary.whole.rows[.test] == nil)
        let whole = try model.settings(["test": .string(model.folder.path + "/train.jsonl")])
        #expect(try ClassificationSummary(whole).whole.rows[.test] == 30)
    }

    @Test(arguments: ["validation", "test"])
    func `a label that training never shows is found in every split`(split: String) throws {
        let file = try model.folder.write("text,label\na,good\nb,ugly\n", as: "other.csv")
        let settings = try model.settings([split: .string(file)])
        let error = #expect(throws: InputError.self) { try ClassificationSummary(settings) }
        #expect(error?.place == file + ":3")
    }

    private func summary(train: String, validation: String, _ more: [String: SettingValue] = [:]) throws
        -> ClassificationSummary
    {
        let files = (try model.folder.write(train, as: "a.csv"), try model.folder.write(validation, as: "b.csv"))
        return try ClassificationSummary(
            model.settings(["train": .string(files.0), "validation": .string(files.1)].merging(more) { $1 }))
    }

    @Test func `rows are counted by label, part by part`() throws {
        let summary = try summary(train: "text,label\na,1.0\nb,0.0\nc,1.0\n", validation: "text,label\nx,1\ny,0\n")
        #expect(summary.labels == ["0", "1"])
        #expect(summary.parts.map(\.counts) == [[1, 2], [1, 1]])
        #expect(
            summary.whole.lines.map(\.text) == [
                "3 rows: 0 1 (33 %), 1 2 (67 %)", "2 rows: 0 1 (50 %), 1 1 (50 %)",
                "each label is the number of its class, 0 to 1",
            ])
        #expect(summary.whole.lines.map(\.name) == ["train", "validation", "classes"])
        #expect(summary.remarks.isEmpty, "\(summary.remarks)")
    }

    @Test func `of many labels the most and the least frequent are told`() throws {
        let rows = (0..<20).flatMap { label in (0...label).map { "t\(label)-\($0),l\(label)\n" } }.joined()
        let summary = try summary(train: "text,label\n" + rows, validation: "text,label\nx,l3\n")
        #expect(summary.parts[0].text == "210 rows of 20 labels, from l19 20 (10 %) to l0 1 (under 1 %)")
        #expect(summary.remarks.contains("a single row to train on is labeled l0"), "\(summary.remarks)")
        #expect(summary.remarks.contains { $0.hasPrefix("no row of validation is labeled l0, l1, l10") }, "\(summary.remarks)")
    }

    @Test func `texts in two parts, and one label nearly everywhere, are pointed out`() throws {
        let many = (0..<19).map { "v\($0),good\n" }.joined()
        let summary = try summary(
            train: "text,label\na,good\nb,bad\nc,good\n", validation: "text,label\n a ,good\n" + many,
            ["test": .string(model.folder.write("text,label\nv0,bad\nb,bad\nc,good\nd,good\n", as: "c.csv"))])
        for words in [
            "1 of 20 texts of validation are in train too", "2 of 4 texts of test are in train too",
            "1 of 4 texts of test are in validation too",
            "20 of 20 rows of validation are good: whoever always says so has an accuracy of 1; eval_f1 tells more",
            "no row of validation is labeled bad",
        ] { #expect(summary.remarks.contains { $0.hasPrefix(words) }, "\(words): \(summary.remarks)") }
        #expect(summary.remarks.count == 5)
    }

    @Test func `what a length cuts is told from texts of the whole file`() throws {
        let rows = (0..<5000).map { "film\($0 % 4 == 0 ? " good good good" : ""),\($0 % 2)\n" }.joined()
        let summary = try summary(train: "text,label\n" + rows, validation: "text,label\nx,1\n")
        #expect(summary.sample.count == 1000)
        let lengths = try TextLengths(of: summary.sample, model: model.folder.path)
        let short = lengths.cut(at: 3)
        #expect(
            short.hasPrefix("max_length 3 cuts 2")
                && short.contains(" % of the texts: the longest of 1000 looked at has 6 tokens"), "\(short)")
        #expect(lengths.cut(at: 6) == "max_length 6 cuts none: the longest of 1000 looked at has 6 tokens")
    }
}
