import Tensors
import Testing
import TrainerSettings

@testable import Tasks

@Suite struct ClassWeightsTests {
    typealias Weights = TrainerSettings.ClassWeights

    private func labels() throws -> LabelNumbers { try LabelNumbers(training: ["bad", "good", "odd"], file: "t.jsonl") }

    @Test func `balanced weights are scikit-learn's, and make all classes count the same`() throws {
        let targets: [Int32] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2]
        let weights = try Weights.balanced.values(for: labels(), targets: targets)
        // compute_class_weight("balanced", ...) of 6, 3 and 1 of 10 rows.
        for (ours, theirs) in zip(weights, [0.5555555556, 1.1111111111, 3.3333333333]) {
            #expect(abs(Double(ours) - theirs) < 1e-6)
        }
        let sums = (0..<3).map { number in targets.filter { $0 == number }.reduce(0) { $0 + weights[Int($1)] } }
        #expect(sums.allSatisfy { abs($0 - sums[0]) < 1e-5 })
        #expect(try Weights.balanced.values(for: labels(), targets: [0, 1]) == [1 / 1.5, 1 / 1.5, 1])
    }

    @Test func `weights by number and by label, of which those left out count 1`() throws {
        #expect(try Weights.numbered([1, 2, 0.5]).values(for: labels(), targets: []) == [1, 2, 0.5])
        #expect(try Weights.named(["odd": 7]).values(for: labels(), targets: []) == [1, 1, 7])
        let numbers = try LabelNumbers(training: ["1", "0"], file: "t.jsonl")
        #expect(try Weights.named(["1.0": 3]).values(for: numbers, targets: []) == [1, 3])
    }

    @Test(arguments: [
        (
            Weights.numbered([1]),
            "has 1 weight, and there are 3 labels: labels are numbered in the order of their names: class 0 is bad"
        ),
        (.named(["goood": 2]), "no row to train on is labeled 'goood'; the labels are bad, good, odd; did you mean 'good'?"),
    ])
    func `weights of other labels are refused`(weights: Weights, words: String) throws {
        let labels = try labels()
        let error = #expect(throws: InputError.self) { try weights.values(for: labels, targets: []) }
        #expect(error?.description.hasPrefix("class_weights: \(words)") == true, "\(error as Any)")
    }

    @Test func `two names of one label are refused`() throws {
        let numbers = try LabelNumbers(training: ["1", "0"], file: "t.jsonl")
        let error = #expect(throws: InputError.self) {
            try Weights.named(["1": 5, "1.0": 2]).values(for: numbers, targets: [])
        }
        #expect(error?.description == "class_weights: '1' and '1.0' are the same label; keep one of the two")
    }

    @Test func `a task learns by the loss that the settings ask for`() throws {
        let model = try TinyModel()
        let settings = try model.settings(["class_weights": .string("balanced"), "label_smoothing_factor": .double(0.25)])
        var reader = TokenizedData(ClassificationTask.self, settings, cache: nil)
        let data = try TaskData(ClassificationTask.self, settings, from: &reader)
        let head = try #require(data.task.head as? ClassificationHead)
        #expect(head.loss.smoothing == 0.25 && head.loss.weights.count == head.labels.count)
        let classes = data.training.targets.classes
        #expect(abs(head.whole(of: data.training.targets, rowCount: classes.count) - Double(classes.count)) < 1e-4)
        // What an evaluation is told of has no part in it.
        #expect(data.fingerprint == (try TaskData(ClassificationTask.self, model.settings(), from: &reader)).fingerprint)
        try ClassificationTask.checkLoss(settings, on: head)
        #expect(throws: InputError.self) {
            try ClassificationTask.checkLoss(model.settings(["class_weights": .array([.int(1)])]), on: head)
        }
    }
}
