import Foundation
import SearchSpaces
import Studies
import Testing
import TrainerSettings
import Trainers

/// The words of a command, as Tests/TrainerPrograms/arguments.json has them: there real programs read them back.
struct ArgumentWordsTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let macro: String
        let style: [String: SettingValue]?
        let parameters: [String: SettingValue]
        let words: [String]

        var testDescription: String { "\(macro) \(style ?? [:]): \(words)" }
    }

    private static let cases: [Case] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../TrainerPrograms")
        let data = try? Data(contentsOf: root.appending(path: "arguments.json").standardizedFileURL)
        return data.flatMap { try? JSONDecoder().decode([Case].self, from: $0) } ?? []
    }()

    private func style(_ settings: [String: SettingValue]) -> CommandStyle {
        var style = CommandStyle()
        if let text = settings["list_style"]?.text, let lists = CommandStyle.Lists(rawValue: text) { style.lists = lists }
        if let text = settings["bool_style"]?.text, let booleans = CommandStyle.Booleans(rawValue: text) {
            style.booleans = booleans
        }
        style.nulls = settings["null_style"]?.text.flatMap(CommandStyle.Nulls.init)
        return style
    }

    @Test func `there are cases for each macro`() {
        let macros = Set(Self.cases.map(\.macro))
        #expect(macros.count == 7 && Self.cases.count > 20)
    }

    @Test(arguments: cases)
    func `a macro stands for the words that programs read back`(example: Case) throws {
        let trainer = TrainerSpecification.command(["run", "${\(example.macro)}"], style: style(example.style ?? [:]))
        let words = try LaunchSamples.program(trainer, Assignment(example.parameters)).command
        #expect(words == ["run"] + example.words)
    }

    @Test func `a macro inside a word is the program's own business, also a new one`() throws {
        let trainer = TrainerSpecification.command(["run", "x=${args_hydra}"])
        #expect(try LaunchSamples.program(trainer, Assignment(["a": .int(1)])).command == ["run", "x=${args_hydra}"])
    }
}

/// Launches of commands.
enum LaunchSamples {
    static func program(
        _ trainer: TrainerSpecification, _ assignment: Assignment, environment: [String: String] = [:]
    ) throws -> TrialProgram {
        let folder = TrialFolder(
            path: "/s/trials/3", configuration: "/s/trials/3/config.json", checkpoint: "/s/trials/3/checkpoint",
            adapter: "/s/trials/3/adapter", cache: "/s/cache")
        let study = StudySpecification(
            name: "lab", metric: Metric(name: "loss", goal: .minimize), trainer: trainer,
            space: SearchSpace(assignment.values.map { Parameter(name: $0, distribution: .constant($1)) }),
            folder: "/space")
        return try CommandTrainer().program(
            for: LaunchRequest(
                Trial(id: Trial.ID(3), assignment: assignment), of: study, in: folder, worker: 0,
                machine: .init(autolora: "/bin/autolora", threads: 1, environment: environment),
                variables: ["AUTOLORA_TRIAL": "3"]))
    }
}
