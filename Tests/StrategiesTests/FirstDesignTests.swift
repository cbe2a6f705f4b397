import SearchSpaces
import Strategies
import Studies
import TestSupport
import Testing
import TrainerSettings

struct FirstDesignTests {
    private let space = SearchSpace([
        Parameter(name: "learning_rate", distribution: .logUniform(min: 1e-4, max: 1e-3)),
        Parameter(name: "r", distribution: .categorical([.int(4), .int(32)], probabilities: nil)),
        Parameter(name: "lora_alpha", distribution: .categorical([.int(8), .int(16), .int(64)], probabilities: nil)),
        Parameter(
            name: "target_modules",
            distribution: .categorical(
                [
                    .array([.string("query"), .string("value")]),
                    .array([.string("query"), .string("key"), .string("value")]),
                ], probabilities: nil)),
        Parameter(name: "batch_size", distribution: .intUniform(min: 8, max: 64)),
    ])

    private func specification(_ space: SearchSpace? = nil, method: Method = .tpe, trainer: TrainerSpecification = .builtIn)
        -> StudySpecification
    {
        StudySpecification(
            name: "s", metric: Metric(name: "eval_accuracy", goal: .maximize), method: method, seed: 5, trainer: trainer,
            space: space ?? self.space, folder: "")
    }

    private func recipes(_ specification: StudySpecification) -> [Assignment] {
        FirstDesign(specification).entries.filter { if case .recipe = $0.origin { true } else { false } }.map(\.assignment)
    }

    @Test func `Recipes come with the nearest values that the space has, and never leave it`() throws {
        let recipes = recipes(specification())
        #expect(recipes.count == 4)
        #expect(recipes.allSatisfy(space.holds))
        #expect(Set(recipes).count == 4)
        let first = recipes[0]
        #expect(first["learning_rate"] == .double(1e-3))
        #expect(first["r"] == .int(32))
        #expect(first["lora_alpha"] == .int(64))
        #expect(first["target_modules"] == .array([.string("query"), .string("key"), .string("value")]))
        // The setting of RoBERTa: attention's usual pair, and alpha in proportion to the rank that is there.
        #expect(recipes[2]["target_modules"] == .array([.string("query"), .string("value")]))
        #expect(recipes[2]["r"] == .int(4))
        #expect(recipes[2]["lora_alpha"] == .int(8))
    }

    @Test func `Recipes that come out alike are tried once`() {
        let narrow = SearchSpace([Parameter(name: "r", distribution: .categorical([.int(8), .int(16)], probabilities: nil))])
        #expect(Set(recipes(specification(narrow))) == [["r": .int(16)], ["r": .int(8)]])
        #expect(recipes(specification(narrow)).count == 2)
    }

    @Test func `A program without a parameter of LoRA's gets no recipe, nor does a grid, nor who wants none`() {
        let command = TrainerSpecification(type: "command")
        let plain = SearchSpace([Parameter(name: "learning_rate", distribution: .logUniform(min: 1e-5, max: 1e-1))])
        #expect(recipes(specification(plain, trainer: command)).isEmpty)
        #expect(recipes(specification(plain)).count == 4)
        #expect(!recipes(specification(trainer: command)).isEmpty)
        #expect(recipes(specification(method: .grid)).isEmpty)
        var off = specification()
        off.warmStart = WarmStart(recipes: false)
        #expect(FirstDesign(off).entries.isEmpty)
    }

    @Test func `Modules of another way of tuning get no recipe of LoRA's`() {
        func count(_ settings: [String: SettingValue], _ types: [SettingValue]? = nil) -> Int {
            var parameters = space.parameters
            if let types {
                parameters.append(Parameter(name: "finetuning_type", distribution: .categorical(types, probabilities: nil)))
            }
            let trainer = TrainerSpecification(type: "lora", settings: settings)
            return recipes(specification(SearchSpace(parameters), trainer: trainer)).count
        }
        #expect(count([:]) > 0 && count(["finetuning_type": .string("lora")]) > 0)
        #expect(count(["finetuning_type": .string("ia3")]) == 0)
        #expect(count([:], [.string("ia3"), .string("lora")]) > 0 && count([:], [.string("ia3"), .string("full")]) == 0)
    }

    @Test func `What was enqueued comes before recipes, completed by the seed`() throws {
        var wanted = specification()
        wanted.enqueued = [["r": .int(32)], ["r": .int(32), "batch_size": .int(16)]]
        let design = FirstDesign(wanted)
        #expect(design.entries.map(\.origin).prefix(3) == [.enqueued, .enqueued, .recipe("all linear layers, alpha 2 r")])
        #expect(design.entries.allSatisfy { space.holds($0.assignment) })
        #expect(design.entries[0].assignment["r"] == .int(32))
        #expect(design.entries[1].assignment["batch_size"] == .int(16))
        #expect(FirstDesign(wanted) == design)
        wanted.seed = 6
        #expect(FirstDesign(wanted) != design)
    }

    @Test func `What a constraint forbids is left out, or its open values are drawn again`() {
        var wanted = specification()
        wanted.warmStart = WarmStart(recipes: false)
        wanted.enqueued = [["r": .int(32)], ["r": .int(4)]]
        let design = FirstDesign(wanted) { $0["r"] == .int(4) && $0["batch_size"]?.integer ?? 0 > 40 }
        #expect(design.entries.map { $0.assignment["r"] } == [.int(4)])
        #expect(design.refused == 1)
    }

    @Test func `The one configuration in many that a constraint allows is found, and what is whole is asked about once`() {
        let narrow = SearchSpace([
            Parameter(name: "a", distribution: .categorical([.int(1), .int(2)], probabilities: nil)),
            Parameter(name: "b", distribution: .intUniform(min: 1, max: 20)),
        ])
        var wanted = specification(narrow)
        wanted.enqueued = [["a": .int(1)], ["a": .int(2), "b": .int(3)]]
        var asked = 0
        let design = FirstDesign(wanted) { assignment in
            asked += assignment["a"] == .int(2) ? 1 : 0
            return assignment == ["a": .int(1), "b": .int(17)]
        }
        #expect(design.entries.map(\.assignment) == [["a": .int(1), "b": .int(17)]])
        #expect(design.refused == 1)
        #expect(asked == 1)
    }

    @Test(arguments: [1, 3]) func `A study tries the design first, then goes on, however often it is interrupted`(
        workers: Int
    ) throws {
        var wanted = specification()
        wanted.enqueued = [["batch_size": .int(9)], ["batch_size": .int(10)]]
        func study(_ history: History) throws -> StudySimulator {
            StudySimulator(try Suggester(specification: wanted), history: history, runCap: 14, workers: workers) {
                assignment, _ in assignment["batch_size"]?.number
            }
        }
        var whole = try study(History(goal: .maximize))
        whole.run()
        let design = FirstDesign(wanted).entries.map(\.assignment)
        #expect(whole.history.trials.prefix(design.count).map(\.assignment) == design)
        #expect(Set(whole.history.trials.map(\.assignment)).count == 14)
        var parts = History(goal: .maximize)
        for _ in 0..<14 {
            var part = try study(parts)
            part.run(rounds: 1)
            parts = part.history
        }
        #expect(parts == whole.history)
    }
}

extension TrainerSpecification {
    /// As a search sees the built-in trainer.
    static var builtIn: TrainerSpecification {
        var traits = TrainerTraits()
        (traits.loraRank, traits.isReproducible) = (8, true)
        return TrainerSpecification(type: "lora", traits: traits)
    }
}
