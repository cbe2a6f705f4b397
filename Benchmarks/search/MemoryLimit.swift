import Glibc
import SearchSpaces
import Strategies
import Studies
import TrainerSettings

/// Studies on a device whose memory does not hold every configuration: how many trials run out of it, and what the best one comes to.
///
/// The least loss lies where the memory ends, which is where people find it: larger is better, and does not fit.
struct MemoryLimit: Sendable {
    let name: String
    let space: SearchSpace
    /// The share of the space's configurations that run out.
    let share: Double
    private let need: @Sendable (Assignment) -> Double
    private let most: Double

    /// Each shape of need on a space of lists and on one of ranges, with limits that a fifth to three fifths of the configurations break.
    static let all: [MemoryLimit] = [("lists", lists), ("ranges", ranges)].flatMap { kind, space in
        [("product", product), ("sum", sum)].flatMap { shape, need in
            [0.2, 0.4, 0.6].map { MemoryLimit(name: "\(kind), \(shape)", space: space, share: $0, need: need) }
        }
    }

    private static let others = [
        Parameter(name: "learning_rate", distribution: .logUniform(min: 1e-5, max: 1e-2)),
        Parameter(name: "lora_dropout", distribution: .uniform(min: 0, max: 0.2)),
    ]

    private static func list(_ name: String, _ values: [Int]) -> Parameter {
        Parameter(name: name, distribution: .categorical(values.map { .int($0) }, probabilities: nil))
    }

    static let lists = SearchSpace(
        [
            list("batch_size", [1, 2, 4, 8, 16, 32, 64]), list("max_length", [128, 256, 512, 1024, 2048]),
            list("r", [4, 8, 16, 32, 64, 128]),
        ] + others)

    static let ranges = SearchSpace(
        [
            Parameter(name: "batch_size", distribution: .intLogUniform(min: 1, max: 64)),
            Parameter(name: "max_length", distribution: .intLogUniform(min: 128, max: 2048)),
            Parameter(name: "r", distribution: .intLogUniform(min: 4, max: 128)),
        ] + others)

    private static func number(_ assignment: Assignment, _ name: String) -> Double { assignment[name]?.number ?? .nan }

    /// batch x length x r
    @Sendable static func product(_ assignment: Assignment) -> Double {
        ["batch_size", "max_length", "r"].reduce(1) { $0 * number(assignment, $1) }
    }

    /// The model, activations, the adapter with its optimizer's state.
    @Sendable static func sum(_ assignment: Assignment) -> Double {
        3e5 + 30 * number(assignment, "batch_size") * number(assignment, "max_length") + 4000 * number(assignment, "r")
    }

    init(name: String, space: SearchSpace, share: Double, need: @escaping @Sendable (Assignment) -> Double) {
        (self.name, self.space, self.share, self.need) = (name, space, share, need)
        var generator = SeededGenerator(7)
        let coding = PointCoding(space)
        let needs = (0..<4000).map { _ in need(coding.assignment(of: coding.sample(using: &generator))) }.sorted()
        most = needs[Int(Double(needs.count) * (1 - share)) - 1]
    }

    func runsOut(_ assignment: Assignment) -> Bool { need(assignment) > most }

    /// Larger is better in all three, the learning rate has its place.
    func loss(_ assignment: Assignment) -> Double {
        let rate = log10(Self.number(assignment, "learning_rate")) + 3.5
        let size =
            log2(Self.number(assignment, "batch_size")) / 6 + log2(Self.number(assignment, "max_length") / 128) / 4
            + log2(Self.number(assignment, "r") / 4) / 5
        return rate * rate + 0.3 * (3 - size) + Self.number(assignment, "lora_dropout")
    }

    struct Result: Sendable {
        /// Trials that ran out of memory, and the least loss of the others.
        let ranOut: Int
        let best: Double
    }

    /// Plays a study with one worker.
    ///
    /// - Parameter learns: whether it is told of what ran out; else such a trial has failed.
    func play(_ method: Method, seed: Int, trials: Int, learns: Bool) throws -> Result {
        var specification = StudySpecification(
            name: name, metric: Metric(name: "loss", goal: .minimize), method: method, seed: seed,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "")
        specification.warmStart = WarmStart(recipes: false)
        var suggester = try Suggester(specification: specification)
        var history = History(goal: .minimize)
        for number in 0..<trials {
            guard case .assignment(let assignment, refused: _) = suggester.suggest(after: history) else { break }
            var trial = Trial(id: Trial.ID(number), assignment: assignment, state: .complete)
            if runsOut(assignment) {
                (trial.state, trial.outOfMemory) = learns ? (.pruned, "out of memory") : (.failed, nil)
            } else {
                trial.reports = [Report(iter: 1, value: loss(assignment))]
            }
            history.add(trial)
        }
        return Result(
            ranOut: history.trials.count { $0.reports.isEmpty }, best: history.best?.report.value ?? .infinity)
    }

    // MARK: - The table

    static func printTable(_ method: Method, seeds: Range<Int>, trials: Int) throws {
        print("| \(method.rawValue) | does not fit | run out: without | with | best: without | with |")
        print("|---|---|---|---|---|---|")
        for limit in all {
            var sums = (shares: [0.0, 0.0], bests: [0.0, 0.0])
            for seed in seeds {
                for (index, learns) in [false, true].enumerated() {
                    let result = try limit.play(method, seed: seed, trials: trials, learns: learns)
                    sums.shares[index] += Double(result.ranOut) / Double(trials * seeds.count)
                    sums.bests[index] += result.best / Double(seeds.count)
                }
            }
            let shares = sums.shares.map { "\(SettingValue.short(100 * $0)) %" }
            let bests = sums.bests.map { SettingValue.short($0) }
            print(
                "| \(limit.name) | \(SettingValue.short(100 * limit.share)) % | \(shares[0]) | \(shares[1]) | \(bests[0]) | \(bests[1]) |"
            )
        }
    }
}
