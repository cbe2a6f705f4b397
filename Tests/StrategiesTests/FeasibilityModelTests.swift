import SearchSpaces
import Studies
import Testing
import TrainerSettings

@testable import Strategies

struct FeasibilityModelTests {
    private static func choices(_ values: [SettingValue]) -> Distribution { .categorical(values, probabilities: nil) }

    private let space = SearchSpace([
        Parameter(name: "batch_size", distribution: choices([.int(8), .int(16), .int(32), .int(64)])),
        Parameter(name: "max_length", distribution: .intUniform(min: 100, max: 1000)),
        Parameter(name: "learning_rate", distribution: .logUniform(min: 1e-5, max: 1e-2)),
        Parameter(
            name: "target_modules",
            distribution: choices([
                .array([.string("q"), .string("v")]), .array([.string("k"), .string("q"), .string("v")]),
                .array([.string("up")]),
                .string("all-linear"),
            ])),
        Parameter(name: "gradient_checkpointing", distribution: choices([.bool(true), .bool(false)])),
        Parameter(name: "options.packing", distribution: choices([.bool(true), .bool(false)])),
    ])

    private static let modules = 0

    private func assignment(
        batch: Int = 16, length: Int = 500, rate: Double = 1e-3, modules: Int = 0, checkpointing: Bool = false,
        packing: Bool = false
    ) -> Assignment {
        guard case .categorical(let lists, _)? = space["target_modules"]?.distribution else { return [:] }
        return [
            "batch_size": .int(batch), "max_length": .int(length), "learning_rate": .double(rate),
            "target_modules": lists[modules],
            "gradient_checkpointing": .bool(checkpointing), "options.packing": .bool(packing),
        ]
    }

    private func trial(_ number: Int, _ assignment: Assignment, fits: Bool, halvings: Int = 0) -> Trial {
        let reports = fits ? [Report(iter: 1, value: 1)] : []
        var trial = Trial(id: Trial.ID(number), assignment: assignment, state: fits ? .complete : .pruned, reports: reports)
        trial.outOfMemory = fits ? nil : "out of memory"
        trial.halvings = halvings
        return trial
    }

    private func model(_ told: [(Assignment, fits: Bool)]) -> FeasibilityModel? {
        let trials = told.enumerated().map { trial($0, $1.0, fits: $1.fits) }
        return model(trials)
    }

    private func model(_ trials: [Trial], halving: BatchHalving? = nil) -> FeasibilityModel? {
        let coding = PointCoding(space)
        return FeasibilityModel(trials, points: trials.map { coding.point(of: $0.assignment) }, space: space, halving: halving)
    }

    private func point(_ assignment: Assignment) -> Point { PointCoding(space).point(of: assignment) }

    @Test func `as long as none has run out there is no model`() {
        #expect(model([]) == nil)
        #expect(model([(assignment(), true), (assignment(batch: 64), true)]) == nil)
    }

    @Test func `what needs at least as much as one that ran out is refused, and nothing else`() throws {
        let model = try #require(self.model([(assignment(), false)]))
        let refused = [
            assignment(), assignment(rate: 1e-5), assignment(batch: 32), assignment(length: 501), assignment(modules: 1),
            assignment(modules: 3), assignment(batch: 64, length: 1000, rate: 1e-2, modules: 3),
        ]
        for assignment in refused { #expect(model.runsOut(point(assignment)), "\(assignment)") }
        let open = [
            assignment(batch: 8), assignment(length: 499), assignment(modules: 2), assignment(checkpointing: true),
            // Whether packing needs more, nobody knows beforehand.
            assignment(packing: true), assignment(batch: 64, length: 100, modules: 3),
        ]
        for assignment in open {
            #expect(!model.runsOut(point(assignment)), "\(assignment)")
            #expect(model.allows(point(assignment), .possible))
        }
        #expect(!model.hasFit && model.ranOut == 1)
    }

    @Test func `what needs no more than one that fits is certain to fit`() throws {
        let model = try #require(self.model([(assignment(batch: 64), false), (assignment(batch: 32, modules: 1), true)]))
        for assignment in [assignment(), assignment(batch: 32), assignment(length: 100, checkpointing: true)] {
            #expect(model.probability(of: point(assignment)) == 1)
            #expect(model.allows(point(assignment), .likely))
        }
        #expect(model.probability(of: point(assignment(batch: 32, length: 900))) < 1)
    }

    @Test func `one that ran out though more fits is no limit`() throws {
        let model = try #require(self.model([(assignment(), false), (assignment(batch: 32), true)]))
        #expect(!model.runsOut(point(assignment())))
        #expect(!model.runsOut(point(assignment(batch: 64, length: 1000))))
    }

    @Test func `between the two the probability falls with what is needed`() throws {
        let model = try #require(
            self.model([(assignment(batch: 64, length: 800), false), (assignment(batch: 8, length: 200), true)]))
        let lengths = [200, 400, 600, 790].map { model.probability(of: point(assignment(batch: 32, length: $0))) }
        #expect(lengths == lengths.sorted(by: >))
        let batches = [16, 32, 64].map { model.probability(of: point(assignment(batch: $0, length: 400))) }
        #expect(batches == batches.sorted(by: >))
        #expect(Set(batches).count == 3)
    }

    @Test func `the more trials run out, the surer it has to be`() throws {
        let fitting = (0..<18).map { (assignment(batch: 8, length: 100 + $0), true) }
        let few = try #require(self.model(fitting + [(assignment(batch: 64), false)]))
        let many = try #require(self.model(fitting + (0..<12).map { (assignment(batch: 64, length: 600 + $0), false) }))
        #expect(few.threshold < many.threshold)
        #expect(few.threshold >= 0.2 && many.threshold <= 0.95)
    }

    // MARK: - Halved batches

    private func halving(fixed batch: Int? = nil) -> BatchHalving? {
        var specification = StudySpecification(
            name: "s", metric: Metric(name: "m", goal: .minimize), trainer: TrainerSpecification(type: "t"), space: space,
            folder: "")
        specification.supervision.onOutOfMemory = .halveBatch
        specification.batchSettings = BatchSettings(batch: "batch_size", defaultBatch: batch)
        return BatchHalving(specification)
    }

    @Test func `a halved trial tells that its batch ran out, and what it needs now`() throws {
        let model = try #require(self.model([trial(0, assignment(batch: 64), fits: true, halvings: 2)]))
        #expect(model.runsOut(point(assignment(batch: 32))))
        #expect(model.runsOut(point(assignment(batch: 64))))
        #expect(!model.runsOut(point(assignment(batch: 16))))
        #expect(model.probability(of: point(assignment(batch: 16))) == 1)
    }

    @Test func `where batches are halved the whole one is no reason to refuse, and is not tried again`() throws {
        let halved = trial(0, assignment(batch: 64), fits: true, halvings: 2)
        let model = try #require(self.model([halved], halving: halving()))
        #expect(model.probability(of: point(assignment(batch: 64))) == 1)
        #expect(model.halvings(of: point(assignment(batch: 64))) == 2)
        #expect(model.halvings(of: point(assignment(batch: 32, length: 600))) == 1)
        #expect(model.halvings(of: point(assignment(batch: 16, length: 600))) == 0)
        // What runs out with a batch of one runs out.
        let hopeless = trial(1, assignment(batch: 8), fits: false, halvings: 3)
        let second = try #require(self.model([hopeless], halving: halving()))
        #expect(second.runsOut(point(assignment(batch: 64, length: 500))))
        #expect(!second.runsOut(point(assignment(batch: 64, length: 400))))
    }

    @Test func `a batch that is no parameter is halved too`() throws {
        let lengths = SearchSpace([Parameter(name: "max_length", distribution: .intUniform(min: 100, max: 1000))])
        let coding = MemoryCoding(lengths, batch: "batch_size")
        let point = PointCoding(lengths).point(of: ["max_length": .int(400)])
        let (whole, half) = (coding.need(point), coding.need(point, halvings: 1))
        #expect(coding.covers(whole, half) && !coding.covers(half, whole))
        #expect(coding.features(whole) != coding.features(half))
    }

    // MARK: - In a search

    @Test(arguments: Method.allCases) func `what was proposed before is proposed still, as long as none has run out`(
        method: Method
    ) throws {
        let space = SearchSpace([
            Parameter(name: "batch_size", distribution: .intUniform(min: 1, max: 6)),
            Parameter(name: "x", distribution: .quantizedUniform(min: 0, max: 1, q: 0.1)),
        ])
        var specification = StudySpecification(
            name: "s", metric: Metric(name: "m", goal: .minimize), method: method, seed: 4,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "")
        specification.runCap = 30
        let untold = try proposals(specification)
        specification.supervision.onOutOfMemory = .halveBatch
        specification.batchSettings = BatchSettings()
        #expect(try proposals(specification) == untold)
        #expect(untold.count == 30)
    }

    private func proposals(_ specification: StudySpecification, limit: Int = .max) throws -> [Assignment] {
        var suggester = try Suggester(specification: specification)
        var history = History(goal: .minimize)
        while history.trials.count < 30, case .assignment(let assignment, _) = suggester.suggest(after: history) {
            // From the history alone, each time.
            var other = try Suggester(specification: specification)
            #expect(other.suggest(after: history) == .assignment(assignment, refused: 0))
            let fits = assignment["batch_size"]?.integer ?? 0 <= limit
            var trial = trial(history.trials.count, assignment, fits: fits)
            if fits { trial.reports = [Report(iter: 1, value: abs((assignment["x"]?.number ?? 0) - 0.3))] }
            history.trials.append(trial)
        }
        return history.trials.map(\.assignment)
    }

    @Test(arguments: Method.allCases) func `every strategy learns the limit, and the same history gives the same proposals`(
        method: Method
    ) throws {
        let space = SearchSpace([
            Parameter(name: "batch_size", distribution: .intUniform(min: 1, max: 6)),
            Parameter(name: "x", distribution: .quantizedUniform(min: 0, max: 1, q: 0.1)),
        ])
        var specification = StudySpecification(
            name: "s", metric: Metric(name: "m", goal: .minimize), method: method, seed: 4,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "")
        specification.runCap = 30
        let proposed = try proposals(specification, limit: 3)
        let over = proposed.count { $0["batch_size"]?.integer ?? 0 > 3 }
        // 15 %.
        #expect(over <= 4)
        // And it does not stay away from what fits.
        #expect(proposed.contains { $0["batch_size"]?.integer == 3 })
    }

    @Test func `where all that is left needs too much, the search ends and says so`() throws {
        let space = SearchSpace([
            Parameter(name: "batch_size", distribution: .intUniform(min: 1, max: 9)),
            Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 1)),
        ])
        var suggester = Suggester(RandomSearch(), space: space, seed: 1)
        var history = History(goal: .minimize)
        var reason = ""
        for number in 0..<40 {
            switch suggester.suggest(after: history) {
            case .exhausted(let words): reason = words
            case .assignment(let assignment, _): history.trials.append(trial(number, assignment, fits: false))
            }
        }
        #expect(history.trials.count >= FailureLimit.firstFailures && history.trials.count < 15)
        #expect(history.trials.contains { $0.assignment["batch_size"] == .int(1) })
        #expect(
            reason == "every configuration that is left needs at least as much memory as one of the \(history.trials.count) "
                + "that ran out of it")
    }

    @Test func `where one alone ran out, nothing that needs as much is left to try`() throws {
        let sizes: [SettingValue] = [.int(8), .int(512), .int(1024)]
        let space = SearchSpace([Parameter(name: "batch_size", distribution: Self.choices(sizes))])
        let history = History(
            goal: .minimize,
            trials: [
                trial(0, ["batch_size": .int(8)], fits: true), trial(1, ["batch_size": .int(512)], fits: false),
            ])
        var suggester = Suggester(try GridSearch(space), space: space, seed: 1)
        guard case .exhausted(let reason) = suggester.suggest(after: history) else {
            Issue.record("a batch of 1024 is tried")
            return
        }
        #expect(reason == "every configuration that is left needs at least as much memory as the one that ran out of it")
    }

    @Test func `a first trial that ran out alone does not end a study whose memory does not vary`() throws {
        let space = SearchSpace([Parameter(name: "learning_rate", distribution: .uniform(min: 0, max: 1))])
        var suggester = Suggester(RandomSearch(), space: space, seed: 1)
        var history = History(goal: .minimize, trials: [trial(0, ["learning_rate": .double(0.5)], fits: false)])
        guard case .assignment(let next, _) = suggester.suggest(after: history) else {
            Issue.record("it ended")
            return
        }
        history.trials.append(trial(1, next, fits: true))
        guard case .assignment = suggester.suggest(after: history) else {
            Issue.record("it ended though it fits")
            return
        }
    }

    @Test func `what the user enqueued is tried all the same, a recipe that runs out is not`() throws {
        let space = SearchSpace([
            Parameter(name: "batch_size", distribution: .intUniform(min: 1, max: 64)),
            Parameter(name: "learning_rate", distribution: .logUniform(min: 1e-5, max: 1e-2)),
        ])
        var specification = StudySpecification(
            name: "s", metric: Metric(name: "m", goal: .minimize), method: .random,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "")
        let large: Assignment = ["batch_size": .int(60), "learning_rate": .double(1e-3)]
        specification.enqueued = [large]
        var suggester = try Suggester(specification: specification)
        let short = trial(0, ["batch_size": .int(30), "learning_rate": .double(1e-4)], fits: false)
        #expect(suggester.suggest(after: History(goal: .minimize, trials: [short])) == .assignment(large, refused: 0))
    }
}
