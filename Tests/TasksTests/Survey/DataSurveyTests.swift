import Testing
import TrainerSettings

@testable import Tasks

@Suite struct DataSurveyTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func survey(_ question: SurveyQuestion = SurveyQuestion(), _ files: (name: String, text: String)...) throws
        -> DataSurvey
    {
        try DataSurvey(files.map { try folder.write($0.text, as: $0.name) }, question)
    }

    private func finding(_ kind: SurveyFinding.Kind, in survey: DataSurvey) throws -> SurveyFinding {
        try #require(survey.allFindings.first { $0.kind == kind }, "\(survey.text)")
    }

    /// Paths without the folder.
    private func bare(_ places: [String]) -> [String] { places.map { $0.replacing(folder.path + "/", with: "") } }

    private static let rows = (0..<40).map { #"{"text": "film number \#($0)", "label": "\#($0 % 2 == 0 ? "good" : "bad")"}"# }

    @Test func `a sound file has figures and nothing to say of it`() throws {
        let survey = try survey(SurveyQuestion(), ("rows.jsonl", Self.rows.joined(separator: "\n")))
        let file = survey.files[0]
        #expect(file.rows == 40 && file.task == .sequenceClassification && file.columns == ["label", "text"])
        #expect(file.labels.map(\.name) == ["bad", "good"] && file.labels.map(\.rows) == [20, 20])
        #expect(file.characters.longest == 14 && file.characters.percentile(50) == 14 && file.characters.percentile(1) == 13)
        #expect(survey.allFindings.isEmpty && survey.text.hasSuffix("nothing was found that is wrong with it"))
        #expect(survey.text.contains("  labels      bad 20 (50 %), good 20 (50 %)"))
    }

    @Test func `copies, conflicts, empty texts and missing labels are told with their lines`() throws {
        let odd = [
            #"{"text": " film number 3 ", "label": "bad"}"#, #"{"text": "film number 4", "label": "bad"}"#,
            #"{"text": "  ", "label": "good"}"#, #"{"text": "no label", "label": ""}"#, #"{"text": null, "label": "bad"}"#, "{",
        ]
        let survey = try survey(SurveyQuestion(), ("rows.jsonl", (Self.rows + odd).joined(separator: "\n") + "\n"))
        let copies = try finding(.duplicates, in: survey)
        #expect(copies.count == 1 && bare(copies.examples) == ["rows.jsonl:4 and rows.jsonl:41"])
        let conflict = try finding(.conflictingLabels, in: survey)
        #expect(conflict.count == 1 && bare(conflict.examples) == ["rows.jsonl:5 and rows.jsonl:42"])
        #expect(bare(try finding(.emptyTexts, in: survey).examples) == ["rows.jsonl:43"])
        #expect(bare(try finding(.missingLabels, in: survey).examples) == ["rows.jsonl:44"])
        let broken = survey.allFindings.filter { $0.kind == .brokenRows }
        #expect(broken.map { bare($0.examples) } == [["rows.jsonl:46"], ["rows.jsonl:45"]])
        #expect(survey.allFindings.allSatisfy { !$0.advice.isEmpty && survey.text.contains($0.advice) })
    }

    @Test func `labels that are all rare, and too few rows, are told`() throws {
        let many = (0..<200).map { "text \($0) is long,L\($0 % 120)" }
        let rare = try finding(
            .rareLabels, in: survey(SurveyQuestion(), ("many.csv", (["text,label"] + many).joined(separator: "\n"))))
        #expect(rare.count == 120)
        let few = try survey(SurveyQuestion(), ("few.jsonl", Self.rows.prefix(6).joined(separator: "\n")))
        #expect(try finding(.fewRows, in: few).count == 6)
    }

    @Test(arguments: ["--text-column", "--label-column"])
    func `a column that is not there is told with those that are`(option: String) throws {
        var question = SurveyQuestion()
        if option == "--text-column" { question.text = "texts" } else { question.label = "lable" }
        let error = #expect(throws: InputError.self) { try survey(question, ("rows.jsonl", Self.rows.joined(separator: "\n"))) }
        #expect(error?.problem.hasPrefix("\(option): no column '") == true && error?.problem.contains("(label, text)") == true)
        #expect(error?.problem.contains("did you mean") == true, "\(error?.problem ?? "")")
    }

    @Test func `files are held against one another`() throws {
        let other = [
            #"{"text": "film number 7", "label": "bad"}"#, #"{"text": "film number 8", "label": "bad"}"#,
            #"{"text": "new", "label": "odd"}"#,
        ]
        let survey = try survey(
            SurveyQuestion(), ("train.jsonl", Self.rows.joined(separator: "\n")), ("test.jsonl", other.joined(separator: "\n")))
        let shared = try finding(.sharedTexts, in: survey)
        #expect(
            shared.count == 2 && bare(shared.examples) == ["test.jsonl:1 and train.jsonl:8", "test.jsonl:2 and train.jsonl:9"])
        #expect(try finding(.conflictingLabels, in: survey).count == 1)
        let unknown = try finding(.unknownLabels, in: survey)
        #expect(unknown.text.hasSuffix("lacks: odd") && bare(unknown.examples) == ["test.jsonl:3"])
        #expect(try finding(.rareLabels, in: survey).text.hasSuffix("is labeled good"))
    }

    @Test(arguments: [("rows.csv", ","), ("rows.tsv", "\t"), ("rows.csv", ";"), ("rows.tsv", "|")])
    func `columns are found by their names, and the sign between them`(name: String, sign: String) throws {
        let lines = (0..<30).map { ["\($0)", "a long review of film \($0)", "\($0 % 3)"].joined(separator: sign) }
        let header = ["id", "review", "stars"].joined(separator: sign)
        let file = try survey(SurveyQuestion(), (name, ([header] + lines).joined(separator: "\n"))).files[0]
        #expect(file.reading.text == "review" && file.reading.label == "stars" && file.labels.map(\.name) == ["0", "1", "2"])
        let isUsual = sign == "," || sign == "\t"
        #expect((file.reading.separator == nil) == isUsual && file.rows == 30 && file.findings.isEmpty, "\(file.findings)")
    }

    @Test func `unusual names are found by what stands in the columns`() throws {
        let lines = (0..<40).map { "row \($0),words that say something \($0 * 7),group\($0 % 4)" }
        let file = try survey(SurveyQuestion(), ("rows.csv", "a,b,c\n" + lines.joined(separator: "\n"))).files[0]
        #expect(file.reading.text == "b" && file.reading.label == "c" && file.labels.count == 4)
        var question = SurveyQuestion()
        (question.text, question.label) = ("a", "c")
        #expect(try survey(question, ("rows.csv", "a,b,c\n" + lines.joined(separator: "\n"))).files[0].reading.text == "a")
    }

    @Test(arguments: [
        ([#"{"prompt": "Say N.", "completion": "N"}"#], "prompt and completion"),
        ([#"{"messages": [{"role": "user", "content": "Say N."}, {"role": "assistant", "content": "N"}]}"#], "messages"),
        ([#"{"instruction": "Say N.", "input": "", "output": "N"}"#], "messages"), ([#"{"text": "Only N."}"#], "text"),
    ])
    func `rows for language models are known by their keys`(form: [String], kind: String) throws {
        let rows = (0..<20).map { form[0].replacing("N", with: "\($0)") }
        let copy = try survey(SurveyQuestion(), ("rows.jsonl", (rows + [rows[3]]).joined(separator: "\n")))
        #expect(copy.files[0].task == .causalLanguageModel && copy.files[0].kind == kind && copy.files[0].labels.isEmpty)
        #expect(bare(try finding(.duplicates, in: copy).examples) == ["rows.jsonl:4 and rows.jsonl:21"])
        let twice = try survey(SurveyQuestion(), ("a.jsonl", rows.joined(separator: "\n")), ("b.jsonl", rows[0]))
        let shared = try finding(.sharedTexts, in: twice)
        #expect(shared.count == 1 && shared.text.contains(kind == "text" ? "1 text" : "1 prompt"))
    }

    @Test func `what a prompt answers decides whether it is a copy, and empty answers are told`() throws {
        let rows = [
            #"{"prompt": "a", "completion": "1"}"#, #"{"prompt": "a", "completion": "2"}"#,
            #"{"prompt": "b", "completion": " "}"#,
            #"{"prompt": "c"}"#,
        ]
        let survey = try survey(SurveyQuestion(), ("rows.jsonl", rows.joined(separator: "\n")))
        #expect(!survey.allFindings.contains { $0.kind == .duplicates || $0.kind == .conflictingLabels })
        #expect(bare(try finding(.emptyTexts, in: survey).examples) == ["rows.jsonl:3"])
        #expect(bare(try finding(.brokenRows, in: survey).examples) == ["rows.jsonl:4"])
    }

    @Test func `uneven and rare labels, and one label alone`() throws {
        let many = (0..<60).map { #"{"text": "t\#($0)", "label": "\#($0 < 50 ? "ham" : $0 < 58 ? "spam" : "Spam")"}"# }
        let survey = try survey(SurveyQuestion(), ("rows.jsonl", many.joined(separator: "\n")))
        #expect(try finding(.imbalance, in: survey).line.contains("class_weights: balanced"))
        #expect(try finding(.rareLabels, in: survey).text == "1 label with fewer than 5 rows: Spam 2")
        #expect(try finding(.doubtfulLabels, in: survey).text.contains("differ in spaces or capitals alone"))
        #expect(survey.files[0].isUneven)
        let one = try self.survey(
            SurveyQuestion(), ("one.jsonl", Self.rows.map { $0.replacing("bad", with: "good") }.joined(separator: "\n")))
        #expect(try finding(.refused, in: one).text == "every row is labeled 'good'")
        // Rows to compare by may all be of one label.
        let two = try self.survey(
            SurveyQuestion(), ("train.jsonl", Self.rows.joined(separator: "\n")),
            ("valid.jsonl", #"{"text": "new", "label": "good"}"#))
        #expect(two.allFindings.map(\.kind) == [.rareLabels])
    }

    @Test func `with a model, lengths are told in its tokens`() throws {
        var question = SurveyQuestion()
        question.model = try TinyModel().folder.path
        let model = try TinyModel()
        question.model = model.folder.path
        let long = #"{"text": "\#(String(repeating: "film ", count: 30))", "label": "bad"}"#
        let survey = try survey(question, ("rows.jsonl", (Self.rows + [long]).joined(separator: "\n")))
        let tokens = try #require(survey.files[0].tokens)
        #expect(tokens.count == 41 && tokens.longest >= 32 && tokens.percentile(50) < tokens.longest)
        #expect(try finding(.longTexts, in: survey).text.hasSuffix("more than the 16 tokens that the model takes"))
    }

    @Test func `a model that writes no text counts no tokens of prompts`() throws {
        var question = SurveyQuestion()
        let model = try TinyModel()
        question.model = model.folder.path
        let error = #expect(throws: InputError.self) {
            try survey(question, ("rows.jsonl", #"{"prompt": "a", "completion": "b"}"#))
        }
        #expect(
            error?.description
                == "\(model.folder.path): causal-lm needs a model that writes text; a bert has no matrix of its vocabulary")
    }

    @Test(arguments: [
        ("rows.json", "[]", "ends in .json"), ("rows.jsonl", "[{\"text\": 1}]", "is one JSON document"),
        ("rows.csv", "", "is empty"),
        ("rows.txt", "x", "is of no known kind"), ("rows.jsonl", "\n", "is empty"),
    ])
    func `a file that is none is refused with the trainer's words`(name: String, text: String, words: String) throws {
        let error = #expect(throws: InputError.self) { try survey(SurveyQuestion(), (name, text)) }
        #expect(error?.description.contains(words) == true, "\(error as Any)")
    }

    @Test func `what the trainer refuses for another reason is told too`() throws {
        let rows = (0..<20).map { #"{"text": "t\#($0)", "label": \#(Double($0) + 0.5)}"# }
        let survey = try survey(SurveyQuestion(), ("rows.jsonl", rows.joined(separator: "\n")))
        #expect(try finding(.refused, in: survey).text.contains("the number 0.5"))
        let none = try self.survey(SurveyQuestion(), ("none.jsonl", #"{"a": [1]}"#))
        #expect(try finding(.brokenRows, in: none).text.contains("found a"))
    }

    @Test func `all of it is had as JSON`() throws {
        let survey = try survey(SurveyQuestion(), ("rows.jsonl", (Self.rows + [Self.rows[0]]).joined(separator: "\n")))
        guard case .object(let value) = survey.value, case .array(let files)? = value["files"],
            case .object(let file) = files[0]
        else { throw CancellationError() }
        #expect(
            file["rows"] == .int(41) && file["task"] == .string("sequence-classification")
                && file["text_column"] == .string("text"))
        #expect(file["labels"] == .object(["bad": .int(20), "good": .int(21)]) && file["tokens"] == .null)
        guard case .array(let findings)? = file["findings"], case .object(let finding)? = findings.first else {
            throw CancellationError()
        }
        #expect(
            finding["kind"] == .string("duplicates") && finding["count"] == .int(1) && finding["advice"]?.text?.isEmpty == false
        )
    }
}

@Suite struct LengthSpreadTests {
    @Test func `a percentile is the least length that so many do not exceed`() {
        let spread = LengthSpread(1...100)
        #expect([0, 1, 50, 90, 99, 100].map(spread.percentile) == [1, 1, 50, 90, 99, 100] && spread.longest == 100)
        #expect(
            LengthSpread([7]).percentile(50) == 7 && LengthSpread([]).percentile(99) == 0
                && LengthSpread([3, 1, 2]).percentile(50) == 2)
        #expect(spread.share(above: 90) == 0.1 && spread.share(above: 100) == 0 && LengthSpread([]).share(above: 0) == 0)
        #expect(
            spread.mean(upTo: 1000) == 50.5 && spread.mean(upTo: 1) == 1
                && spread.text == "median 50, 90 % up to 90, 95 % up to 95, 99 % up to 99, the longest 100")
    }
}
