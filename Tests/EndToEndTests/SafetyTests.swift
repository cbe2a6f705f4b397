import Foundation
import TestSupport
import Testing

/// What names and values say is data: no shell sees it, no path follows from it, and secrets of the environment stay there.
@Suite(.timeLimit(.minutes(5))) struct SafetyTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
    }

    /// Every file below the folder, outputs of ``autolora`` aside.
    private func files() throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: temporary.path).filter { !$0.hasPrefix(".") })
    }

    /// A trainer that writes down the words it was started with, and then reports.
    private static let recorder = #"printf '%s\0' "$@" > "$AUTOLORA_TRIAL_DIR/words"; echo '{"score": 1}'"#

    private static let dangerous = [
        "$(touch pwned)", "`touch pwned`", "; touch pwned", "| touch pwned", "&& touch pwned", "> pwned", "'; touch pwned; '",
        "\"; touch pwned; \"", "a\nb", "$HOME", "${PATH}", "*", "~", "--help", "-e", "\\", "!!", "%s%n", "", " ", "#x", "ü é",
    ]

    @Test func `a configuration's names and values reach the program as they are, past every shell`() async throws {
        let values = try String(decoding: JSONEncoder().encode(Self.dangerous), as: UTF8.self)
        _ = try temporary.write(Self.recorder, to: "train.sh")
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            method: grid
            trainer: {type: command, command: [sh, train.sh, "${args}", "${args_json}", "$(touch pwned)"]}
            parameters:
              "x;touch pwned": {values: \(values)}
              "$(touch pwned)": {value: 1}
            """, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        #expect(try !files().contains { $0.contains("pwned") })
        var seen: Set<String> = []
        for number in Self.dangerous.indices {
            let words = try #require(temporary.read("studies/lab/trials/\(number)/words")).split(
                separator: "\0", omittingEmptySubsequences: false
            ).dropLast().map(String.init)
            #expect(words.count == 4 && words[0] == "--$(touch pwned)=1" && words[3] == "$(touch pwned)")
            let value = try #require(words[1].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).last)
            #expect(words[1].hasPrefix("--x;touch pwned="))
            let json = try JSONSerialization.jsonObject(with: Data(words[2].utf8)) as? [String: Any]
            #expect(json?["x;touch pwned"] as? String == String(value))
            seen.insert(String(value))
        }
        #expect(seen == Set(Self.dangerous))
    }

    @Test(arguments: [
        ["check", "pipe"], ["run", "pipe"], ["train", "pipe", "--output", "out"], ["status", "s"], ["trials", "s"],
        ["best", "s"],
        ["verify", "s"], ["resume", "s"], ["export", "s", "--format", "peft", "--output", "out"],
    ])
    func `a pipe where a file should be is refused at once`(arguments: [String]) async throws {
        try FileManager.default.createDirectory(atPath: temporary.path + "/studies/s", withIntermediateDirectories: true)
        for path in ["/pipe", "/studies/s/study.sqlite"] { #expect(mkfifo(temporary.path + path, 0o600) == 0) }
        let process = try autolora.start(arguments)
        #expect(try await eventually { !process.isRunning })
        process.signal(SIGKILL)
        let result = try await autolora.wait(for: process)
        #expect(result.code == 2)
        let place =
            arguments[1] == "pipe" ? "pipe: " : "/studies/s/study.sqlite: is a named pipe, where a study keeps a regular file"
        #expect(result.errors.contains(place), "\(result.errors)")
    }

    /// A study of one trial, named good.
    static let smallSpace =
        """
        name: good
        metric: {name: score, goal: maximize}
        run_cap: 1
        trainer: {type: command, command: [sh, -c, 'echo "{\\"score\\": 1}"']}
        parameters: {x: {min: 0, max: 1}}
        """

    @Test func `one study that cannot be read does not keep the others from being listed`() async throws {
        _ = try temporary.write(SafetyTests.smallSpace, to: "space.yaml")
        #expect(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        for name in ["cut", "piped", "linked", "empty"] {
            try FileManager.default.createDirectory(
                atPath: temporary.path + "/studies/\(name)", withIntermediateDirectories: true)
        }
        _ = try temporary.write(String(repeating: "[", count: 513), to: "studies/cut/study.sqlite")
        _ = try temporary.write("", to: "studies/empty/study.sqlite")
        #expect(mkfifo(temporary.path + "/studies/piped/study.sqlite", 0o600) == 0)
        #expect(symlink("/dev/zero", temporary.path + "/studies/linked/study.sqlite") == 0)
        let list = try await autolora.run("list")
        #expect(list.code == 0)
        let lines = list.output.split(separator: "\n")
        #expect(lines.count == 5 && lines.contains { $0.hasPrefix("good  finished  1 of 1 trials") }, "\(list.output)")
        for name in ["cut", "piped", "linked", "empty"] {
            #expect(lines.contains { $0.contains("/studies/\(name)/study.sqlite: ") })
        }
        let json = try #require(try await autolora.run("list", "--json").json() as? [[String: Any]])
        #expect(json.map { $0["study"] as? String } == ["good"])
    }

    @Test func `a home folder that no shell has expanded is not made`() async throws {
        let result = try await autolora.run("list", "--studies=~/studies")
        #expect(result.code == 64 && result.errors.contains("write --studies \"$HOME/studies\""), "\(result.errors)")
    }

    @Test func `a secret in the command's first word is not told where that word cannot be run`() async throws {
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            run_cap: 1
            trainer: {type: command, command: ["${envvar:HIDDEN}/nope", "${args}"]}
            parameters: {x: {values: [1, 2]}}
            """, to: "space.yaml")
        let run = try await autolora.run("run", "space.yaml", environment: ["HIDDEN": "s3cr3t"])
        #expect(run.code == 2)
        #expect(run.errors.contains("there is no program ${envvar:HIDDEN}/nope"), "\(run.errors)")
        for file in try files() {
            let content = try? Data(contentsOf: URL(filePath: temporary.path + "/" + file))
            #expect(content?.firstRange(of: Data("s3cr3t".utf8)) == nil, "\(file)")
        }
        #expect(!run.errors.contains("s3cr3t") && !run.output.contains("s3cr3t"))
    }

    @Test func `a value that no program can be given is refused with its place before anything runs`() async throws {
        _ = try temporary.write(Self.recorder, to: "train.sh")
        _ = try temporary.write(
            """
            name: lab
            metric: {name: score, goal: maximize}
            method: grid
            trainer: {type: command, command: [sh, train.sh, "${args}"]}
            parameters: {x: {values: ["a\\0b", "c"]}}
            """, to: "space.yaml")
        for command in ["check", "run"] {
            let result = try await autolora.run(command, "space.yaml")
            #expect(result.code == 2)
            #expect(result.errors.contains("space.yaml:5:27: found a text with the character NUL"), "\(result.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/studies"))
    }

    @Test(arguments: [
        "../outside", "/tmp/autolora-outside", "a/../../outside", "..", ".", "lab\u{0}x", "~/outside", "con\ntrol", "-rf",
        String(repeating: "long", count: 200), String(repeating: "é", count: 300),
    ])
    func `whatever a study, its metric and its parameters are called, all is written below the study's folder`(
        name: String
    ) async throws {
        let quoted = try String(decoding: JSONEncoder().encode(name), as: UTF8.self)
        _ = try temporary.write(
            "echo \"$(cat \"$AUTOLORA_CONFIG\" | tr -d '\\n')\" > /dev/null; cat report", to: "work/train.sh")
        _ = try temporary.write("{\(quoted): 0.5}\n", to: "work/report")
        _ = try temporary.write(
            """
            name: \(quoted)
            description: \(quoted)
            metric: {name: \(quoted), goal: maximize}
            method: random
            run_cap: 1
            trainer: {type: command, command: [sh, train.sh]}
            parameters: {\(quoted): {values: [\(quoted)]}}
            """, to: "work/space.yaml")
        let before = try files()
        let result = try await Autolora(in: temporary.path + "/work").run("run", "space.yaml", "--quiet")
        // A name of which nothing is left is refused.
        #expect([0, 1, 2].contains(result.code), "\(result.errors)")
        let made = try files().subtracting(before).filter { !$0.hasPrefix("work/.") }
        let studies =
            try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/work").contains("studies")
            ? FileManager.default.contentsOfDirectory(atPath: temporary.path + "/work/studies") : []
        #expect(studies.count == (result.code == 2 ? 0 : 1))
        let study = "work/studies/" + (studies.first ?? "")
        #expect(made.allSatisfy { $0 == "work/studies" || $0 == study || $0.hasPrefix(study + "/") }, "\(made)")
        #expect(!FileManager.default.fileExists(atPath: "/tmp/autolora-outside"))
        if let study = studies.first {
            #expect(study.utf8.count <= 200 && !study.contains { $0 == "/" || $0 == "\0" || $0.isNewline })
        }
    }

    @Test func `links that a trial leaves in its folder are not followed when it is tidied up`() async throws {
        _ = try temporary.write("keep me", to: "precious/file")
        _ = try temporary.write(
            """
            echo '{"score": 1}'
            ln -sfn "\(temporary.path)/precious" "$AUTOLORA_TRIAL_DIR/checkpoint"
            ln -sfn "\(temporary.path)/precious" "$AUTOLORA_TRIAL_DIR/adapter"
            """, to: "train.sh")
        _ = try temporary.write(
            CommandTrainerTests.space(extra: "early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9}", cap: 4),
            to: "space.yaml")
        #expect(try await autolora.run("run", "space.yaml", "--quiet").code == 0)
        #expect(temporary.read("precious/file") == "keep me")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/precious") == ["file"])
    }

    @Test func `secrets of the environment reach the trial, and no file and no output of ours`() async throws {
        let secrets = ["HF_TOKEN": "hf_verysecret", "AWS_SECRET_ACCESS_KEY": "awsverysecret", "WANDB_API_KEY": "wbverysecret"]
        try temporary.addTinyModel()
        _ = try temporary.write("[ \"$HF_TOKEN\" = \"$1\" ] && echo '{\"score\": 1}'; exit \"${2:-0}\"", to: "train.sh")
        let command = CommandTrainerTests.space(cap: 2)
        _ = try temporary.write(
            command.replacing(#"train.sh, "${args}""#, with: #"train.sh, "${envvar:HF_TOKEN}""#), to: "space.yaml")
        _ = try temporary.write(
            command.replacing("name: lab", with: "name: failing").replacing(
                #"[sh, train.sh, "${args}"]"#, with: #"[sh, ./nosuch, "${envvar:HF_TOKEN}"]"#), to: "failing.yaml")
        _ = try temporary.write(
            """
            name: built-in
            metric: {name: eval_accuracy, goal: maximize}
            method: random
            run_cap: 1
            trainer: {model: model, train: train.jsonl, validation: train.jsonl, max_steps: 2, eval_steps: 2, max_length: 12}
            parameters: {r: {values: [2]}}
            """, to: "built-in.yaml")
        var said = ""
        for (space, code) in [("space.yaml", 0), ("failing.yaml", 1), ("built-in.yaml", 0)] {
            let result = try await autolora.run("run", space, environment: secrets)
            #expect(result.code == code, "\(result.errors)")
            said += result.output + result.errors
        }
        for arguments in [
            ["status", "lab", "--json"], ["trials", "failing", "--json"], ["best", "lab", "--json"], ["doctor", "--json"],
            ["export", "built-in", "--format", "json", "--output", "a.json"],
            ["export", "built-in", "--format", "yaml", "--output", "a.yaml"],
            ["export", "built-in", "--format", "peft", "--output", "adapter"], ["train", "a.json", "--output", "trained"],
        ] {
            let result = try await autolora.wait(for: try autolora.start(arguments, environment: secrets))
            #expect(result.code == 0, "\(arguments) \(result.errors)")
            said += result.output + result.errors
        }
        #expect(!said.contains("verysecret"))
        for file in try files() {
            guard let bytes = FileManager.default.contents(atPath: temporary.path + "/" + file) else { continue }
            #expect(bytes.firstRange(of: Data("verysecret".utf8)) == nil, "\(file)")
        }
    }

    @Test func `a file's names cannot draw on the terminal`() async throws {
        _ = try temporary.write("{\"type\": \"lora\", \"\\u001b[2J\\u202e\\nx\": 1, \"model\": \"m\"}", to: "evil.json")
        let result = try await autolora.run("train", "evil.json", "--output", "out")
        #expect(result.code == 2)
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(!result.errors.unicodeScalars.dropLast().contains { $0.value < 0x20 || $0.value == 0x202E })
        #expect(result.errors.utf8.count < 5_000)
    }
}
