import ArgumentParser
import Finetuning
import Foundation
import HTTPAccess
import ModelServer
import Serving
import Tasks
import Tensors
import TrainerSettings

/// One base in memory with adapters that are chosen by request.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves a model and adapters on it over HTTP.",
        discussion: """
            OpenAI's clients ask it: /v1/completions and /v1/chat/completions, streamed or whole, and /v1/models; /v1/classify tells \
            the classes of texts. A request's "model" is an adapter's name, or the base's. Requests for different adapters are \
            computed together.

            Only this machine can ask, unless --host names an address that others reach: then each request needs a token. \
            Ctrl-C answers what was asked, then ends it.

            Example: autolora serve --model models/smollm2 --adapter reviews=studies/reviews/trials/3/adapter
                     curl localhost:8000/v1/completions -H 'Content-Type: application/json' -d '{"model": "reviews", "prompt": "Once"}'
            """)

    @Option(help: "A Hugging Face model folder or a .gguf file. (default: the first adapter's)") var model: String?
    @Option(help: "An adapter and what requests call it, NAME=DIR; may be given several times.") var adapter: [String] = []
    @Option(help: "A folder of adapters' folders, which may be added and removed while it runs (POST and DELETE /v1/adapters).")
    var adapters: String?
    @Option(help: "What requests call the base. (default: the last part of its path)") var name: String?
    @Option(help: "The template of conversations by its name, such as chatml. (default: each adapter's own, else the model's)")
    var chatTemplate: String?
    @Option(help: "Of the model's weights: fp32, bf16, quantized or auto.") var precision = TrainerSettings.Precision.auto
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port; 0: any that is free.") var port = 8000
    @Option(
        help: "A file with the token that each request needs. (default: none; a new one where --host is not this machine alone)"
    ) var tokenFile: String?
    @Option(help: "Tokens of an answer at most.") var maxNewTokens = 4096
    @Option(help: "Requests that may wait; more are told to come again.") var queue = 256
    @Option(help: "Texts that a thread writes at the same time.") var textsAtOnce = 16
    @Option(help: "Threads. (default: OPENBLAS_NUM_THREADS, else AUTOLORA_THREADS, else all cores)") var threads: Int?

    func validate() throws {
        for (path, option) in [(model, "--model"), (adapters, "--adapters"), (tokenFile, "--token-file")] {
            try PathArguments.requireExpanded(path, option: option)
        }
        guard model != nil || !adapter.isEmpty else { throw ValidationError("Give --model, --adapter NAME=DIR or both.") }
        for entry in adapter where entry.split(separator: "=", maxSplits: 1).count < 2 {
            throw ValidationError(
                "--adapter \(entry): expected NAME=DIR, such as reviews=\(entry.trimmingCharacters(in: ["="]))")
        }
        guard (0...65535).contains(port) else { throw ValidationError("--port \(port): a port is a number from 0 to 65535") }
        for (value, most, option) in [
            (maxNewTokens, 1_000_000, "--max-new-tokens"), (queue, 100_000, "--queue"), (textsAtOnce, 256, "--texts-at-once"),
        ] where !(1...most).contains(value) { throw ValidationError("\(option): expected 1 to \(most).") }
        if let threads, !(1...4096).contains(threads) { throw ValidationError("--threads: expected 1 to 4096.") }
    }

    func run() async throws {
        do {
            outliveTruncation()
            useThreads(threads, ProcessInfo.processInfo.environment)
            if let name { try AdapterName.requireBase(name) }
            let settings = try settings()
            let adapters = try adapter.map { entry -> (name: AdapterName, path: String) in
                let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (try AdapterName(String(parts[0])), String(parts[1]))
            }
            let base = try SharedBase(
                model ?? TrainedAdapter(adapters[0].path).settings().model, precision: precision, chatTemplate: chatTemplate)
            var limits = ServingLimits()
            (limits.newTokens, limits.queue, limits.textsAtOnce) = (maxNewTokens, queue, textsAtOnce)
            let engine = ServingEngine(base, name: name, threads: ComputeThreads.count, limits: limits)
            for (name, path) in adapters { try engine.add(name, at: path) }
            try await serve(engine, settings)
        } catch {
            throw trainingFailure(error, code: 2)
        }
    }

    private func settings() throws -> ServerSettings {
        var settings = ServerSettings()
        (settings.host, settings.port) = (host, port)
        if let adapters {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: adapters, isDirectory: &isFolder), isFolder.boolValue else {
                throw InputError(
                    place: "--adapters \(adapters)",
                    problem: "is no folder; make it, or leave --adapters out where none are added")
            }
            settings.adaptersFolder = URL(filePath: adapters).standardizedFileURL.path
        }
        if let tokenFile {
            let token = try TextFile.text(tokenFile).trimmingCharacters(in: .whitespacesAndNewlines)
            guard token.utf8.count >= 16, !token.contains(where: \.isWhitespace) else {
                throw ServingError(
                    .invalid, "\(tokenFile): expected one word of at least 16 characters, such as `openssl rand -hex 32` gives")
            }
            settings.token = token
        } else if !HostName.isLoopback(host) {
            settings.token = Secret.make()
        }
        var files = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0 {
            settings.connections = max(16, min(settings.connections, Int(clamping: files.rlim_cur) - 128))
        }
        return settings
    }

    private func serve(_ engine: ServingEngine, _ settings: ServerSettings) async throws {
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        let signals = StopSignals { _ in stop.finish() }
        let isNew = tokenFile == nil
        let server = ModelServer(engine, settings)
        let wait: @Sendable () async -> Void = { for await _ in stopped {} }
        try await server.run(until: wait) { address in
            let names = ([engine.name] + engine.served.map(\.name)).joined(separator: ", ")
            Console.print("serving \(names): \(address)")
            if let token = settings.token, isNew { Console.print("token: \(token)") }
            Console.error("Ctrl-C ends it, once what was asked is answered")
        }
        engine.stop(within: settings.grace)
        signals.stop()
    }
}
