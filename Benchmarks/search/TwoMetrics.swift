import Glibc
import SearchSpaces
import Strategies
import Studies
import TrainerSettings

/// Two losses of one configuration; several_metrics.py has the same ones.
struct TwoMetrics: Sendable {
    let name: String
    let space: SearchSpace
    /// Worse than all of the front; what trials dominate is measured up to here.
    let reference: [Double]
    /// What the whole front dominates.
    let whole: Double
    let losses: @Sendable (Assignment) -> [Double]

    static let all = [zdt1, lora]

    /// ZDT1 (Zitzler et al., 2000) of six numbers; its front is y = 1 - sqrt(x).
    static let zdt1 = TwoMetrics(
        name: "zdt1",
        space: SearchSpace((0..<6).map { Parameter(name: "x\($0)", distribution: .uniform(min: 0, max: 1)) }),
        reference: [1.1, 10], whole: 11 - 1.0 / 3
    ) { assignment in
        let x = (0..<6).map { assignment["x\($0)"]?.number ?? .nan }
        let g = 1 + 9 * x.dropFirst().reduce(0, +) / 5
        return [x[0], g * (1 - (x[0] / g).squareRoot())]
    }

    /// The LoRA-like problem beside the logarithm of the number of parameters.
    static let lora: TwoMetrics = {
        let reference = [1.0, 12.0]
        let widths = ["q,v": 2.0, "q,k,v": 3, "q,k,v,o": 4, "mlp": 5, "all": 9]
        @Sendable func losses(_ assignment: Assignment) -> [Double] {
            let (rank, layers) = (assignment["r"]?.number ?? .nan, assignment["layers"]?.number ?? .nan)
            let width = widths[assignment["target_modules"]?.text ?? ""] ?? .nan
            return [Problem.lora.value(assignment), log2(rank * layers * width)]
        }
        // Rate, scale and dropout have their best values wherever the others lie.
        var best: [[Double]] = []
        for rank in [2, 4, 8, 16, 32, 64] {
            for (target, _) in widths {
                for layers in 1...6 {
                    best.append(
                        losses([
                            "learning_rate": .double(pow(10, -3.2)), "alpha_over_r": .double(2), "lora_dropout": .double(0),
                            "r": .int(rank), "target_modules": .string(target), "layers": .int(layers),
                        ]))
                }
            }
        }
        return TwoMetrics(
            name: "lora", space: Problem.lora.space, reference: reference,
            whole: Hypervolume.volume(of: Dominance.front(of: best).map { best[$0] }, reference: reference), losses: losses)
    }()

    /// Plays a study with one worker and prints the share of the whole that it dominates after so many trials.
    func play(_ method: Method, seed: Int, trials: Int) throws {
        let second = Metric(name: "second", goal: .minimize)
        var specification = StudySpecification(
            name: name, metric: Metric(name: "first", goal: .minimize), method: method, seed: seed,
            trainer: TrainerSpecification(type: "command"), space: space, folder: "")
        (specification.otherMetrics, specification.warmStart) = ([second], WarmStart(recipes: false))
        var suggester = try Suggester(specification: specification)
        var history = History(goal: .minimize, otherMetrics: [second])
        var shares: [String] = []
        var time = Duration.zero
        for number in 0..<trials {
            var suggestion = Suggestion.exhausted("")
            time += ContinuousClock().measure { suggestion = suggester.suggest(after: history) }
            guard case .assignment(let assignment, refused: _) = suggestion else { break }
            let values = losses(assignment)
            history.add(
                Trial(
                    id: Trial.ID(number), assignment: assignment, state: .complete,
                    reports: [Report(iter: 1, value: values[0], metrics: ["second": values[1]])]))
            guard [25, 50, 100, 200].contains(number + 1) else { continue }
            let front = history.front.map { history.losses(of: $0.report) }
            shares.append("\"\(number + 1)\": \(Hypervolume.volume(of: front, reference: reference) / whole)")
        }
        print(
            "{\"by\": \"autolora\", \"method\": \"\(method.rawValue)\", \"problem\": \"\(name)\", \"seed\": \(seed), "
                + "\"share\": {\(shares.joined(separator: ", "))}, \"ms\": \(time / Duration.milliseconds(1) / Double(trials))}"
        )
    }
}
