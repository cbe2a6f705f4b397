import BuiltInTrainer
import Foundation
import SearchSpaces
import TrainerSettings
import Trainers

@testable import SpaceFiles

/// A study of a command trainer; whatever is searched is under `parameters`.
func sweep(_ parameters: String, before: String = "metric: {name: loss, goal: minimize}") -> String {
    "\(before)\nprogram: train.py\nparameters:\n" + indented(parameters)
}

/// A study of the built-in trainer.
func study(_ parameters: String, trainer: String = "", before: String = "metric: {name: eval_accuracy, goal: maximize}")
    -> String
{
    "\(before)\ntrainer:\n  model: m\n  train: t.jsonl\n  validation: v.jsonl\n"
        + (trainer.isEmpty ? "" : indented(trainer)) + "parameters:\n" + indented(parameters)
}

private func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "  " + $0 + "\n" }.joined()
}

func parse(_ text: String) throws -> SpaceFile {
    try SpaceFile(
        text: text, SpaceFilePlace(file: "space.yaml", folder: "/folder"), trainers: TrainerList.standard.types)
}

/// Every setting of a trial.
func settings(of study: StudySpecification, _ assignment: Assignment, seed: Int) throws -> [String: SettingValue] {
    var study = study
    study.seed = seed
    return try TrainerList.standard[study.trainer].settings(for: assignment, in: study)
}

/// What a file is refused with; nil where it is accepted.
func refusal(_ text: String) -> String? {
    do {
        _ = try parse(text)
        return nil
    } catch {
        return "\(error)"
    }
}

/// The single parameter of a sweep.
func distribution(_ form: String) throws -> Distribution? {
    try parse(sweep("p: \(form)")).specification.space["p"]?.distribution
}

/// The project's folder.
let projectFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

func text(of path: String) throws -> String {
    try String(contentsOf: projectFolder.appending(path: path), encoding: .utf8)
}

/// A whole example.
let exampleFile = "search-spaces/movie-reviews.yaml"
