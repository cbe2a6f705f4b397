import Testing
import Tokenizers
import TrainerSettings

@testable import Tasks

/// What a causal-lm study's data come to before anything is launched, and as a trial reads them.
@Suite struct CausalLMDataTests {
    private let model: LanguageModelFolder

    init() throws { model = try LanguageModelFolder() }

    private func file(_ rows: [String], as name: String) throws -> SettingValue {
        .string(try model.folder.write(rows.map { $0 + "\n" }.joined(), as: name))
    }

    private static func pair(_ prompt: String, _ completion: String = "x") -> String {
        #"{"prompt": "\#(prompt)", "completion": "\#(completion)"}"#
    }

    private func summary(_ settings: [String: SettingValue]) throws -> DataSummary {
        try CausalLMTask.summary(model.settings(settings))
    }

    private func refusal(_ settings: [String: SettingValue]) throws -> String {
        try #require(throws: InputError.self) { try summary(settings) }.description
    }

    @Test func `rows are counted by part, with their kind`() throws {
        let (one, two) = (
            try file([Self.pair("a")], as: "one.jsonl"), try file([Self.pair("b"), Self.pair("c")], as: "two.jsonl")
        )
        let summary = try summary(["train": two, "validation": one, "test": one])
        #expect(summary.rows == [.train: 2, .validation: 1, .test: 1])
        #expect(summary.lines.map(\.name) == ["train", "validation", "test"])
        #expect(
            summary.lines[0].text == "2 rows of prompt and completion"
                && summary.lines[1].text == "1 row of prompt and completion")
        #expect(summary.sample == ["bx", "cx"] && summary.head is CausalLMHead)
    }

    @Test func `rows of which a length leaves nothing to learn are counted before any launch`() throws {
        let long = String(repeating: "a b c d ", count: 20)
        let rows = try file([Self.pair("a"), Self.pair("b"), Self.pair(long), Self.pair("", "")], as: "rows.jsonl")
        let summary = try summary(["train": rows, "validation": rows, "max_length": .int(4)])
        let lengths = summary.needed
        #expect(lengths.count == 4 && lengths[0] == 2 && lengths[3] == nil && (lengths[2] ?? 0) > 64)
        #expect(
            try summary.loss(at: 64, in: "rows.jsonl")
                == "max_length 64 leaves nothing to learn of 50 % of the rows to train on, which are left out: what is to be predicted begins "
                + "beyond it, or there is nothing to predict")
        #expect(try summary.loss(at: 1000, in: "rows.jsonl")?.contains("of 25 % of the rows") == true)
        let error = #expect(throws: InputError.self) { try summary.loss(at: 1, in: "rows.jsonl") }
        #expect(
            error?.description.hasPrefix(
                "rows.jsonl: nothing is left to learn of its 4 rows: each is longer than max_length 1 ") == true)
        let good = try file([Self.pair("a")], as: "good.jsonl")
        #expect(try self.summary(["train": good, "validation": good]).loss(at: 2, in: "good.jsonl") == nil)
        // Of a text the second token is the first that can be learned.
        let texts = try file([#"{"text": "a b"}"#], as: "texts.jsonl")
        #expect(try self.summary(["train": texts, "validation": texts]).needed == [2])
    }

    @Test func `of rows that were not all looked at none is said to be the last`() throws {
        let rows = try file((0..<1200).map { _ in Self.pair("a b c d e f") }, as: "many.jsonl")
        let summary = try summary(["train": rows, "validation": rows])
        #expect(summary.needed.count == 1000)
        #expect(try summary.loss(at: 2, in: "many.jsonl")?.contains("nothing to learn of 100 % of the rows") == true)
    }

    @Test func `prompts that are in two parts are pointed out`() throws {
        let train = try file([Self.pair("a"), Self.pair("b"), Self.pair("c")], as: "train.jsonl")
        let validation = try file([Self.pair(" a "), Self.pair("b", "y"), Self.pair("d")], as: "validation.jsonl")
        let summary = try summary(["train": train, "validation": validation])
        #expect(
            summary.remarks == [
                "2 of 3 prompts of validation are in train too: what is measured there is partly what was learned by heart"
            ])
        let texts = try file([#"{"text": "a"}"#], as: "texts.jsonl")
        #expect(
            try self.summary(["train": texts, "validation": texts]).remarks.first?.hasPrefix("1 of 1 texts of validation")
                == true)
    }

    @Test func `parts of two kinds are refused, and answers of texts that ask nothing`() throws {
        let texts = try file([#"{"text": "a"}"#], as: "texts.jsonl")
        let pairs = try file([Self.pair("a")], as: "pairs.jsonl")
        #expect(
            try refusal(["train": pairs, "validation": texts]).hasSuffix(
                "texts.jsonl: its rows are text, those to train on prompt and completion; expected one kind in all parts"))
        let words = try refusal(["train": texts, "validation": texts, "metric_for_best_model": .string("eval_f1")])
        #expect(
            words.contains("has texts alone, which ask nothing") && words.hasSuffix("another metric than eval_f1"), "\(words)")
        #expect(try refusal(["train": texts, "validation": texts, "eval_generation_rows": .int(3)]).contains("ask nothing"))
        #expect(try refusal(["train": .string("/nowhere/x.jsonl")]).hasPrefix("/nowhere/x.jsonl: "))
    }

    @Test func `a conversation that the template refuses is told with its line, before any launch`() throws {
        let strict = try LanguageModelFolder([
            "chat_template.jinja":
                "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}"
                + "{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"
        ])
        func row(_ role: String) -> String { #"{"messages": [{"role": "\#(role)", "content": "a"}]}"# }
        let rows = SettingValue.string(try strict.folder.write(row("user") + "\n\n" + row("tool") + "\n", as: "chats.jsonl"))
        let error = #expect(throws: InputError.self) {
            try CausalLMTask.summary(strict.settings(["train": rows, "validation": rows]))
        }
        #expect(
            error?.place.hasSuffix("chats.jsonl:3") == true && error?.problem.contains("no tools") == true,
            "\(error.map { "\($0)" } ?? "")")
    }

    // MARK: - As a trial reads them

    private func data(_ settings: TrainerSettings) throws -> TaskData {
        var tokens = TokenizedData(CausalLMTask.self, settings, cache: nil)
        return try TaskData(CausalLMTask.self, settings, from: &tokens)
    }

    @Test func `rows of which nothing is left are counted, and data of nothing else refused`() throws {
        let long = String(repeating: "a b c d ", count: 20)
        let rows = try file([Self.pair("a"), Self.pair(long), Self.pair("", "")], as: "rows.jsonl")
        let data = try data(model.settings(["train": rows, "validation": rows, "max_length": .int(16)]))
        #expect((data.training.count, data.training.dropped, data.training.cut) == (1, 2, 1))
        #expect(
            data.line.contains("train 3 rows of prompt and completion, ")
                && data.line.contains("2 left out: nothing to predict"))
        let only = try file([Self.pair(long)], as: "only.jsonl")
        let error = #expect(throws: InputError.self) {
            try self.data(model.settings(["train": only, "validation": only, "max_length": .int(16)]))
        }
        #expect(
            error?.problem.hasPrefix(
                "nothing is left to learn of its 1 rows: each is longer than max_length 16 before what is to be predicted begins"
            )
                == true)
    }

    private func writing(_ settings: TrainerSettings) throws -> WritingSample? {
        try CausalLMTask.writing(try #require(settings.source(of: .validation)), settings) { try model.tokenizer() }
    }

    @Test func `the rows that are asked lie all over the file, and are the same each time`() throws {
        let rows = try file((0..<100).map { Self.pair("\($0):", " \($0)") }, as: "rows.jsonl")
        let settings = try model.settings(["validation": rows, "eval_generation_rows": .int(4)])
        let sample = try #require(try writing(settings))
        #expect(sample.answers == [" 0", " 25", " 50", " 75"] && sample.limit == settings.maxNewTokens)
        #expect(try writing(settings)?.prompts == sample.prompts)
        #expect(try writing(model.settings(["validation": rows, "eval_generation_rows": .int(1000)]))?.answers.count == 100)
        let answers = sample.answers.map { sample.tokenizer.encode($0, special: false) }
        let values = sample.scored(answers)
        #expect(values.first { $0.name == "eval_exact_match" }?.value == 1 && values.first { $0.name == "eval_f1" }?.value == 1)
    }

    @Test func `where no conversation ends with an answer, none can be scored`() throws {
        let asked = #"{"messages": [{"role": "assistant", "content": "a"}, {"role": "user", "content": "b"}]}"#
        let rows = try file([asked, asked], as: "asked.jsonl")
        let error = #expect(throws: InputError.self) {
            try writing(model.settings(["validation": rows, "eval_generation_rows": .int(2)]))
        }
        #expect(
            error?.problem
                == "no conversation ends with a plain answer of the assistant, so none can be scored (eval_generation_rows: 2)")
    }

    @Test func `what decides a row's tokens is in the name under which they are kept`() throws {
        func form(_ more: [String: SettingValue] = [:]) throws -> String? { CausalLMTask.tokenForm(try model.settings(more)) }
        let plain = try #require(try form())
        #expect(try form() == plain)
        for (name, value) in [
            ("completion_only_loss", SettingValue.bool(false)), ("assistant_only_loss", .bool(false)),
            ("chat_template", .string("chatml")),
        ] { #expect(try form([name: value]) != plain, "\(name)") }
        #expect(try form(["packing": .bool(true), "learning_rate": .double(1)]) == plain)
        try model.folder.write("{{ messages[0].content }}", as: "chat_template.jinja")
        #expect(try form() != plain)
    }
}
