import Testing

@testable import Tasks

@Suite struct LabelTests {
    private func numbers(_ labels: [String], file: String = "t") throws -> LabelNumbers {
        try LabelNumbers(training: labels, file: file)
    }

    @Test func `labels are numbered in the order of their names, capitals first`() throws {
        let labels = try numbers(["b", "a", "Z", "b", "10", "9", "é"])
        #expect(labels.names == ["10", "9", "Z", "a", "b", "é"])
        #expect(labels["a"] == 3)
        #expect(labels.numberedAsTexts == nil)
    }

    @Test func `whole numbers are numbered by value, and 0 to n - 1 keep their numbers`() throws {
        let labels = try numbers((0..<12).map(String.init).sorted())
        #expect(labels.names == (0..<12).map(String.init))
        #expect((0..<12).allSatisfy { labels[String($0)] == Int32($0) })
        #expect(labels.numberedAsTexts?.names == ["0", "1", "10", "11", "2", "3", "4", "5", "6", "7", "8", "9"])
        #expect(ClassNumbers.sentence(labels.names) == "each label is the number of its class, 0 to 11")
    }

    @Test(arguments: [
        (["5", "0", "2"], ["0", "2", "5"]), (["1", "-1", "0"], ["-1", "0", "1"]), (["-10", "-9", "3"], ["-10", "-9", "3"]),
        (
            ["123456789012345678901234567890", "99999999999999999999", "7"],
            ["7", "99999999999999999999", "123456789012345678901234567890"]
        ),
        (["1.0", "10.0", "2.0", "0.0"], ["0", "1", "2", "10"]), (["1", "1.0", "-0.0"], ["0", "1"]),
        ([" 1", "0 ", "10"], ["0", "1", "10"]),
        // Codes and versions are no numbers: none is told from another by its value.
        (["07", "10", "7"], ["07", "10", "7"]), (["1.0", "1.1", "10"], ["1.0", "1.1", "10"]),
        (["1", "10", "2", "x"], ["1", "10", "2", "x"]),
        (["1.", "2"], ["1", "2"]), (["+1", "-1"], ["-1", "1"]), (["1 0", "2"], ["1 0", "2"]),
        (["1.0.0", "2"], ["1.0.0", "2"]), (["-", "1"], ["-", "1"]),
        (["1e3", "2"], ["1e3", "2"]),
    ])
    func `what is a whole number, and its order`(labels: [String], names: [String]) throws {
        #expect(try numbers(labels).names == names)
        #expect(try numbers(labels.reversed()).names == names)
    }

    @Test func `1 and 1,0 are one class, whichever training has`() throws {
        #expect(try numbers(["0", "1"])["1.0"] == 1)
        #expect(try numbers(["0.0", "1.0"])["1"] == 1)
        #expect(try numbers(["1.0", "1.1"])["1"] == 0)
        #expect(try numbers(["0", "1"])["1.5"] == nil)
    }

    @Test func `how classes are numbered is said`() {
        #expect(
            ClassNumbers.sentence(["0", "2", "5"]) == "labels are numbered by value: class 0 is 0, class 1 is 2, class 2 is 5")
        #expect(
            ClassNumbers.sentence(["bad", "good"])
                == "labels are numbered in the order of their names: class 0 is bad, class 1 is good")
        #expect(
            ClassNumbers.sentence(["0", "1", "10", "2"]).hasPrefix(
                "classes are numbered in an order of their own: class 0 is 0, class 1 is 1, class 2 is 10"))
        #expect(ClassNumbers.sentence((10..<50).map(String.init)).hasSuffix("class 6 is 16, ..., class 39 is 49"))
    }

    @Test func `a label that training never shows is an error with its line`() throws {
        let labels = try numbers(["b", "a"], file: "train.jsonl")
        let error = #expect(throws: InputError.self) { try labels.number(of: "c", file: "valid.jsonl", line: 7) }
        #expect(error?.description == "valid.jsonl:7: label 'c' does not occur in train.jsonl (known: a, b)")
        let near = #expect(throws: InputError.self) { try labels.number(of: " A", file: "valid.jsonl", line: 7) }
        #expect(near?.problem.hasSuffix("(known: a, b); it differs from 'a' in spaces or capitals alone") == true)
    }

    @Test func `one label alone leaves nothing to learn`() {
        let error = #expect(throws: InputError.self) { try numbers(["a", "a"], file: "t.jsonl") }
        #expect(error?.description.hasPrefix("t.jsonl: has the one label 'a'; expected at least two") == true)
        #expect(throws: InputError.self) { try numbers(["1", "1.0"]) }
    }

    @Test func `labels that look alike are pointed out`() {
        func remarks(_ labels: [String]) -> [String] {
            LabelRemarks.all(of: labels.enumerated().map { LabeledText(text: "t", label: $1, line: $0 + 1) }, file: "t")
        }
        #expect(
            remarks(["good", "bad", "good", "bad "]) == [
                "t:4: labels 'bad' and 'bad ' differ in spaces or capitals alone, and are two classes"
            ])
        #expect(remarks(["Good", "good"]).count == 1)
        #expect(remarks(["0", "1", "1.0"]).isEmpty)
        #expect(
            remarks(["1", "1.0", "x"]) == ["t:2: labels '1' and '1.0' are two classes, as not every label is a whole number"])
        #expect(remarks(["null", "x"]).first?.contains("'null' is a class of its own") == true)
    }
}
