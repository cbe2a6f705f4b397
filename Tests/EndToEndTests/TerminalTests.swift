import Foundation
import TestSupport
import Testing
import TrainerSettings

@testable import autolora

/// What terminals are given, and terminals that take nothing.
@Suite(.timeLimit(.minutes(5))) struct TerminalTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    private static let evil = "\u{1B}[31mred\u{1B}]0;title\u{7}\u{9B}2J\r\u{202E}drow\u{2066}"

    private func isClean(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || !$0.commandsTerminals }
    }

    @Test(arguments: [
        ["--bogus"], ["bogus"], ["export", "s", "--output", "o", "--format"], ["run", "s.yaml", "--trials"],
        ["run", "s.yaml", "--seed"], ["run", "s.yaml", "--time"], ["status"], ["log", "s"], ["evaluate", "c", "--split"],
    ])
    func `an argument that is refused reaches no terminal as an escape`(words: [String]) async throws {
        let joined = words.last?.hasPrefix("--b") == true || words.last == "bogus"
        let arguments = joined ? [words[0] + Self.evil] : words + [Self.evil]
        let result = try await autolora.wait(for: try autolora.start(arguments))
        #expect(result.code != 0 && isClean(result.errors) && isClean(result.output), "\(result.errors.debugDescription)")
        #expect(result.errors.contains("\\u{1B}"), "\(result.errors.debugDescription)")
    }

    @Test func `help, the version and wrong usage go where they belong`() async throws {
        let (help, version, wrong) = (
            try await autolora.run("run", "--help"), try await autolora.run("--version"), try await autolora.run("run")
        )
        #expect(help.code == 0 && help.output.contains("USAGE: autolora run") && help.errors.isEmpty)
        #expect(version.code == 0 && version.output.split(separator: ".").count == 3 && version.errors.isEmpty)
        #expect(wrong.code == 64 && wrong.output.isEmpty && wrong.errors.contains("Usage: autolora run"))
    }

    @Test func `nothing that a name, a value, an error or a metric has in it reaches a terminal as an escape`() async throws {
        let escaped =
            "\""
            + Self.evil.unicodeScalars.map { $0.isASCII && $0.value >= 32 ? String($0) : String(format: "\\u%04x", $0.value) }
            .joined()
            + "\""
        _ = try temporary.write(
            "import sys\nprint('{\"score\": 1, \"a\\u001b[31m\": 2}')\nsys.stderr.write('\\x1b[31m no\\n')\nsys.exit(len(sys.argv[1]) % 2)\n",
            to: "train.py")
        _ = try temporary.write(
            """
            name: lab
            description: \(escaped)
            metric: {name: score, goal: maximize}
            method: grid
            trainer: {type: command, command: [python3, train.py, "${args}"]}
            parameters: {\(escaped): {values: [\(escaped), x, xx]}}
            """, to: "space.yaml")
        for arguments in [
            ["check", "space.yaml"], ["run", "space.yaml"], ["status", "lab"], ["trials", "lab"], ["best", "lab"],
            ["verify", "lab"],
            ["list"], ["trials", "lab", "--json"], ["best", "lab", "--json"], ["status", "lab", "--json"],
            ["best", "lab\u{1B}[31m"], ["status", "lab", "--studies", "\u{1B}[31m"],
        ] {
            let result = try await autolora.wait(for: try autolora.start(arguments))
            #expect(isClean(result.output), "\(arguments): \(result.output.debugDescription)")
            #expect(isClean(result.errors), "\(arguments): \(result.errors.debugDescription)")
            if arguments.last == "--json" { _ = try result.json() }
        }
    }

    @Test func `a terminal that nobody reads holds nothing up`() async throws {
        let long = String(repeating: "x", count: 3000)
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            method: grid
            trainer: {type: command, command: [sh, -c, 'echo "{\\"score\\": 1}"']}
            parameters: {text: {value: \(long)}, i: {min: 1, max: 60}}
            run_cap: 60
            """, to: "space.yaml")
        // Far more is said than a pipe takes.
        let unread = Pipe()
        let end = ChildProcess.Stream.descriptor(unread.fileHandleForWriting.fileDescriptor)
        let process = try ChildProcess(
            [TemporaryFolder.autolora, "run", "space.yaml"], in: temporary.path, output: end, errors: end)
        // A study that is finished is still held until what was said is read.
        let isDone = try await eventually(within: .seconds(120)) {
            try await autolora.run("status", "lab", "--json").output.contains("\"complete\" : 60")
        }
        #expect(isDone && process.isRunning)
        process.terminate()
        #expect(try await eventually { !process.isRunning })
        process.signal(SIGKILL)
    }

    @Test func `a writer keeps the end of what nobody reads, and says how much it left out`() async throws {
        let pipe = Pipe()
        let writer = StreamWriter.of(pipe.fileHandleForWriting.fileDescriptor)
        let lines = 40_000
        writer.write("line 0\n")
        #expect(writer.flush(within: .seconds(60)))
        for number in 1..<lines { writer.write("line \(number) \(String(repeating: "x", count: 90))\n") }
        #expect(!writer.flush(within: .milliseconds(10)))
        let reading = Task.detached {
            var text = Data()
            while !text.suffix(200).contains(Data("line \(lines - 1) ".utf8)) {
                text += pipe.fileHandleForReading.availableData
            }
            return String(decoding: text, as: UTF8.self)
        }
        let text = await reading.value
        #expect(text.hasPrefix("line 0\n"))
        #expect(text.contains(" lines that nobody read are left out\n"))
        #expect(writer.flush(within: .seconds(60)))
    }
}
