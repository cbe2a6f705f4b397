import SearchSpaces
import Testing
import TrainerSettings

struct MethodChoiceTests {
    private func choice(
        _ distribution: Distribution, parameters: Int = 2, trials: Int?, method: Method = .auto,
        earlyTermination: EarlyTermination = .none
    ) -> MethodChoice {
        var study = StudySpecification(
            name: "toy", metric: Metric(name: "loss", goal: .minimize), method: method, runCap: trials,
            trainer: TrainerSpecification(type: "command"),
            space: SearchSpace((0..<parameters).map { Parameter(name: "x\($0)", distribution: distribution) }), folder: "")
        study.earlyTermination = earlyTermination
        return MethodChoice(study)
    }

    @Test(arguments: [
        (Distribution.intUniform(min: 1, max: 6), 2, 36, Method.grid), (.intUniform(min: 1, max: 6), 2, 35, .gp),
        (.uniform(min: 0, max: 1), 6, 40, .gp), (.uniform(min: 0, max: 1), 40, 300, .gp),
        (.uniform(min: 0, max: 1), 41, 40, .tpe), (.uniform(min: 0, max: 1), 6, 301, .tpe),
        (.constant(.int(1)), 40, 1, .grid),
    ])
    func `The space and the number of trials decide`(
        distribution: Distribution, parameters: Int, trials: Int, method: Method
    ) {
        let choice = choice(distribution, parameters: parameters, trials: trials)
        #expect(choice.method == method)
        #expect(choice.reason?.contains("\(trials)") == true || choice.reason?.contains("\(parameters)") == true)
    }

    @Test func `Without a number of trials it is the default's`() {
        #expect(choice(.intUniform(min: 1, max: 40), parameters: 1, trials: nil).method == .grid)
        #expect(choice(.intUniform(min: 1, max: 41), parameters: 1, trials: nil).method == .gp)
    }

    @Test func `Where trials end early the same decides, and the reason says so`() {
        let rungs = EarlyTermination.asha(.init(eta: 3, minimum: 1, maximum: 9))
        let choice = choice(.uniform(min: 0, max: 1), trials: 40, earlyTermination: rungs)
        #expect(choice.method == .gp)
        #expect(choice.reason?.contains("end early") == true)
        #expect(self.choice(.uniform(min: 0, max: 1), trials: 301, earlyTermination: rungs).method == .tpe)
        #expect(self.choice(.intUniform(min: 1, max: 3), trials: 40, earlyTermination: rungs).method == .grid)
    }

    @Test(arguments: Method.allCases.filter { $0 != .auto })
    func `What the user chose stays, without a reason`(method: Method) {
        let choice = choice(.uniform(min: 0, max: 1), trials: 40, method: method)
        #expect(choice.method == method)
        #expect(choice.reason == nil)
    }
}
