import BuiltInTrainer
import FoundationEssentials
import Schedulers
import SearchSpaces
import SpaceFiles
import Strategies
import Studies
import TrainerSettings
import Trainers

/// A space file, and all that is done with it before a trial is launched.
struct SpaceFileFormat: Format {
    static let name = "space"

    private let path: String
    private let folder: String
    private let trees: [JSONTree]
    private let words: [[UInt8]]
    private let text = TextMutation(words: SpaceFileSeeds.words)

    init(folder: String) throws {
        self.folder = folder
        path = folder + "/space.yaml"
        trees = try SpaceFileSeeds.texts.map { try JSONTree(seed: $0) }
        words = trees.flatMap(\.words) + SpaceFileSeeds.words.map { JSONTree.quoted($0) }
        try Files.addTinyModel(to: folder)
    }

    var file: String? { path }

    /// Half of them as flow mappings, which is JSON, half of them as people write YAML.
    func input(using random: inout SeededGenerator) -> [UInt8] {
        if random.oneIn(2) { return random.pick(trees).mutatedText(words: words, using: &random) }
        var input = Array(random.pick(SpaceFileSeeds.texts).utf8)
        for _ in 0..<(1 + random.below(1 + random.below(5))) { text.mutate(&input, using: &random) }
        return random.oneIn(50) ? Self.bomb(using: &random) : input
    }

    /// Aliases of aliases: few lines that stand for very many values.
    private static func bomb(using random: inout SeededGenerator) -> [UInt8] {
        let (levels, width) = (2 + random.below(12), 1 + random.below(12))
        var lines = ["a0: &a0 [x, x]"]
        for level in 1...levels {
            let aliases = [String](repeating: "*a\(level - 1)", count: width).joined(separator: ", ")
            lines.append("a\(level): &a\(level) " + (random.oneIn(2) ? "[\(aliases)]" : "{k: [\(aliases)]}"))
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    func read(_ input: [UInt8]) throws {
        try Files.write(input, to: path)
        let file = try SpaceFile(path: path, trainers: TrainerList.standard.types)
        let study = file.specification
        for warning in file.warnings { precondition(!"\(warning)".isEmpty) }
        _ = SpaceDescription(study).text
        let trials = study.runCap ?? StudySpecification.defaultRunCap
        let plan = ResourcePlan(study.earlyTermination, runCap: trials, reports: TrialCost(study).reports)
        _ = plan?.total { TrialCost(study).steps(atReport: $0) ?? $0 }
        _ = FirstDesign(study).entries
        if let size = study.space.size { _ = study.space.assignment(at: size - 1) }
        // What a strategy computes takes far longer than the file.
        if input.count % 4 == 0 { try propose(study) }
        try file.requirePaths()
    }

    /// A few trials of a study, one of which fails and one of which diverges.
    private func propose(_ study: StudySpecification) throws {
        var suggester = try Suggester(specification: study)
        let scheduler = makeScheduler(study.earlyTermination, runCap: study.runCap ?? StudySpecification.defaultRunCap)
        var history = History(goal: study.metric.goal)
        for number in 0..<4 {
            guard case .assignment(let assignment, _) = suggester.suggest(after: history) else { break }
            // A configuration that the trainer refuses makes a trial that fails.
            _ = try? TrainerList.standard[study.trainer].settings(for: assignment, in: study)
            let id = Trial.ID(number)
            var trial = Trial(id: id, assignment: assignment, state: .running, milestone: scheduler.firstMilestone(of: id))
            trial.reports = [Report(iter: 1, step: 10, value: number == 1 ? .nan : Double(number))]
            history.trials.append(trial)
            _ = scheduler.decide(id, in: history)
            history[id].state = number == 2 ? .failed : .complete
            _ = scheduler.promotion(in: history)
        }
    }
}
