import SearchSpaces
import Studies
import Testing
import TrainerSettings

@Suite struct SpaceChangeTests {
    private static let space: [Parameter] = [
        Parameter(name: "rate", distribution: .uniform(min: 0, max: 1)),
        Parameter(name: "r", distribution: .categorical([.int(4), .int(8)], probabilities: nil)),
        Parameter(
            name: "alpha", distribution: .uniform(min: 1, max: 2),
            condition: .init(parameter: "r", values: [.int(8)])),
    ]
    private let history = History(
        goal: .minimize,
        trials: [
            Trial(id: Trial.ID(0), assignment: ["rate": .double(0.9), "r": .int(4)]),
            Trial(id: Trial.ID(1), assignment: ["rate": .double(0.1), "r": .int(8), "alpha": .double(1.5)]),
        ])

    private func specification(_ change: (inout StudySpecification) -> Void = { _ in }) -> StudySpecification {
        var specification = StudySpecification(
            name: "s", metric: Metric(name: "loss", goal: .minimize), trainer: .lora(["batch_size": .int(8)]),
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
        #expect(refusal { $0.space = replacing("rate", Parameter(name: "rate", distribution: .uniform(min: -1, max: 3))) } == nil)
        let more = Distribution.categorical([.int(2), .int(4), .int(8), .int(16)], probabilities: nil)
        #expect(refusal { $0.space = replacing("r", Parameter(name: "r", distribution: more)) } == nil)
        // Narrower, yet nothing tried is lost.
        #expect(
            refusal { $0.space = replacing("rate", Parameter(name: "rate", distribution: .uniform(min: 0.1, max: 0.9))) } == nil)
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
        #expect(
            refusal { $0.trainer = .lora(["batch_size": .int(16)]) }
                == "trainer: batch_size: found 16, the trials were trained with 8")
        #expect(
            refusal { $0.trainer = .lora(["batch_size": .int(8), "max_steps": .int(1)]) }
                == "trainer: max_steps: found 1, the trials were trained with nothing")
        #expect(refusal { $0.trainer = .command(["x"], program: nil) }?.hasPrefix("trainer: differs") == true)
    }

    @Test func `a space that a trial there is could not have come from is refused with that trial`() {
        #expect(
            refusal { $0.space = replacing("rate", Parameter(name: "rate", distribution: .uniform(min: 0, max: 0.5))) }
                == "parameters: rate: leaves out 0.9, which trial 0 has")
        #expect(
            refusal { $0.space = replacing("r", Parameter(name: "r", distribution: .categorical([.int(4), .int(16)], probabilities: nil))) }?
                .hasSuffix("which trial 1 has") == true)
        #expect(refusal { $0.space = replacing("rate") } == "parameters: rate is missing, and trial 0 has it")
        #expect(
            refusal { $0.space = replacing("", Parameter(name: "decay", distribution: .uniform(min: 0, max: 1))) }
                == "parameters: decay is new, and trial 0 has no value of it")
        let free = Parameter(name: "alpha", distribution: .uniform(min: 1, max: 2))
        #expect(refusal { $0.space = replacing("alpha", free) } == "parameters: alpha is new, and trial 0 has no value of it")
        let other = Parameter(
            name: "alpha", distribution: .uniform(min: 1, max: 2), condition: .init(parameter: "r", values: [.int(4)]))
        #expect(refusal { $0.space = replacing("alpha", other) }?.hasPrefix("parameters: alpha") == true)
    }
}
