import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import TestSupport
import TrainerSettings

@testable import Trainers

/// A folder with a model and data, as a user of one of the external trainers has it.
struct ExternalProject {
    let temporary: TemporaryFolder
    var folder: String { temporary.path }

    /// - Parameter row: of both data files.
    init(row: String = #"{"prompt": "2 + 2 =", "completion": " 4"}"#) throws {
        temporary = try TemporaryFolder()
        _ = try temporary.write(#"{"model_type": "llama", "num_hidden_layers": 4}"#, to: "model/config.json")
        for part in ["train", "validation"] { _ = try temporary.write(row + "\n", to: "\(part).jsonl") }
    }

    func file(_ type: String, _ settings: String = "", parameters: String = "r: {values: [8, 16]}") throws -> SpaceFile {
        let section = "{type: \(type), model: model, train: train.jsonl, validation: validation.jsonl, \(settings)}"
        return try file(section: section, parameters: parameters)
    }

    func file(section: String, parameters: String = "r: {values: [8, 16]}", top: String = "") throws -> SpaceFile {
        try SpaceFile(
            text:
                "metric: {name: eval_loss, goal: minimize}\nseed: 3\ntrainer: \(section)\nparameters: {\(parameters)}\n\(top)",
            SpaceFilePlace(file: "space.yaml", folder: folder), trainers: TrainerList.standard.types)
    }

    /// What a file is refused with; nil: it is accepted.
    func refusal(_ type: String, _ settings: String = "", parameters: String = "options.tried: {values: [1, 2]}") -> String? {
        do {
            _ = try file(type, settings, parameters: parameters)
            return nil
        } catch { return "\(error)" }
    }

    func request(
        _ study: StudySpecification, _ assignment: Assignment = ["r": .int(8)], variables: [String: String?] = [:],
        environment: [String: String] = ["CUDA_VISIBLE_DEVICES": "", "HOME": "/home/user"]
    ) -> LaunchRequest {
        let path = folder + "/studies/s/trials/0"
        let files = TrialFolder(
            path: path, configuration: path + "/config.json", checkpoint: path + "/checkpoint", adapter: path + "/adapter",
            cache: folder + "/studies/s/cache")
        return LaunchRequest(
            Trial(id: Trial.ID(0), assignment: assignment), of: study, in: files, worker: 0,
            machine: .init(autolora: "/bin/autolora", threads: 2, environment: environment), variables: variables)
    }

    func program(
        _ study: StudySpecification, _ assignment: Assignment = ["r": .int(8)], variables: [String: String?] = [:],
        environment: [String: String] = ["CUDA_VISIBLE_DEVICES": "", "HOME": "/home/user"]
    ) throws -> TrialProgram {
        try TrainerList.standard[study.trainer].program(
            for: request(study, assignment, variables: variables, environment: environment))
    }

    /// The trainer's own configuration, with the project's folder as HERE and the trial's as TRIAL.
    func configuration(_ program: TrialProgram, _ name: String = "trainer.yaml") -> String {
        plain(program.files[name] ?? "none")
    }

    func plain(_ text: String) -> String {
        text.replacing(folder + "/studies/s/trials/0", with: "TRIAL").replacing(folder, with: "HERE")
    }

    /// The lines of a trial's configuration for some settings.
    func lines(
        _ type: String, _ settings: String, _ assignment: Assignment = ["r": .int(8)],
        parameters: String = "r: {values: [8, 16]}"
    ) throws -> [String] {
        let study = try file(type, settings, parameters: parameters).specification
        return configuration(try program(study, assignment)).split(separator: "\n").map(String.init)
    }
}
