import SearchSpaces
import Studies
import Testing
import TrainerSettings

@Suite struct SpaceChangeTests {
    private static let space: [Parameter] = [
        Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 1)),
        Parameter(name: "r", distribution: .categorical([.int(4), .int(8)], probabilities: nil)),
        Parameter(
            name: "lora_alpha", distribution: .uniform(min: 1, max: 2),
            condition: .init(parameter: "r", values: [.int(8)])),
    ]
    private let history = History(
        goal: .minimize,
        trials: [
            Trial(id: Trial.ID(0), assignment: ["learning_rate": .double(0.9), "r": .int(4)]),
            Trial(id: Trial.ID(1), assignment: ["learning_rate": .double(0.1), "r": .int(8), "lora_alpha": .double(1.5)]),
        ])

    private func specification(_ change: (inout StudySpecification) -> Void = { _ in }) -> StudySpecification {
        var specification = StudySpecification(
            name: "s", metric: Metric(name: "loss", goal: .minimize), trainer: TrainerSpecification(type: "lora"),
            space: SearchSpace(Self.space), folder: "/")
        change(&specification)
        return specification
    }

    private func refusal(_ change: (inout StudySpecification) -> Void) -> String? {
        SpaceChange(from: specification(), to: specification(change)).refusal(keeping: history)
    }

    private func replacing(_ name: String, _ parameters: Parameter...) -> SearchSpace {
        SearchSpace(Self.space.filter { $0.name != name } + parameters)
    }

    @Test func `wider ranges, more choices and other limits keep the history`() {
        #expect(refusal { _ in } == nil)
        #expect(
            refusal {
                $0.space = replacing("learning_rate", Parameter(name: "learning_rate", distribution: .uniform(min: -1, max: 3)))
            } == nil)
        let more = Distribution.categorical([.int(2), .int(4), .int(8), .int(16)], probabilities: nil)
        #expect(refusal { $0.space = replacing("r", Parameter(name: "r", distribution: more)) } == nil)
        // Narrower, yet nothing tried is lost.
        #expect(
            refusal {
                $0.space = replacing(
                    "learning_rate", Parameter(name: "learning_rate", distribution: .uniform(min: 0.1, max: 0.9)))
            } == nil
        )
        #expect(
            refusal {
                ($0.method, $0.runCap, $0.workers, $0.timeCap) = (.gp, 99, 3, 60)
                $0.metric.target = 0.1
            } == nil)
    }

    @Test func `what the trials were compared by cannot change`() {
        #expect(
            refusal { $0.metric.goal = .maximize } == "metric: found maximize loss, the trials were compared by minimize loss")
        #expect(refusal { $0.seed = 4 } == "seed: found 4, the trials were trained with 0")
        #expect(refusal { $0.earlyTermination = .median(warmUp: 1, startUpTrials: 2) }?.hasPrefix("early_terminate: ") == true)
        #expect(refusal { $0.warmStart.studies = ["other"] }?.hasPrefix("warm_start: ") == true)
        #expect(refusal { $0.trainer = TrainerSpecification(type: "other") }?.hasPrefix("trainer: differs") == true)
    }

    @Test func `a project that was moved keeps the history, and is told with what the trainer tells`() {
        #expect(refusal { $0.folder = "/other" } == nil)
        let change = SpaceChange(
            from: specification(), to: specification { $0.folder = "/other" },
            trainer: { _, _ in
                var change = TrainerChange()
                change.moves = ["model is /b, before /a"]
                change.refusalOfTrial = { $0.id == Trial.ID(1) ? "no" : nil }
                return change
            })
        #expect(change.moves == ["trials start in /other, before in /", "model is /b, before /a"])
        #expect(change.refusal(keeping: history) == "no")
    }

    @Test func `the seed is the study's own, whatever its first file said`() {
        // The file said 0; `run --seed 5` had the last word.
        func refusal(_ seed: Int, given: Bool = true) -> String? {
            SpaceChange(from: specification(), to: specification { $0.seed = seed }, seed: 5, givesSeed: given)
                .refusal(keeping: history)
        }
        #expect(refusal(5) == nil)
        #expect(refusal(0) == nil)
        #expect(refusal(3, given: false) == nil)
        #expect(refusal(3) == "seed: found 3, the trials were trained with 5")
    }

    @Test func `a space that a trial there is could not have come from is refused with that trial`() {
        #expect(
            refusal {
                $0.space = replacing(
                    "learning_rate", Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 0.5)))
            }
                == "parameters: learning_rate: leaves out 0.9, which trial 0 has")
        #expect(
            refusal {
                $0.space = replacing(
                    "r", Parameter(name: "r", distribution: .categorical([.int(4), .int(16)], probabilities: nil)))
            }?
            .hasSuffix("which trial 1 has") == true)
        #expect(refusal { $0.space = replacing("learning_rate") } == "parameters: learning_rate is missing, and trial 0 has it")
        #expect(
            refusal { $0.space = replacing("", Parameter(name: "decay", distribution: .uniform(min: 0, max: 1))) }
                == "parameters: decay is new, and trial 0 has no value of it")
        let free = Parameter(name: "lora_alpha", distribution: .uniform(min: 1, max: 2))
        #expect(
            refusal { $0.space = replacing("lora_alpha", free) }
                == "parameters: lora_alpha is new, and trial 0 has no value of it")
        let other = Parameter(
            name: "lora_alpha", distribution: .uniform(min: 1, max: 2), condition: .init(parameter: "r", values: [.int(4)]))
        #expect(refusal { $0.space = replacing("lora_alpha", other) }?.hasPrefix("parameters: lora_alpha") == true)
    }
}
