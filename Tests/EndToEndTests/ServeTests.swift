import Foundation
import TestSupport
import Testing

/// `autolora serve` as a process, and signals in the middle of it and of commands that write.
@Suite(.timeLimit(.minutes(5))) struct ServeTests {
    private let adapters: UsedAdapters
    private var temporary: TemporaryFolder { adapters.temporary }
    private var autolora: Autolora { adapters.autolora }

    init() async throws { adapters = try await UsedAdapters() }

    private func serve() async throws -> (process: ChildProcess, port: Int) {
        let process = try autolora.start([
            "serve", "--model", "decoder", "--adapter", "writer=writer/adapter", "--adapter", "judge=judge/adapter", "--port",
            "0",
            "--threads", "1",
        ])
        try await eventually { process.printed.contains("\n") || !process.isRunning }
        let address = try #require(process.printed.firstMatch(of: /serving decoder, judge, writer: http:\S+:(\d+)\n/))
        return (process, try #require(Int(address.1)))
    }

    private func first(_ list: String, of answer: (status: Int, body: String)) throws -> [String: Any] {
        #expect(answer.status == 200, "\(answer)")
        let values = try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
        return try #require((values[list] as? [[String: Any]])?.first)
    }

    @Test func `what is served is what the commands say`() async throws {
        let (process, port) = try await serve()
        let written = try await PlainHTTP.ask(
            port, "/v1/completions", #"{"model": "writer", "prompt": "the film", "max_tokens": 8, "temperature": 0}"#)
        let alone = try await autolora.run(
            "generate", "--adapter", "writer/adapter", "--prompt", "the film", "--max-new-tokens", "8", "--json")
        let wanted = try #require(try alone.json() as? [String: Any], "\(alone.errors)")["text"] as? String
        #expect(try first("choices", of: written)["text"] as? String == wanted)
        let classified = try await PlainHTTP.ask(port, "/v1/classify", #"{"model": "judge", "input": ["a good film"]}"#)
        let label = try #require(try first("data", of: classified)["label"] as? String)
        let predicted = try await autolora.run("predict", "--adapter", "judge/adapter", "--text", "a good film")
        #expect(predicted.output.hasPrefix(label + "\t"), "\(predicted.output)\(predicted.errors)")
        process.signal(SIGTERM)
        #expect(try await process.end() == 0)
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func `a request that runs when a signal comes is answered, and the end is 0`(signal: Int32) async throws {
        let (process, port) = try await serve()
        let many = (0..<64).map { "\"the film \($0)\"" }.joined(separator: ", ")
        async let last = PlainHTTP.ask(port, "/v1/completions", "{\"prompt\": [\(many)], \"max_tokens\": 100}")
        #expect(
            try await eventually {
                let metrics = try await PlainHTTP.ask(port, "/metrics").body
                return metrics.contains("autolora_texts_active ") && !metrics.contains("autolora_texts_active 0")
            })
        process.signal(signal)
        #expect(try await last.status == 200)
        #expect(try await process.end() == 0)
    }

    @Test func `what it cannot be started with is told before the model is read`() async throws {
        let cases: [([String], String)] = [
            (["--adapters", "nowhere"], "--adapters nowhere: is no folder"),
            (["--name", "bad name/.."], "--name 'bad name/..'"),
            (["--adapter", "writer"], "expected NAME=DIR"), (["--adapter", "x="], "expected NAME=DIR"),
            (["--adapter", "../x=writer/adapter"], "'../x' is no adapter's name"),
        ]
        for (options, words) in cases {
            let result = try await autolora.wait(for: autolora.start(["serve", "--model", "nothing"] + options))
            #expect([2, 64].contains(result.code) && result.errors.contains(words), "\(options): \(result.errors)")
        }
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func `a merge or an export that is interrupted leaves nothing`(signal: Int32) async throws {
        _ = try temporary.write(Self.space, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        for command in [
            ["merge", "writer/adapter"], ["export", "used", "--format", "merged"], ["export", "used", "--format", "gguf"],
        ] {
            var isInterrupted = false
            for number in 0..<40 where !isInterrupted {
                let name = "\(command[0])-\(number)"
                let process = try autolora.start(command + ["--output", "out/" + name])
                while process.isRunning, entries(of: "out").isEmpty { usleep(500) }
                process.signal(signal)
                let result = try await autolora.wait(for: process)
                isInterrupted = result.code == 128 + signal
                if isInterrupted { #expect(result.errors.contains("interrupted; nothing is left"), "\(result.errors)") }
                // Who was done is done.
                #expect(isInterrupted || result.code == 0, "\(result.code) \(result.errors)")
                #expect(entries(of: "out") == (isInterrupted ? [] : [name]), "\(result.errors)")
                try? FileManager.default.removeItem(atPath: temporary.path + "/out/" + name)
            }
            #expect(isInterrupted, "\(command)")
        }
    }

    private func entries(of folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: temporary.path + "/" + folder)) ?? []
    }

    private static let space = """
        name: used
        metric: {name: eval_loss, goal: minimize}
        method: random
        run_cap: 1
        trainer:
          type: lora
          task: causal-lm
          model: decoder
          train: decoder/text.jsonl
          validation: decoder/text.jsonl
          max_steps: 2
          eval_steps: 2
          batch_size: 4
          max_length: 64
          r: 4
        parameters:
          learning_rate: {distribution: log_uniform_values, min: 1e-3, max: 1e-2}

        """
}
