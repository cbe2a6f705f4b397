import Finetuning
import FoundationEssentials
import SearchSpaces
import Tasks
import TrainerSettings

/// Labeled texts in one of the formats that a data file may have.
private struct DataFile {
    let path: String
    private let settings: TrainerSettings

    init(folder: String, ending: String) throws {
        path = folder + "/data." + ending
        var values = TinyModel.settings(folder)
        (values["train"], values["validation"]) = (.string(path), .string(path))
        settings = try TrainerSettings(values: values)
    }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: path)
        var question = SurveyQuestion()
        (question.task, question.text, question.label) = (settings.task, settings.columns.text, settings.columns.label)
        let survey = try? DataSurvey([path], question)
        let summary = try ClassificationTask.summary(settings)
        precondition(summary.head.outputCount > 1 && (summary.rows[.train] ?? 0) > 1)
        // What is trained on is not called refused.
        let refused: Set<SurveyFinding.Kind> = [.refused, .brokenRows, .missingLabels]
        precondition(survey?.allFindings.contains { refused.contains($0.kind) } == false)
    }
}

struct JSONLinesFormat: Format {
    static let name = "jsonl"

    private let data: DataFile
    private let lines: [JSONTree]

    init(folder: String) throws {
        data = try DataFile(folder: folder, ending: "jsonl")
        lines = try [
            #"{"text": "a film", "label": "good"}"#, #"{"label": 1, "text": "bad \u00e9 \"x\""}"#,
            #"{"text": "", "label": true, "id": [1, {"a": null}]}"#, #"{"text": "long", "label": "bad", "score": 1e-5}"#,
        ].map { try JSONTree(seed: $0) }
    }

    var file: String? { data.path }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        var texts = lines.map(\.bytes)
        let words = lines.flatMap(\.words) + ["prompt", "completion", "messages"].map { JSONTree.quoted($0) }
        let place = random.below(lines.count)
        texts[place] = lines[place].mutatedText(words: words, using: &random)
        var input = Array(texts.joined(separator: random.pick([[0x0A], [0x0D, 0x0A], [0x0A, 0x0A]])))
        if random.oneIn(5) { input.mutateBytes(using: &random) }
        return input
    }

    func read(_ input: [UInt8]) throws { try data.read(input) }
}

/// Comma-separated values; tab-separated ones are the same but for the sign.
struct CSVFormat: Format {
    static let name = "csv"

    private let data: DataFile
    private static let words = [
        "\"", "\"\"", ",", "\t", "\r", "\r\n", "\n", "text", "label", "prompt", "\"a\nb\"", "'", "\\", ";",
    ]

    init(folder: String) throws { data = try DataFile(folder: folder, ending: "csv") }

    var file: String? { data.path }

    func input(using random: inout SeededGenerator) -> [UInt8] { Self.input(delimiter: ",", using: &random) }

    func read(_ input: [UInt8]) throws { try data.read(input) }

    static func input(delimiter: String, using random: inout SeededGenerator) -> [UInt8] {
        let seeds = [
            "text,label\na film,good\n\"two\nlines, \"\"quoted\"\"\",bad\nx,1\n",
            "id,label,text\r\n1,good,a\r\n2,bad,\"b\"\r\n",
        ]
        var text = Array(random.pick(seeds).replacing(",", with: delimiter).utf8)
        let mutation = TextMutation(words: words)
        for _ in 0..<(1 + random.below(1 + random.below(5))) { mutation.mutate(&text, using: &random) }
        return text
    }
}

struct TSVFormat: Format {
    static let name = "tsv"

    private let data: DataFile

    init(folder: String) throws { data = try DataFile(folder: folder, ending: "tsv") }

    var file: String? { data.path }

    func input(using random: inout SeededGenerator) -> [UInt8] { CSVFormat.input(delimiter: "\t", using: &random) }

    func read(_ input: [UInt8]) throws { try data.read(input) }
}
