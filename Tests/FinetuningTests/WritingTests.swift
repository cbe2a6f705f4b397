import Foundation
import Tasks
import Tensors
import Testing
import TrainerSettings

@testable import Finetuning

@Suite struct StopWordsTests {
    private func shown(_ pieces: [String], _ words: [String]) -> (text: String, pieces: [String], isReached: Bool) {
        var stop = StopWords(words)
        var all = pieces.map { stop.append($0) }
        all.append(stop.finish())
        return (all.joined(), all, stop.isReached)
    }

    @Test func `a text ends before the first of the words, also where it comes in pieces`() {
        #expect(shown(["a b", "c END", " d"], ["END"]).text == "a bc ")
        let parts = shown(["one E", "N", "D two"], ["END", "two"])
        #expect(parts.text == "one " && parts.isReached && parts.pieces == ["one ", "", "", ""])
        #expect(shown(["xabcabd"], ["abd"]).text == "xabc")
    }

    @Test func `what only begins like a word is shown in the end`() {
        let whole = shown(["one EN", "OUGH EN"], ["END"])
        #expect(whole.text == "one ENOUGH EN" && !whole.isReached && whole.pieces[0] == "one ")
        #expect(shown(["é", "à"], [""]).pieces == ["é", "à", ""])
        #expect(shown(["naï", "ve"], ["ïv"]).text == "na")
    }
}

@Suite struct TokenChoiceTests {
    private func draws(_ logits: [Float], count: Int, _ choice: TokenChoice) -> [Int32] {
        var choice = choice
        return (0..<count).map { _ in logits.withUnsafeBufferPointer { choice.token($0) } }
    }

    @Test func `without a temperature it is the first of the likeliest`() {
        #expect(draws([1, 3, 3, 2], count: 3, TokenChoice()) == [1, 1, 1])
    }

    @Test func `tokens are drawn by their probability at the temperature, and the same ones by the same seed`() {
        let logits: [Float] = [0, 1, 2, -30]
        for temperature in [0.5, 1, 2] {
            let choice = TokenChoice(temperature: temperature, seed: 3)
            let drawn = draws(logits, count: 4000, choice)
            #expect(drawn == draws(logits, count: 4000, choice))
            let weights = logits.map { exp(Double($0) / temperature) }
            for token in 0..<4 {
                let share = Double(drawn.count { $0 == Int32(token) }) / 4000
                let wanted = weights[token] / weights.reduce(0, +)
                #expect(abs(share - wanted) < 0.03, "\(temperature), \(token)")
            }
        }
    }

    @Test func `top-p draws from the likeliest that have it together`() {
        // Probabilities 0.5, 0.3, 0.15, 0.05.
        let logits = [0.15, 0.5, 0.05, 0.3].map { Float(log($0)) }
        func kinds(_ topP: Double) -> Set<Int32> {
            Set(draws(logits, count: 500, TokenChoice(temperature: 1, topP: topP, seed: 1)))
        }
        #expect(kinds(0.4) == [1] && kinds(0.6) == [1, 3] && kinds(0.9) == [0, 1, 3] && kinds(1) == [0, 1, 2, 3])
    }
}

@Suite struct WritingTests {
    private struct Generated: Decodable {
        let prompts: [[Int32]]
        let answers: [String: [[Int32]]]
    }

    private let golden: Generated
    private let model: CausalLMModel

    init() throws {
        golden = try JSONInput.read(Generated.self, file: CausalLMModel.fixture + "/generated.json")
        model = try CausalLMModel()
    }

    private func written(_ adapter: String?, threads: Int = 1) throws -> WritingModel {
        try WritingModel(model: CausalLMModel.fixture, adapter: adapter, precision: .fp32, threads: threads)
    }

    @Test(arguments: ["base", "adapter"])
    func `what is written is what transformers writes, with the adapter and without`(name: String) throws {
        let model = try written(name == "base" ? nil : CausalLMModel.fixture + "/adapter")
        for (prompt, answer) in zip(golden.prompts, try #require(golden.answers[name])) {
            var options = WritingOptions(limit: 24)
            var pieces: [String] = []
            let text = try model.write(after: prompt, &options, show: { pieces.append($0) })
            #expect(text.tokens == answer)
            #expect(text.end == (answer.count < 24 ? .end : .length) && pieces.joined() == text.text)
        }
    }

    @Test func `several prompts at once get the answers of each alone, on two threads too`() throws {
        for threads in [1, 2] {
            let settings = try model.settings("completion", ["eval_generation_rows": .int(48), "max_new_tokens": .int(24)])
            let trainer = try model.trainer(settings)
            trainer.model.threads = threads
            let sample = try #require(trainer.written)
            #expect(sample.prompts.prefix(8) == golden.prompts[...] && sample.answers.count == 48)
            let metrics = try #require(try trainer.model.scored(sample))
            var single = WrittenTexts()
            let alone = try written(CausalLMModel.fixture + "/adapter")
            for (prompt, answer) in zip(sample.prompts, sample.answers) {
                var options = WritingOptions(limit: 24)
                single.add(try alone.write(after: prompt, &options).text, reference: answer)
            }
            #expect(metrics == single.values)
        }
    }

    @Test func `a word, a length and an interruption end a text`() throws {
        let model = try written(nil)
        var options = WritingOptions(limit: 5)
        let short = try model.write(after: golden.prompts[0], &options)
        #expect(short.tokens.count == 5 && short.end == .length)
        options = WritingOptions(limit: 24)
        let whole = try model.write(after: golden.prompts[0], &options).text
        let word = String(whole.dropFirst(4).prefix(3))
        options.stop = [word]
        let stopped = try model.write(after: golden.prompts[0], &options)
        #expect(stopped.end == .stop && !stopped.text.contains(word) && whole.hasPrefix(stopped.text))
        options.stop = []
        #expect(try model.write(after: golden.prompts[0], &options, isInterrupted: { true }).end == .interrupted)
        #expect(throws: (any Error).self) { try model.write(after: [], &options) }
        #expect(throws: (any Error).self) { try model.write(after: [Int32](repeating: 5, count: 128), &options) }
    }

    @Test func `an adapter that classifies, and a model that writes nothing, are refused with the reason`() throws {
        let bert = try TinyModel()
        _ = try bert.trainer(bert.settings(["max_steps": .int(1)])).run(report: { _ in })
        func refusal(_ model: String?, _ adapter: String?) -> String {
            let error = #expect(throws: (any Error).self) {
                try WritingModel(model: model, adapter: adapter, precision: .fp32, threads: 1)
            }
            return error.map { "\($0)" } ?? ""
        }
        #expect(refusal(nil, bert.output + "/adapter").contains("it classifies texts (task_type SEQ_CLS), and writes none"))
        #expect(refusal(bert.folder.path, nil).contains("a bert has no matrix of its vocabulary"))
        #expect(refusal(nil, CausalLMModel.fixture + "/adapter").contains("names no base model; give it by --model"))
        #expect(refusal(nil, model.folder.path).contains("adapter_config.json"))
        #expect(refusal(nil, nil).contains("--model: missing"))
    }
}
