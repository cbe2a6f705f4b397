import Glibc
import SearchSpaces
import Strategies
import Studies
import TestSupport
import Testing
import TrainerSettings

/// Something like the error of a LoRA fine-tuning: the learning rate matters most, then alpha over r and the targets.
struct LoRALikeProblem {
    var bestRate = 1e-3
    var bestScale = 2.0
    var isEverywhereBest = true

    static let space = SearchSpace([
        Parameter(name: "learning_rate", distribution: .logUniform(min: 3e-5, max: 3e-2)),
        Parameter(name: "r", distribution: .categorical([2, 4, 8, 16, 32, 64].map { .int($0) }, probabilities: nil)),
        Parameter(
            name: "alpha_over_r", distribution: .categorical([0.25, 0.5, 1, 2, 4].map { .double($0) }, probabilities: nil)),
        Parameter(name: "lora_dropout", distribution: .uniform(min: 0, max: 0.1)),
        Parameter(
            name: "target_modules",
            distribution: .categorical(
                [.array([.string("query"), .string("value")]), .array([.string("key")]), .string("all-linear")],
                probabilities: nil)),
        Parameter(name: "warmup_ratio", distribution: .uniform(min: 0, max: 0.2)),
    ])

    func error(_ assignment: Assignment) -> Double {
        func number(_ name: String) -> Double { assignment[name]?.number ?? .nan }
        let rate = log10(number("learning_rate") / bestRate)
        let scale = log2(number("alpha_over_r") / bestScale)
        let targets =
            switch assignment["target_modules"] {
            case .string("all-linear"): isEverywhereBest ? 0.0 : 0.04
            case .array(let names) where names.count == 2: isEverywhereBest ? 0.02 : 0.02
            default: isEverywhereBest ? 0.04 : 0
            }
        return 0.14 + 0.05 * rate * rate + 0.005 * pow(scale + 3 * rate, 2) + targets + 0.01 / number("r")
            + 0.1 * abs(number("lora_dropout") - 0.03) + 0.02 * abs(number("warmup_ratio") - 0.08)
    }

    func specification(seed: Int, warmStart: WarmStart) -> StudySpecification {
        var specification = StudySpecification(
            name: "s", metric: Metric(name: "eval_error", goal: .minimize), seed: seed, trainer: .builtIn,
            space: Self.space, folder: "")
        specification.warmStart = warmStart
        return specification
    }

    func play(_ trials: Int, seed: Int, warmStart: WarmStart, earlier: [EarlierStudy] = []) throws -> History {
        let suggester = try Suggester(specification: specification(seed: seed, warmStart: warmStart), earlier: earlier)
        var study = StudySimulator(suggester, runCap: trials) { assignment, _ in error(assignment) }
        study.run()
        return study.history
    }

    /// The mean, over some seeds, of the best of so many trials.
    func bestOf(_ trials: Int, seeds: Range<Int> = 0..<12, warmStart: WarmStart, earlier: [EarlierStudy] = []) throws
        -> Double
    {
        try seeds.reduce(0) {
            $0 + (try play(trials, seed: $1, warmStart: warmStart, earlier: earlier).best?.report.value ?? .nan)
        } / Double(seeds.count)
    }
}

struct PriorKnowledgeTests {
    private let off = WarmStart(recipes: false)

    @Test func `Recipes help where they are right and cost little where they are wrong`() throws {
        let right = LoRALikeProblem()
        #expect(try right.bestOf(10, warmStart: WarmStart()) < right.bestOf(10, warmStart: off) - 0.003)
        let wrong = LoRALikeProblem(bestRate: 2e-2, bestScale: 0.25, isEverywhereBest: false)
        #expect(
            try wrong.bestOf(30, seeds: 0..<36, warmStart: WarmStart()) < wrong.bestOf(30, seeds: 0..<36, warmStart: off)
                + 0.005)
    }

    @Test func `An earlier study of the same problem helps, one of the opposite problem costs little`() throws {
        let right = LoRALikeProblem()
        let same = EarlierStudy(name: "same", history: try right.play(40, seed: 77, warmStart: off))
        let opposite = LoRALikeProblem(bestRate: 2e-2, bestScale: 0.25, isEverywhereBest: false)
        let misleading = EarlierStudy(name: "opposite", history: try opposite.play(40, seed: 78, warmStart: off))
        let alone = try right.bestOf(15, warmStart: off)
        #expect(try right.bestOf(15, warmStart: off, earlier: [same]) < alone - 0.003)
        let (late, misled) = try (
            right.bestOf(30, warmStart: off), right.bestOf(30, warmStart: off, earlier: [misleading])
        )
        #expect(misled < late + 0.008)
    }

    @Test func `Only the order within the earlier study counts, not its values`() throws {
        let right = LoRALikeProblem()
        let history = try right.play(20, seed: 3, warmStart: off)
        func earlier(_ change: (Double) -> Double) -> EarlierStudy {
            var changed = history
            for index in changed.trials.indices {
                changed.trials[index].reports = changed.trials[index].reports.map {
                    Report(iter: $0.iter, value: change($0.value))
                }
            }
            return EarlierStudy(name: "e", history: changed)
        }
        let plain = try right.play(20, seed: 4, warmStart: off, earlier: [earlier { $0 }])
        #expect(try right.play(20, seed: 4, warmStart: off, earlier: [earlier { 1000 * $0 - 1e6 }]) == plain)
        #expect(try right.play(20, seed: 4, warmStart: off, earlier: [earlier { -$0 }]) != plain)
    }

    @Test func `From an overlapping space what is shared is taken, and nothing leaves this one`() throws {
        let right = LoRALikeProblem()
        var other = History(goal: .minimize)
        for number in 0..<12 {
            other.trials.append(
                Trial(
                    id: Trial.ID(number),
                    assignment: [
                        "learning_rate": .double(number % 2 == 0 ? 1e-3 : 1), "r": .int(3 + number), "elsewhere": .int(1),
                    ], state: number == 5 ? .failed : .complete,
                    reports: number == 7 ? [] : [Report(iter: 1, value: Double(number))]))
        }
        let earlier = EarlierStudy(name: "other", history: other)
        let history = try right.play(25, seed: 1, warmStart: off, earlier: [earlier])
        #expect(history.trials.allSatisfy { LoRALikeProblem.space.holds($0.assignment) })
        let first = FirstDesign(right.specification(seed: 1, warmStart: off), earlier: [earlier]).entries
        #expect(first.map(\.origin) == [0, 1].map { .earlier(study: "other", trial: Trial.ID($0)) })
        #expect(first[0].assignment["learning_rate"] == .double(1e-3))
        #expect(first[0].assignment["r"] == .int(4))
        #expect(first[1].assignment["learning_rate"] == .double(3e-2))
    }

    @Test func `Interrupted and resumed, a study that learns from another goes as it would have`() throws {
        let right = LoRALikeProblem()
        let earlier = [EarlierStudy(name: "e", history: try right.play(20, seed: 9, warmStart: off))]
        let specification = right.specification(seed: 2, warmStart: off)
        let whole = try right.play(18, seed: 2, warmStart: off, earlier: earlier)
        var parts = History(goal: .minimize)
        for _ in 0..<18 {
            var part = StudySimulator(
                try Suggester(specification: specification, earlier: earlier), history: parts, runCap: 18
            ) { assignment, _ in right.error(assignment) }
            part.run(rounds: 1)
            parts = part.history
        }
        #expect(parts == whole)
    }
}
