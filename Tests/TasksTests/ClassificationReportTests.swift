import Foundation
import Testing
import TrainerSettings

@testable import Tasks

@Suite struct ClassificationReportTests {
    /// Logits whose probabilities are 0.8 and 0.2, or 0.6 and 0.4.
    private func report() -> ClassificationReport {
        func row(_ first: Double) -> [Float] { [Float(log(first)), Float(log(1 - first))] }
        let logits = [0.8, 0.8, 0.8, 0.6, 0.4, 0.2].flatMap(row)
        return ClassificationReport(logits: logits, classes: [0, 0, 1, 0, 1, 0], labels: ["bad", "good"])
    }

    /// scikit-learn's classification_report of the same: bad 0.75 0.75 0.75, good 0.5 0.5 0.5.
    @Test func `each class has scikit-learn's figures`() {
        let classes = report().classes
        #expect(classes.map(\.label) == ["bad", "good"] && classes.map(\.support) == [4, 2])
        #expect(classes.map(\.precision) == [0.75, 0.5] && classes.map(\.recall) == [0.75, 0.5])
        #expect(classes.map(\.f1) == [0.75, 0.5])
        #expect(report().confusion.count(1, predicted: 0) == 1 && report().confusion.count(0, predicted: 1) == 1)
    }

    @Test func `a class that nobody is of has figures of 0`() {
        let report = ClassificationReport(logits: [1, 0, -1, 2, 0, -1], classes: [0, 0], labels: ["a", "b", "c"])
        #expect(report.classes[2] == .init(label: "c", precision: 0, recall: 0, f1: 0, support: 0))
    }

    /// Four texts at 0.8, of which two are right, and two at 0.6, of which both are: (|3.2 - 2| + |1.2 - 2|) / 6.
    @Test func `the calibration error is how far confidence is from being right, bin by bin`() {
        #expect(abs(report().calibration.error - 2.0 / 6) < 1e-6)
        var calibration = Calibration()
        for number in 1...10 { calibration.add(confidence: 1, isRight: number > 3) }
        #expect(abs(calibration.error - 0.3) < 1e-12)
        #expect(Calibration().error.isNaN)
    }

    @Test func `probabilities of huge logits are numbers`() {
        let probabilities = Softmax.probabilities([1e30, -1e30, 1e30] as [Float])
        #expect(probabilities == [0.5, 0, 0.5])
    }
}

@Suite struct TextRowsTests {
    private func texts(_ contents: String, as ending: String, column: String = "text") throws -> [String] {
        let path = FileManager.default.temporaryDirectory.path + "/rows-\(UInt64.random(in: 0 ... .max)).\(ending)"
        try Data(contents.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var columns = DataColumns()
        columns.text = column
        return try TextRows.read(path, columns)
    }

    @Test func `texts are read without labels`() throws {
        #expect(try texts("{\"text\": \"a\"}\n\n{\"label\": 1, \"text\": \"b\"}\n", as: "jsonl") == ["a", "b"])
        #expect(try texts("id,review\n1,\"a, b\"\n2,c\n", as: "csv", column: "review") == ["a, b", "c"])
        #expect(try texts("text\tlabel\na\t1\n", as: "tsv") == ["a"])
    }

    @Test func `each line of another file is a text, an empty one too`() throws {
        #expect(try texts("a\r\n\nb", as: "txt") == ["a", "", "b"])
        for ending in ["txt", "csv", "jsonl"] {
            let error = #expect(throws: InputError.self) { try texts("", as: ending) }
            #expect(error?.description.contains("is empty; expected ") == true, "\(ending)")
        }
    }

    @Test func `a column or key that is missing is named with what was found`() throws {
        let key = #expect(throws: InputError.self) { try texts("{\"review\": \"a\"}\n", as: "jsonl") }
        #expect(
            key?.description.contains(":1: 'text' is missing (found: review); name the key with the text by --text-column")
                == true)
        let column = #expect(throws: InputError.self) { try texts("id,review\n1,a\n", as: "csv") }
        #expect(column?.description.contains("has no column 'text' (found: id, review)") == true)
        #expect(throws: InputError.self) { try texts("{\"text\": 3}\n", as: "jsonl") }
    }
}
