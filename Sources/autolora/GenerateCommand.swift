import ArgumentParser
import Checkpoints
import Finetuning
import Foundation
import Layers
import Tasks
import Tensors
import TrainerSettings

/// What a model writes, with an adapter or without: how a person looks at what a trial learned.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Writes text with a language model and an adapter.",
        discussion: """
            --prompt writes on from a text as it is, --chat holds a conversation in the model's chat template: each line of standard \
            input is a message, and the model's answers are printed as they are written. An empty line begins again.

            The adapter is one of a causal-lm study or PEFT's; without --model, the model is the one that its adapter_config.json names.

            Example: autolora generate --adapter studies/reviews/trials/3/adapter --prompt "Review: a film to remember. Sentiment:"
            """)

    @Option(help: "A Hugging Face model folder or a .gguf file. (default: the adapter's)") var model: String?
    @Option(help: "An adapter's folder.") var adapter: String?
    @Option(help: "The text to go on from.") var prompt: String?
    @Flag(help: "Hold a conversation on standard input and output.") var chat = false
    @Option(help: "What the model is told first in a conversation. (default: what its template says)") var system: String?
    @Option(help: "The template of a conversation by its name, such as chatml. (default: as in training)") var chatTemplate:
        String?
    @Option(help: "Tokens of an answer at most.") var maxNewTokens = 256
    @Option(help: "0 takes the likeliest token each time; above it, the higher the more are drawn from.") var temperature = 0.0
    @Option(help: "Draw from the likeliest tokens that have this probability together.") var topP = 1.0
    @Option(help: "Of what is drawn.") var seed = 0
    @Option(help: "A word that ends the answer; may be given several times.") var stop: [String] = []
    @Option(help: "Of the model's weights: fp32, bf16, quantized or auto.") var precision = TrainerSettings.Precision.auto
    @Option(help: "Threads. (default: OPENBLAS_NUM_THREADS, else AUTOLORA_THREADS, else all cores)") var threads: Int?
    @Flag(help: "With --prompt: print one JSON object with the text, its number of tokens and why it ended.") var json = false

    func validate() throws {
        try PathArguments.requireExpanded(model, option: "--model")
        try PathArguments.requireExpanded(adapter, option: "--adapter")
        guard model != nil || adapter != nil else { throw ValidationError("Give --model, --adapter or both.") }
        guard (prompt == nil) == chat else { throw ValidationError("Give either --prompt TEXT or --chat.") }
        guard !(json && chat) else { throw ValidationError("--json goes with --prompt.") }
        if !chat, system != nil || chatTemplate != nil {
            throw ValidationError("--system and --chat-template go with --chat.")
        }
        guard (1...1_000_000).contains(maxNewTokens) else { throw ValidationError("--max-new-tokens: expected 1 to 1000000.") }
        guard (0...100).contains(temperature) else { throw ValidationError("--temperature: expected 0 to 100.") }
        guard topP > 0, topP <= 1 else { throw ValidationError("--top-p: expected a number above 0, up to 1.") }
        if let threads, !(1...4096).contains(threads) { throw ValidationError("--threads: expected 1 to 4096.") }
    }

    func run() throws {
        do {
            useThreads(threads, ProcessInfo.processInfo.environment)
            let model = try WritingModel(
                model: model, adapter: adapter, precision: precision, threads: ComputeThreads.count)
            let options = WritingOptions(
                choice: TokenChoice(temperature: temperature, topP: topP, seed: UInt64(bitPattern: Int64(seed))),
                limit: maxNewTokens, stop: stop)
            if let prompt { try write(prompt, model, options) } else { try converse(model, options) }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw trainingFailure(error, code: 2)
        }
    }

    private func write(_ prompt: String, _ model: WritingModel, _ options: WritingOptions) throws {
        var options = options
        let isJSON = json
        Interruption.listen()
        let written = try model.write(
            after: model.tokens(of: prompt), &options, show: { if !isJSON { Console.print(data: $0) } },
            isInterrupted: { Interruption.signal != nil })
        if isJSON {
            let values: [(key: String, value: SettingValue)] = [
                ("text", .string(written.text)), ("tokens", .int(written.tokens.count)),
                ("end", .string(written.end.rawValue)),
            ]
            Console.print(data: JSONWriter.text(ordered: values, .report) + "\n")
        } else {
            Console.print(data: "\n")
        }
        if let signal = Interruption.signal { throw ExitCode(128 + signal) }
    }

    private func converse(_ model: WritingModel, _ options: WritingOptions) throws {
        var chat = Chat(model, try model.chatTemplate(named: chatTemplate), system: system, options)
        var lines = InputLines()
        let isTerminal = isatty(STDIN_FILENO) != 0
        if isTerminal { Console.error("An empty line begins again, Ctrl-D ends.") }
        while true {
            if isTerminal { FileHandle.standardError.write(Data("> ".utf8)) }
            guard let line = try lines.next() else { break }
            guard line.contains(where: { !$0.isWhitespace }) else {
                chat.restart()
                continue
            }
            do {
                _ = try chat.answer(to: line, show: { Console.print(data: $0) })
                Console.print(data: "\n")
            } catch let error as BatchError where isTerminal {
                Console.error("autolora: \(error); an empty line begins again")
            }
        }
    }
}

extension TrainerSettings.Precision: ExpressibleByArgument {}
