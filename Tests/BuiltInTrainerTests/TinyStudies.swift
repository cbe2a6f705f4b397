import SearchSpaces
import SpaceFiles
import Tasks
import TestSupport
import TrainerSettings
import Trainers

@testable import BuiltInTrainer

/// Space files of the built-in trainer on a tiny model and its rows.
struct TinyStudies {
    let temporary: TemporaryFolder
    let head = ClassificationHead(labels: ["a", "b", "c"])

    init() throws {
        temporary = try TemporaryFolder()
        try temporary.addTinyModel()
    }

    /// - Parameters:
    ///   - parameters: the lines below `parameters:`.
    ///   - trainer: more of its settings, each with a comma before it.
    ///   - more: keys of the file's own.
    func file(_ parameters: String, trainer: String = ", max_length: 16, max_steps: 4", more: String = "") throws -> SpaceFile {
        let lines = parameters.split(separator: "\n").map { "  " + $0 + "\n" }.joined()
        let text = """
            metric: {name: eval_loss, goal: minimize}
            trainer: {model: model, train: train.jsonl, validation: train.jsonl\(trainer)}
            parameters:
            \(lines)\(more)
            """
        return try SpaceFile(
            text: text, SpaceFilePlace(file: "space.yaml", folder: temporary.path), trainers: TrainerList.standard.types)
    }

    func drawn(_ study: StudySpecification, _ count: Int = 300) -> [Assignment] {
        var generator = SeededGenerator(study.seed, 9)
        return (0..<count).map { _ in study.space.sample(using: &generator) }
    }
}
