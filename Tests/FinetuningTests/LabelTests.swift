import Testing

@testable import Finetuning

@Suite struct LabelTests {
    private func examples(_ labels: [String]) -> [LabeledText] {
        labels.enumerated().map { LabeledText(text: "t", label: $0.element, line: $0.offset + 1) }
    }

    @Test func `labels are numbered in the order of their names, capitals first`() throws {
        let labels = try LabelNumbers(training: examples(["b", "a", "Z", "b", "10", "9", "é"]), file: "t")
        #expect(labels.names == ["10", "9", "Z", "a", "b", "é"])
        #expect(try labels.number(of: examples(["a"])[0], file: "v") == 3)
    }

    @Test func `a label that training never shows is an error with its line`() throws {
        let labels = try LabelNumbers(training: examples(["b", "a"]), file: "train.jsonl")
        let error = #expect(throws: InputError.self) {
            try labels.number(of: LabeledText(text: "t", label: "c", line: 7), file: "valid.jsonl")
        }
        #expect(error?.description == "valid.jsonl:7: label 'c' does not occur in train.jsonl (known: a, b)")
    }

    @Test func `one label alone leaves nothing to learn`() {
        let error = #expect(throws: InputError.self) { try LabelNumbers(training: examples(["a", "a"]), file: "t.jsonl") }
        #expect(error?.description == "t.jsonl: has the one label 'a'; expected at least two")
    }
}
