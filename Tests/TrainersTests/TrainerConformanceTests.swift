import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import TestSupport
import Testing
import TrainerSettings
import Trainers

/// What holds for every trainer that a space file can name, and for one that a test adds.
@Suite struct TrainerConformanceTests {
    static let trainers = TrainerList(TrainerList.standard.all + [ToyTrainer()])

    /// A section for each type, and parameters that go with it.
    private static let examples: [String: (section: String, parameters: String)] = [
        "lora": ("{model: m, train: t.jsonl, validation: v.jsonl}", "r: {values: [2, 4]}"),
        "command": (#"{type: command, command: [python3, train.py, "${args}"]}"#, "x: {values: [1, 2]}"),
        "peft": ("{type: peft, model: m, train: t.jsonl, validation: v.jsonl}", "r: {values: [2, 4]}"),
        "trl": ("{type: trl, model: m, train: t.jsonl, validation: v.jsonl}", "options.packing: {values: [true, false]}"),
        "llama-factory": ("{type: llama-factory, model: m, train: t.jsonl, validation: v.jsonl}", "r: {values: [2, 4]}"),
        "axolotl": ("{type: axolotl, model: m, train: t.jsonl, validation: v.jsonl}", "r: {values: [2, 4]}"),
        "mlx-lm": (
            "{type: mlx-lm, model: m, train: t.jsonl, validation: v.jsonl, max_steps: 8, eval_steps: 4}", "r: {values: [2, 4]}"
        ),
        "toy": ("{type: toy, script: toy.py}", "lora_r: {values: [2, 4]}"),
    ]

    private static func file(_ type: String, section: String? = nil) throws -> SpaceFile {
        let example = try #require(examples[type], "a trainer without an example")
        return try SpaceFile(
            text: "metric: {name: eval_loss, goal: minimize}\ntrainer: \(section ?? example.section)\n"
                + "parameters: {\(example.parameters)}\n",
            SpaceFilePlace(file: "space.yaml", folder: "/space"), trainers: trainers.types)
    }

    private static func study(_ type: String) throws -> StudySpecification { try file(type).specification }

    private static func request(_ study: StudySpecification) -> LaunchRequest {
        let folder = TrialFolder(
            path: "/studies/s/trials/3", configuration: "/studies/s/trials/3/config.json",
            checkpoint: "/studies/s/trials/3/checkpoint", adapter: "/studies/s/trials/3/adapter", cache: "/studies/s/cache")
        return LaunchRequest(
            Trial(id: Trial.ID(3), assignment: study.space.first), of: study, in: folder, worker: 1,
            machine: .init(autolora: "/bin/autolora", threads: 2, environment: ["PATH": "/usr/bin"]),
            variables: ["AUTOLORA_TRIAL": "3"])
    }

    @Test func `every type, and every key at the top level, is one trainer's alone`() {
        let all = Self.trainers.all
        #expect(Set(all.map(\.type)).count == all.count)
        let keys = all.flatMap { $0.keysInsteadOfSection + $0.keysBesideSection }
        #expect(Set(keys).count == keys.count)
        #expect(all.allSatisfy { !$0.name.isEmpty })
    }

    @Test(arguments: trainers.all.map(\.type))
    func `a section is read as its own trainer's, which the list finds again`(type: String) throws {
        let study = try Self.study(type)
        #expect(study.trainer.type == type)
        #expect(Self.trainers[study.trainer].type == type)
        #expect(!study.trainer.traits.title.isEmpty)
    }

    @Test(arguments: trainers.all.map(\.type))
    func `a key that no trainer knows is refused in its place`(type: String) throws {
        let section = try #require(Self.examples[type]?.section)
        let error = #expect(throws: SpaceFileError.self) {
            try Self.file(type, section: section.dropLast() + ", no_such_key: 1}")
        }
        #expect(error?.position == Position(line: 2, column: 10 + section.count + 1))
        #expect(error?.problem.hasPrefix("unknown key 'no_such_key'") == true, "\(error?.problem ?? "")")
    }

    @Test(arguments: trainers.all.map(\.type))
    func `config.json tells of the type, and reads back as what was written`(type: String) throws {
        let study = try Self.study(type)
        let settings = try Self.trainers[study.trainer].settings(for: study.space.first, in: study)
        #expect(settings["type"] == .string(type))
        let text = TrialJSON.file(.object(settings))
        #expect(try JSONDecoder().decode([String: SettingValue].self, from: Data(text.utf8)) == settings)
    }

    @Test(arguments: trainers.all.map(\.type))
    func `what is started is a command without macros, and its files stay in the trial's folder`(type: String) throws {
        let study = try Self.study(type)
        let program = try Self.trainers[study.trainer].program(for: Self.request(study))
        #expect(program.command.first?.isEmpty == false)
        #expect(!program.command.contains { $0.contains("${") || $0.utf8.contains(0) })
        #expect(
            program.files.keys.allSatisfy { name in
                name.split(separator: "/", omittingEmptySubsequences: false)
                    .allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") }
            })
        // The study's own variables are the controller's to set.
        #expect(program.environment["AUTOLORA_TRIAL"] == nil)
    }

    @Test(arguments: trainers.all.map(\.type))
    func `the same section keeps every trial, and another trainer none`(type: String) throws {
        let study = try Self.study(type)
        let trial = Trial(id: Trial.ID(0), assignment: study.space.first)
        let same = Self.trainers[study.trainer].change(from: study, to: study) { $0 != $1 }
        #expect(same.refusal == nil && same.moves.isEmpty && same.refusalOfTrial(trial) == nil)
        var other = study
        other.trainer.type = "other"
        #expect(
            SpaceChange(from: study, to: other).refusal(keeping: History(goal: .minimize))
                == "trainer: differs from the one that the trials were trained by")
    }

    @Test(arguments: trainers.all.map(\.type))
    func `what is known before launch is a figure that trials report`(type: String) throws {
        let study = try Self.study(type)
        guard let figures = Self.trainers[study.trainer].figures else { return }
        #expect(study.trainer.traits.knownBeforeLaunch.isSubset(of: figures.all))
        #expect(Set(figures.rankings).isSubset(of: figures.all))
    }

    @Test(arguments: trainers.all.map(\.type))
    func `a model that is not there is told before the run, by its place`(type: String) throws {
        let file = try Self.file(type)
        let trainer = Self.trainers[file.specification.trainer]
        guard !trainer.inputPaths.isEmpty else { return }
        let error = #expect(throws: SpaceFileError.self) {
            _ = try trainer.preflight(file.specification, file, environment: [:])
        }
        #expect(error?.position?.line == 2)
    }
}

extension SearchSpace {
    /// The first value of each parameter.
    fileprivate var first: Assignment { assignment { parameter, _ in parameter.distribution.value(at: 0) } }
}
