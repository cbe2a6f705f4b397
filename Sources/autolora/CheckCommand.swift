import ArgumentParser
import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Strategies
import Studies
import Trainers

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads a space file and what it names, and shows the study as understood.",
        discussion: "What `run` would refuse is refused here too: nothing is trained, and nothing is written.")

    @Argument(help: "The space file.") var space: String
    @OptionGroup var studies: StudiesOption
    @OptionGroup var runner: RunnerOptions
    @Flag(help: "Show the files and the command that the first trial would get.") var show = false

    func run() async throws {
        try await failing {
            var file = try SpaceFile(path: space, trainers: TrainerList.standard.types)
            try runner.apply(to: &file)
            let place = try file.locate(besides: [FileManager.default.currentDirectoryPath])
            for warning in file.warnings + [place].compactMap(\.self) { Console.error("\(warning)") }
            var specification = file.specification
            var reading = EarlierStudies(for: specification, file: file, in: studies.root)
            let earlier = try reading.read()
            for note in reading.notes { Console.error(note) }
            let asked = file.gives("workers") ? specification.workers : nil
            let devices = try await DeviceSetup(for: &specification, file, workers: asked)
            for line in devices.lines { Console.error(line) }
            let findings = try specification.preflight(file, in: devices.firstPlace)
            try specification.requireSeeds(file)
            try specification.requireBaseline(file)
            let memory = findings.memory()
            for warning in findings.warnings + (memory?.warnings ?? []) { Console.error("warning: \(warning)") }
            let pace = Pace(of: specification.name, in: studies, comparableTo: specification)
            let first = FirstDesign(specification, earlier: earlier, isFeasible: findings.isFeasible)
            Console.print(SpaceDescription(specification, written: file.written).text + "\n")
            Console.print((findings.read + findings.data + devices.findings).text)
            Console.print(first.text.map { "\n" + $0 + "\n" } ?? "")
            Console.print(ResourceStatement(specification, disk: findings.disk(), pace: pace).text)
            if let memory { Console.print("memory            \(memory.text)") }
            if let cost = ConfirmationCost(specification) { Console.print(cost.text) }
            guard show else { return }
            let trial = try FirstTrial(
                specification, earlier: earlier, isFeasible: findings.isFeasible, (devices.firstPlace, studies))
            Console.print("\n" + trial.text)
        }
    }
}
