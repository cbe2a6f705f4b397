import FoundationEssentials
import Glibc
import SearchSpaces
import Studies
import TrainerSettings

/// `search-benchmark clock`: studies with schedulers on a simulated clock, one JSON line each.
struct ClockCommand {
    static let usage =
        "search-benchmark clock FOLDER|nearest:FOLDER|mf-hartmann6 METHOD none|median|(successive_halving|hyperband|asha)-ETA[xBRACKETS] "
        + "recipes|bare WORKERS FIRST_SEED SEEDS"

    private let problem: LearningProblem
    private let method: Method
    private let scheduler: String
    private let termination: EarlyTermination
    private let recipes: Bool
    private let workers: Int
    private let seeds: Range<Int>

    /// - Parameter arguments: after `clock`; nil: they are not what ``usage`` says.
    init?(_ arguments: [String]) throws {
        guard arguments.count == 7, let method = Method(rawValue: arguments[1]), ["recipes", "bare"].contains(arguments[3]),
            let workers = Int(arguments[4]), let first = Int(arguments[5]), let count = Int(arguments[6])
        else { return nil }
        problem = try LearningProblem(named: arguments[0])
        guard let termination = Self.termination(arguments[2], length: problem.length) else { return nil }
        (self.method, self.termination, self.workers) = (method, termination, workers)
        (scheduler, recipes, seeds) = (arguments[2], arguments[3] == "recipes", first..<(first + count))
    }

    /// Rungs from one report to a full trial's.
    static func termination(_ text: String, length: Int) -> EarlyTermination? {
        let words = text.split(separator: "-")
        let numbers = words.dropFirst().joined().split(separator: "x").compactMap { Int($0) }
        let rungs = EarlyTermination.Rungs(eta: numbers.first ?? 3, minimum: 1, maximum: length)
        switch words.first {
        case "none": return EarlyTermination.none
        case "median": return .median(warmUp: 0, startUpTrials: 5)
        case "successive_halving": return .successiveHalving(rungs)
        case "hyperband": return .hyperband(rungs)
        case "asha": return .asha(rungs, brackets: numbers.dropFirst().first ?? 1)
        default: return nil
        }
    }

    func run() throws {
        for seed in seeds {
            var specification = problem.specification
            (specification.method, specification.seed, specification.workers) = (method, seed, workers)
            (specification.earlyTermination, specification.warmStart) = (termination, WarmStart(recipes: recipes))
            // Studies end by their steps.
            specification.runCap = 1000
            var study = try SimulatedStudy(specification, curve: problem.curve)
            study.play(steps: problem.mostSteps)
            print(line(study, seed: seed))
            // Whoever interrupts the run finds whole lines.
            fflush(nil)
        }
    }

    private func line(_ study: SimulatedStudy, seed: Int) -> String {
        let goal = problem.specification.metric.goal
        let reached = study.improvements.first { !goal.prefers(problem.target, to: $0.value) }
        let incumbents = study.improvements.map { "[\($0.steps), \($0.seconds), \(problem.regret(of: $0.value))]" }
        return """
            {"by": "autolora", "problem": "\(problem.name)", "method": "\(method.rawValue)", "scheduler": "\(scheduler)", \
            "recipes": \(recipes), "workers": \(workers), "seed": \(seed), \
            "steps": \(reached.map { "\($0.steps)" } ?? "null"), "seconds": \(reached.map { "\($0.seconds)" } ?? "null"), \
            "cap": {"steps": \(study.steps), "seconds": \(study.seconds), "trials": \(study.history.trials.count)}, \
            "regret": [\(incumbents.joined(separator: ", "))]}
            """
    }
}

extension LearningProblem {
    /// - Parameter name: `mf-hartmann6`, or the folder of a recorded table, after `nearest:` for the rule of that name.
    init(named name: String) throws {
        let prefix = "nearest:"
        self =
            switch name {
            case "mf-hartmann6": .mfHartmann6
            case _ where name.hasPrefix(prefix): try .reviews(folder: String(name.dropFirst(prefix.count)), by: .nearest)
            default: try .reviews(folder: name, by: .mean)
            }
    }

    /// Prints the curves of configurations, one JSON line each; lookup.py compares them with its own.
    func printCurves(of path: String) throws {
        for line in String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self).split(separator: "\n") {
            let points = curve(try JSONInput.decode(Assignment.self, from: Data(line.utf8), of: path)).map { point in
                "[\(point.step), \(point.seconds), \(point.value.isNaN ? "null" : "\(point.value)")]"
            }
            print("[" + points.joined(separator: ", ") + "]")
        }
    }
}
