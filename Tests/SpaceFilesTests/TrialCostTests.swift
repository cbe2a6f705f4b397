import SearchSpaces
import SpaceFiles
import Testing

struct TrialCostTests {
    private func cost(_ trainer: String, _ parameters: String = "r: {values: [2]}") throws -> TrialCost {
        TrialCost(try parse(study(parameters, trainer: trainer)).specification)
    }

    @Test func `Steps that are fixed are told as they are`() throws {
        let cost = try cost("max_steps: 900\neval_steps: 100")
        #expect(cost.steps == 900...900)
        #expect(cost.evalSteps == 100)
        #expect(cost.epochs == nil)
        #expect(cost.reports == 9)
    }

    @Test func `A last report is made where the steps end between two`() throws {
        #expect(try cost("max_steps: 901\neval_steps: 100").reports == 10)
        #expect(try cost("max_steps: 50\neval_steps: 100").reports == 1)
    }

    @Test func `Epochs stand where no steps are given, three by default`() throws {
        #expect(try cost("num_train_epochs: 2").epochs == 2...2)
        #expect(try cost("batch_size: 8").epochs == 3...3)
        #expect(try cost("batch_size: 8").steps == nil)
    }

    @Test func `Without eval_steps a report is made at the end of each epoch`() throws {
        #expect(try cost("num_train_epochs: 4").reports == 4)
        #expect(try cost("num_train_epochs: 2.5").reports == 3)
        #expect(try cost("num_train_epochs: 4\neval_steps: 10").reports == nil)
        #expect(try cost("max_steps: 90").reports == nil)
    }

    @Test(arguments: [
        ("max_steps: {values: [300, 100, 200]}", 100, 300), ("max_steps: {min: 50, max: 60}", 50, 60),
        ("max_steps: {value: 70}", 70, 70), ("max_steps: {when: {r: 2}, value: 70}\nr: {values: [2, 4]}", 70, 900),
    ])
    func `Steps that are searched have a least and a most`(parameter: String, least: Int, most: Int) throws {
        #expect(try cost("max_steps: 900\neval_steps: 10", parameter).steps == least...most)
    }

    @Test func `Reports are not told where they differ between trials`() throws {
        #expect(try cost("eval_steps: 10", "max_steps: {values: [10, 20]}").reports == nil)
        #expect(try cost("max_steps: 90", "eval_steps: {values: [10, 20]}").reports == nil)
        #expect(try cost("max_steps: 90", "eval_steps: {values: [10, 20]}").evalSteps == nil)
    }

    @Test func `Searched epochs take the place of fixed steps`() throws {
        let cost = try cost("max_steps: 90", "num_train_epochs: {values: [1, 3]}")
        #expect(cost.steps == nil)
        #expect(cost.epochs == 1...3)
    }

    @Test func `Another program's steps are not ours to know`() throws {
        let cost = TrialCost(try parse(sweep("max_steps: {value: 5}")).specification)
        #expect(cost.steps == nil && cost.epochs == nil && cost.evalSteps == nil && cost.reports == nil)
    }
}
