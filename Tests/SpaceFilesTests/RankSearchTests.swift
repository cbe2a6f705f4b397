import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings

@Suite struct RankSearchTests {
    private func text(_ search: String, _ parameters: String = "learning_rate: {min: 1e-4, max: 1e-2}", trainer: String = "")
        -> String
    {
        study(parameters, trainer: trainer, before: "metric: {name: eval_accuracy, goal: maximize}\nrank_search: \(search)")
    }

    @Test func `a budget adds what is searched, and what goes with a cut alone`() throws {
        let space = try parse(text("{budget: 200000, start: 32, start_learning_rate: 2e-3}")).specification
        #expect(space.rankSearch == RankSearch(budget: 200_000, start: 32))
        let names = ["learning_rate", "rank_allocation", "rank_start", "rank_start_learning_rate"]
        #expect(space.space.parameters.map(\.name) == names)
        for (allocation, start) in [("uniform", SettingValue?.none), ("probe", nil), ("cut", .int(32))] {
            let assignment = space.space.assignment { parameter, _ in
                parameter.name == "rank_allocation" ? .string(allocation) : parameter.distribution.value(atQuantile: 0.5)
            }
            #expect(assignment["rank_start"] == start, "\(allocation)")
            let values = try settings(of: space, assignment, seed: 0)
            #expect((values["rank_allocation"] ?? .string("uniform")) == .string(allocation))
            #expect(values["rank_start"] == start)
        }
        #expect(try parse(text("{budget: 9}")).specification.rankSearch?.start == RankSearch.defaultStart)
        #expect(SpaceDescription(space).text.contains("within 200000 parameters of adapters in each trial"))
    }

    @Test func `where ways of tuning are searched, it is LoRA's alone`() throws {
        let space = try parse(text("{budget: 9}", "finetuning_type: {values: [lora, ia3]}")).specification.space
        for type in ["lora", "ia3"] {
            let assignment = space.assignment { parameter, _ in
                parameter.name == "finetuning_type" ? .string(type) : parameter.distribution.value(atQuantile: 0)
            }
            #expect((assignment["rank_allocation"] != nil) == (type == "lora"))
        }
    }

    @Test(arguments: [
        ("{start: 8}", "p", "", "expected a budget, such as {budget: 200000, start: 64}"),
        ("{budget: 0}", "p", "", "2:23"), ("{budget: 9, ranks: 8}", "p", "", "'ranks'"),
        ("{budget: 9}", "r: {values: [2, 4]}", "", "'r' is decided by rank_search; leave it out"),
        ("{budget: 9}", "rank_allocation: {values: [probe]}", "", "'rank_allocation' is decided by rank_search"),
        ("{budget: 9}", "p", "lora_alpha: 8", "'lora_alpha' is decided by rank_search; give alpha_over_r instead"),
        ("{budget: 9}", "p", "rank_pattern: {query: 4}", "'rank_pattern' is decided by rank_search"),
    ])
    func `what a budget decides is not given too`(search: String, parameters: String, trainer: String, words: String) {
        let parameters = parameters == "p" ? "learning_rate: {min: 1e-4, max: 1e-2}" : parameters
        let refused = refusal(text(search, parameters, trainer: trainer))
        #expect(refused?.contains(words) == true, "\(refused ?? "accepted")")
    }

    @Test func `other trainers find no ranks`() {
        let command =
            "metric: {name: x}\nrank_search: {budget: 9}\ntrainer: {type: command, command: [t]}\nparameters: {p: {value: 1}}\n"
        #expect(refusal(command) == "space.yaml:2:1: 'rank_search' is the built-in trainer's (type: lora); leave it out")
    }
}
