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
    private let studies: TinyStudies
    private var head: ClassificationHead { studies.head }

    init() throws { studies = try TinyStudies() }

    private func study(
        _ budget: Int, start: Int = 64, _ parameters: String = "use_dora: {values: [false, true]}"
    ) throws -> StudySpecification {
        try studies.file(
            "target_modules: {values: [[query, value], all-linear]}\nalpha_over_r: {values: [0.5, 3]}\n" + parameters,
            more: "rank_search: {budget: \(budget), start: \(start)}\n"
        ).specification
    }

    @Test(arguments: [2000, 4000, 9000])
    func `it is the greatest one that keeps to it, whatever else is searched`(budget: Int) throws {
        let study = try study(budget)
        for assignment in studies.drawn(study, 40) {
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

    @Test func `a cut that has less to give than the budget is refused, or not proposed`() throws {
        let error = #expect(throws: SpaceFileError.self) { try self.study(9000, start: 3) }
        #expect(error?.problem.hasPrefix("rank_start: 3 is less than the rank ") == true, "\(error?.problem ?? "")")
        let study = try self.study(9000)
        let feasibility = Feasibility(study, head: head)
        var refused = 0
        for drawn in studies.drawn(study, 80) {
            var assignment = drawn
            let rank = try TrainerSettings(drawn, in: study).rank
            let isCut = drawn["rank_allocation"] == .string("cut")
            if isCut { assignment["rank_start"] = .int(10) }
            #expect(feasibility.isFeasible(assignment) == !(isCut && rank > 10))
            refused += isCut && rank > 10 ? 1 : 0
        }
        #expect(refused > 0)
    }

    @Test func `modules that are trained whole have no part in it, and orthogonal starts have even ranks`() throws {
        let plain = try study(4000, "init_lora_weights: {values: [true, orthogonal]}")
        var saved = try study(4000)
        saved.trainer.settings["modules_to_save"] = .array([.string("pooler"), .string("layer.0")])
        func rank(_ study: StudySpecification, _ more: [String: SettingValue]) throws -> Int {
            let own: [String: SettingValue] = [
                "target_modules": .string("all-linear"), "alpha_over_r": .int(3), "rank_allocation": .string("uniform"),
            ]
            return try TrainerSettings(Assignment(own.merging(more) { $1 }), in: study).rank
        }
        let usual = try rank(plain, ["init_lora_weights": .bool(true)])
        #expect(try rank(saved, ["use_dora": .bool(false)]) > usual)
        for budget in [4000, 5500, 7000] {
            let study = try study(budget, "init_lora_weights: {values: [true, orthogonal]}")
            let (any, even) = (
                try rank(study, ["init_lora_weights": .bool(true)]),
                try rank(study, ["init_lora_weights": .string("orthogonal")])
            )
            #expect(even == any / 2 * 2)
        }
    }

    @Test func `a study goes on with its budget alone`() throws {
        let (old, new) = (try study(4000), try study(5000))
        let history = History(goal: .minimize)
        #expect(SpaceChange(from: old, to: new).refusal(keeping: history)?.hasPrefix("rank_search: differs") == true)
        #expect(SpaceChange(from: old, to: old).refusal(keeping: history) == nil)
    }
}
