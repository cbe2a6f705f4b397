import Backbones
import Finetuning
import Layers
import Methods
import SearchSpaces
import SpaceFiles
import Studies
import Tasks
import TestSupport
import Testing
import TrainerSettings
import Trainers

@testable import BuiltInTrainer

/// `rank_search`: the rank that all modules have within a budget.
@Suite struct RankBudgetTests {
    private let temporary: TemporaryFolder
    private let head = ClassificationHead(labels: ["a", "b", "c"])

    init() throws {
        temporary = try TemporaryFolder()
        try temporary.addTinyModel()
    }

    private func study(_ budget: Int, _ parameters: String = "use_dora: {values: [false, true]}") throws -> StudySpecification {
        let text = """
            metric: {name: eval_loss, goal: minimize}
            rank_search: {budget: \(budget), start: 8}
            trainer: {model: model, train: train.jsonl, validation: train.jsonl, max_length: 16, max_steps: 4}
            parameters:
              target_modules: {values: [[query, value], all-linear]}
              alpha_over_r: {values: [0.5, 3]}
              \(parameters)

            """
        return try SpaceFile(
            text: text, SpaceFilePlace(file: "space.yaml", folder: temporary.path), trainers: TrainerList.standard.types
        ).specification
    }

    @Test(arguments: [2000, 4000, 9000])
    func `it is the greatest one that keeps to it, whatever else is searched`(budget: Int) throws {
        let study = try study(budget)
        var generator = SeededGenerator(3, 9)
        for assignment in (0..<40).map({ _ in study.space.sample(using: &generator) }) {
            let settings = try TrainerSettings(assignment, in: study)
            #expect(settings.loraAlpha == (assignment["alpha_over_r"]?.number ?? 0) * Double(settings.rank))
            let model = try Architectures.configuration(of: settings.model)
            func count(_ settings: TrainerSettings) throws -> Int {
                try AdapterSize(of: TuningMethods.method(settings), head, on: model).trainableParameters
                    - head.parameters(on: model).reduce(0) { $0 + $1.count }
            }
            var more = settings
            more.rank += 1
            #expect(try count(settings) <= budget && count(more) > budget, "\(settings.rank)")
            #expect(settings.values["rank_allocation"] ?? .string("uniform") == assignment["rank_allocation"])
        }
    }

    @Test func `a budget for which rank 1 is too much is refused with what it takes`() {
        let error = #expect(throws: SpaceFileError.self) { try study(700) }
        let words = "rank_search's budget is 700, and these"
        #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error.map { "\($0)" } ?? "")")
    }

    @Test func `a study goes on with its budget alone`() throws {
        let (old, new) = (try study(4000), try study(5000))
        let history = History(goal: .minimize)
        #expect(SpaceChange(from: old, to: new).refusal(keeping: history)?.hasPrefix("rank_search: differs") == true)
        #expect(SpaceChange(from: old, to: old).refusal(keeping: history) == nil)
    }
}
