import Finetuning
import Layers
import SearchSpaces
import Tasks
import TrainerSettings

/// Rows for a language model, in one of the formats that a data file may have, with a tiny model's tokenizer and template.
private struct LanguageData {
    let path: String
    private let values: [String: SettingValue]

    private static let longest = 24

    init(folder: String, ending: String) throws {
        path = folder + "/rows." + ending
        let model = Files.tests + "/FinetuningTests/Fixtures/causal-lm"
        values = [
            "model": .string(model), "train": .string(path), "validation": .string(path), "task": .string("causal-lm"),
            "max_length": .int(Self.longest), "packing": .bool(true), "max_new_tokens": .int(4), "threads": .int(1),
        ]
    }

    /// As a trial reads them, and `check` before it: tokens, what is to be predicted, packs, and what is asked in an evaluation.
    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: path)
        var values = values
        // What is learned, and whether answers are written, is as good as drawn.
        values["completion_only_loss"] = .bool(input.count % 4 > 0)
        values["assistant_only_loss"] = .bool(input.count % 5 > 0)
        if input.count % 3 == 0 { values["eval_generation_rows"] = .int(2) }
        let settings = try TrainerSettings(values: values)
        let summary = try CausalLMTask.summary(settings)
        _ = try TextLengths(of: summary.sample, model: settings.model)
        var tokens = TokenizedData(CausalLMTask.self, settings, cache: nil)
        let data = try TaskData(CausalLMTask.self, settings, from: &tokens)
        precondition(data.training.count + data.training.dropped == summary.rows[.train])
        check(data.training)
        guard settings.generationRows > 0, let sample = try tokens.writing(settings.trainingSource) else { return }
        precondition(sample.prompts.count == sample.answers.count)
        for metric in sample.scored(sample.prompts) { precondition(!metric.name.isEmpty) }
    }

    /// Every row lies in one pack, every pack in the model's window, and what is to be predicted follows what it is predicted from.
    private func check(_ examples: TokenizedExamples) {
        let lengths = examples.lengths
        precondition(lengths.allSatisfy { (2...Self.longest).contains($0) })
        let bins = Packing.bins(lengths, room: Self.longest)
        precondition(bins.flatMap(\.self).sorted() == Array(lengths.indices))
        for bin in bins {
            precondition(bin.reduce(0) { $0 + lengths[$1] } <= Self.longest)
            let (batch, targets) = examples.batch(bin)
            precondition(batch.listed.count == targets.classes.count && !targets.classes.isEmpty)
            for (place, token) in zip(batch.listed, targets.classes) { precondition(batch.tokens[Int(place) + 1] == token) }
            precondition(batch.offsets.dropFirst().allSatisfy { !batch.listed.contains($0 - 1) })
        }
    }
}

/// JSON lines of one kind of rows each.
struct LanguageRowsFormat: Format {
    static let name = "language-rows"

    private let data: LanguageData
    private let kinds: [[JSONTree]]
    private let words: [[UInt8]]

    init(folder: String) throws {
        data = try LanguageData(folder: folder, ending: "jsonl")
        kinds = try [
            [#"{"text": "a good film"}"#, #"{"text": "Ünïcödé \u00e9 電影", "id": 7}"#, #"{"text": ""}"#],
            [
                #"{"prompt": "Review: bad.\nSentiment: pos", "completion": "sibly negative"}"#,
                #"{"prompt": "", "completion": " positive"}"#, #"{"completion": "", "prompt": "only asked"}"#,
            ],
            [
                #"{"messages": [{"role": "user", "content": "good?"}, {"role": "assistant", "content": "yes"}]}"#,
                #"""
                {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "1+1"},
                {"role": "assistant", "content": null, "tool_calls": [{"type": "function", "function": {"name": "add", "arguments":
                {"a": 1, "b": [1.5, true]}}}]}, {"role": "tool", "name": "add", "content": "2"}, {"role": "assistant", "content": "2"}]}
                """#,
            ],
            [
                #"{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello there"}]}"#,
                #"{"conversations": [{"from": "system", "value": "S"}, {"role": "user", "content": "x"}, {"from": "gpt", "value": "y"}]}"#,
            ],
            [
                #"{"instruction": "Say it.", "input": "a film", "output": "it", "system": "S"}"#,
                #"{"instruction": "Say", "input": null, "output": "so"}"#,
            ],
        ].map { try $0.map { try JSONTree(seed: $0) } }
        words = kinds.flatMap(\.self).flatMap(\.words)
    }

    var file: String? { data.path }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        let kind = random.pick(kinds)
        var lines = (0..<(1 + random.below(6))).map { kind[$0 % kind.count].line }
        for _ in 0..<(1 + random.below(2)) {
            let place = random.below(lines.count)
            var tree = random.oneIn(8) ? random.pick(random.pick(kinds)) : kind[place % kind.count]
            for _ in 0..<(1 + random.below(3)) { tree.mutate(words: words, using: &random) }
            lines[place] = tree.line
        }
        var input = Array(lines.joined(separator: random.pick([[0x0A], [0x0D, 0x0A], [0x0A, 0x0A]])))
        if random.oneIn(6) { input.mutateBytes(using: &random) }
        return input
    }

    func read(_ input: [UInt8]) throws { try data.read(input) }
}

extension JSONTree {
    /// On one line.
    fileprivate var line: [UInt8] { bytes.filter { $0 != 0x0A } }
}

/// Tables of texts, of prompts with completions, and of instructions.
struct LanguageTableFormat: Format {
    static let name = "language-table"

    private let data: LanguageData
    private let mutation = TextMutation(words: [
        "\"", "\"\"", ",", "\t", "\r\n", "\n", "text", "prompt", "completion", "instruction", "input", "output", "messages",
        "\"a\nb\"", "<|im_end|>", "<|im_start|>assistant\n",
    ])
    private static let seeds = [
        "text\na good film\n\"two\nlines, \"\"quoted\"\"\"\nx\n",
        "prompt,completion\nReview: bad.,negative\n\"Review: so,\nso\",positive\n,x\n",
        "id,completion,prompt\r\n1,good,a\r\n2,bad,\"b\"\r\n", "instruction,input,output\nSay it.,a film,it\nSay,,so\n",
    ]

    init(folder: String) throws { data = try LanguageData(folder: folder, ending: "csv") }

    var file: String? { data.path }

    func input(using random: inout SeededGenerator) -> [UInt8] {
        var text = Array(random.pick(Self.seeds).utf8)
        for _ in 0..<(1 + random.below(1 + random.below(5))) { mutation.mutate(&text, using: &random) }
        return text
    }

    func read(_ input: [UInt8]) throws { try data.read(input) }
}
