import ArgumentParser
import Finetuning
import Foundation
import TrainerSettings

/// An adapter's metrics on one of the configuration's data, as one JSON line: how a winner's test value is had.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Evaluates an adapter on a split of the data.", shouldDisplay: false)

    @Argument(help: "A trial's config.json, or an object of trainer settings.") var config: String
    @Option(help: "The adapter's folder.") var adapter: String
    @Option(help: "train, validation or test.") var split = DataPart.test

    @Flag(help: "Print each text's logits first.") var logits = false

    func run() throws {
        do {
            let settings = try TrialConfiguration(path: config, isOnRecord: true).settings
            let environment = ProcessInfo.processInfo.environment
            outliveLargeFiles()
            useThreads(settings.threads, environment)
            let evaluation = try AdapterEvaluation(
                settings, adapterFolder: adapter, split: split, cacheFolder: cacheFolder(environment),
                warn: { Console.error($0) })
            if logits {
                for start in stride(from: 0, to: evaluation.outputs.count, by: evaluation.outputCount) {
                    Console.print(data: "\(Array(evaluation.outputs[start..<(start + evaluation.outputCount)]))\n")
                }
            }
            Console.print(data: evaluation.line + "\n")
        } catch {
            throw trainingFailure(error, code: 2)
        }
    }
}

extension DataPart: ExpressibleByArgument {}
