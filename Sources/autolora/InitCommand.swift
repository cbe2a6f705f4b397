import ArgumentParser
import BuiltInTrainer
import Foundation
import Schedulers
import SearchSpaces
import Tasks
import TrainerSettings

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes a space file for a model and data, after looking at both.",
        discussion: """
            The data are looked at as `autolora data` does, the model's speed and memory are measured on this machine, and a file is written \
            that `check` and `run` take as it is: each line has its reason above it. Of several data files the names tell which is which \
            (train, validation or dev, test), else their order; one file is divided.

            Example: autolora init --model models/all-MiniLM-L6-v2 --data reviews.csv
            """)

    @Option(help: "A model's folder or .gguf file. (default: the one that is found here)", completion: .directory) var model:
        String?
    @Option(
        parsing: .upToNextOption, help: "The data files: .jsonl, .csv or .tsv. (default: those that are found here)",
        completion: .file()) var data: [String] = []
    @OptionGroup var columns: ColumnOptions
    @Option(help: "The file to write; one that is there is not replaced.") var output = "space.yaml"

    func validate() throws {
        try PathArguments.requireExpanded(model, option: "--model")
        try PathArguments.requireExpanded(output, option: "--output")
    }

    func run() async throws {
        try await failing {
            try Self.requireFree(output)
            let nearby = NearbyFiles()
            let request = SpaceRequest(
                model: try model ?? nearby.model(), data: data.isEmpty ? try nearby.data() : data,
                question: try columns.question(model: nil), output: output)
            let space = try FirstSpace(request, reports: Self.reports, progress: { Console.error($0) })
            Console.print(space.survey.text + "\n")
            try Self.requireFree(output)
            do throws(AtomicFileError) { try AtomicFile.write([Data(space.text.utf8)], to: output) } catch {
                throw InputError(place: output, problem: error.problem)
            }
            for line in space.advice { Console.print(line) }
            Console.print(
                "\nwritten: \(output)\nto look at what it runs: autolora check \(output.shellWord)\nto run it: autolora run \(output.shellWord)"
            )
        }
    }

    private static func requireFree(_ output: String) throws {
        let folder = URL(filePath: output).deletingLastPathComponent().path
        guard FileManager.default.fileExists(atPath: folder) else {
            throw InputError(place: output, problem: "there is no folder \(folder); make it first")
        }
        guard FileManager.default.fileExists(atPath: output) else { return }
        throw InputError(place: output, problem: "is there already and is not replaced; give another --output, or move it")
    }

    /// What so many trials make together under the rungs that are written.
    private static func reports(_ trials: Int) -> Int {
        let rungs = EarlyTermination.Rungs(eta: 3, minimum: 1, maximum: FirstSpace.reportsOfATrial)
        let plan = ResourcePlan(.asha(rungs), runCap: trials, reports: FirstSpace.reportsOfATrial)
        return plan?.totalReports ?? trials * FirstSpace.reportsOfATrial
    }
}
