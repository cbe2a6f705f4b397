import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Testing
import TrainerSettings
import Trainers

/// What is said of a command before it runs.
struct CommandTests {
    private func read(_ text: String, in folder: String) throws -> SpaceFile {
        try SpaceFile(
            text: text, SpaceFilePlace(file: "space.yaml", folder: folder), trainers: TrainerList.standard.types)
    }

    private func parse(_ text: String) throws -> SpaceFile { try read(text, in: "/folder") }

    private func file(_ command: String, parameters: String = "x: {min: 1, max: 3}", top: String = "") throws -> SpaceFile {
        try parse(
            "metric: {name: loss, goal: minimize}\nprogram: train.py\ncommand: \(command)\n\(top)parameters:\n  \(parameters)\n"
        )
    }

    private func warnings(_ command: String, parameters: String = "x: {min: 1, max: 3}") throws -> [String] {
        try file(command, parameters: parameters).warnings.map(\.text)
    }

    @Test(arguments: [
        (#"[python3, "${program}"]"#, true), (#"[python3, "${program}", "${args}"]"#, false),
        (#"[python3, "--config=${args_json_file}"]"#, false), (#"["${program}", "${args_no_boolean_flags}"]"#, false),
        (#"[bash, -c, 'x.sh "$AUTOLORA_CONFIG"']"#, false), (#"[x, "${envvar:AUTOLORA_CONFIG}"]"#, false),
    ])
    func `a command that passes no parameter on is pointed out`(command: String, isWarned: Bool) throws {
        #expect(try warnings(command).contains { $0.hasPrefix("the command passes no parameter on") } == isWarned)
    }

    @Test func `a macro for several words inside a word, and several options in one, are pointed out`() throws {
        #expect(
            try warnings(#"[x, "--all=${args}", "${args}", "--a=1 --b=2 --fp16"]"#) == [
                "${args} stands for several words, so it is filled in only where it is a word of its own; here the program gets it as it is",
                "the program gets this as one word; give each option an item of its own",
            ])
    }

    @Test(arguments: [
        (#"[x, --output_dir, out, "${args}"]"#, "out"), (#"[x, --output-dir=out/runs, "${args}"]"#, "out/runs"),
        (#"[x, -o, out, "${args}"]"#, "out"), (#"[x, trainer.output_dir=out, "${args}"]"#, "out"),
        (#"[x, --output_dir, "${trial_dir}/out", "${args}"]"#, nil), (#"[x, "--out=runs/${trial}", "${args}"]"#, nil),
        (#"[x, "--out=${envvar:AUTOLORA_TRIAL_DIR}", "${args}"]"#, nil), (#"[x, --output=/dev/null, "${args}"]"#, nil),
        (#"[x, --output_dir, "${args}"]"#, nil), (#"[x, --data=out, "${args}"]"#, nil),
    ])
    func `a folder that all trials would write to is pointed out`(command: String, folder: String?) throws {
        let expected = folder.map { "all trials write to '\($0)'; with ${trial_dir} in it each would have a folder of its own" }
        #expect(try warnings(command) == [expected].compactMap(\.self))
        let constant = try warnings(#"[x, "${args}"]"#, parameters: "output_dir: {value: out}")
        #expect(
            constant == ["all trials write to 'out'; give 'output_dir' in the command instead, with ${trial_dir} in it"])
    }

    @Test(arguments: [
        (#"[x, "${foo}"]"#, "unknown macro 'foo'"), (#"[x, "${arg}"]"#, "did you mean 'args'?"),
    ])
    func `an unknown macro is refused as a word, and the program's own business in one`(command: String, words: String) throws {
        #expect(throws: SpaceFileError.self) { try file(command) }
        do { _ = try file(command) } catch { #expect("\(error)".contains(words), "\(error)") }
        #expect(try file(#"[bash, -c, "echo ${HOME} ${x%.*}", "${args}"]"#).warnings.isEmpty)
    }

    // MARK: - Styles

    @Test func `lists and booleans can stand otherwise`() throws {
        let trainer = try file(#"[x, "${args}"]"#, top: "list_style: repeat\nbool_style: no-prefix\n").specification.trainer
        #expect(trainer.settings["list_style"] == .string("repeat"))
        #expect(trainer.settings["bool_style"] == .string("no-prefix"))
        #expect(throws: SpaceFileError.self) { try file("[x]", top: "list_style: yaml\n") }
        do {
            _ = try parse(
                "list_style: json\nmetric: {name: eval_loss, goal: minimize}\ntrainer: {model: m, train: t, validation: v}\n"
                    + "parameters: {r: {value: 1}}\n")
            Issue.record("accepted")
        } catch {
            #expect(
                "\(error)"
                    == "space.yaml:1:1: 'list_style' is for commands; the built-in trainer reads its configuration from a file")
        }
    }

    // MARK: - Files

    /// Folders `here` and `there`, a script in one of them.
    private func withFolders(_ script: String, in name: String, _ body: (_ here: String, _ there: String) throws -> Void) throws
    {
        let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).resolvingSymlinksInPath()
        defer { try? FileManager.default.removeItem(at: root) }
        for folder in ["here", "there"] {
            try FileManager.default.createDirectory(at: root.appending(path: folder), withIntermediateDirectories: true)
        }
        try Data("#!/bin/sh\n".utf8).write(to: root.appending(path: name).appending(path: script))
        try body(root.path + "/here", root.path + "/there")
    }

    private func file(in folder: String, program: String = "train.py", command: String? = nil) throws -> SpaceFile {
        let words = command.map { "command: \($0)\n" } ?? ""
        return try read(
            "program: \(program)\n\(words)metric: {name: loss, goal: minimize}\nparameters: {x: {values: [1, 2]}}\n",
            in: folder)
    }

    @Test func `a program is looked for beside the file, then where the command was given`() throws {
        try withFolders("train.py", in: "here") { here, there in
            var beside = try file(in: here)
            #expect(try CommandTrainer().locate(&beside, besides: [there]) == nil)
            #expect(beside.specification.folder == here)
            var elsewhere = try file(in: there)
            let said = try CommandTrainer().locate(&elsewhere, besides: [here])
            #expect(
                said?.description == "space.yaml:1:10: warning: train.py is not in \(there) but in \(here): trials start there")
            #expect(elsewhere.specification.folder == here)
            var nowhere = try file(in: there, program: "other.py")
            #expect(throws: SpaceFileError.self) { try CommandTrainer().locate(&nowhere, besides: [here]) }
            do { _ = try CommandTrainer().locate(&nowhere, besides: [here]) } catch {
                #expect(
                    "\(error)".hasPrefix("space.yaml:1:10: program: there is no other.py in \(there) or in \(here);"),
                    "\(error)")
            }
        }
    }

    @Test func `so is a script that only the command names, of which a warning tells where it is not`() throws {
        try withFolders("run.sh", in: "here") { here, there in
            var file = try file(in: there, command: #"["${env}", bash, run.sh, "${args}"]"#)
            #expect(
                try CommandTrainer().locate(&file, besides: [here])?.text
                    == "run.sh is not in \(there) but in \(here): trials start there")
            var lacking = try self.file(in: there, command: #"[python3, gone.py, "${args}"]"#)
            #expect(
                try CommandTrainer().locate(&lacking, besides: [])?.text.hasPrefix("there is no gone.py in \(there)") == true)
            #expect(lacking.specification.folder == there)
            var inline = try self.file(in: there, command: #"[bash, -c, x.sh, "${args}"]"#)
            #expect(try CommandTrainer().locate(&inline, besides: []) == nil)
        }
    }

    @Test func `a command that cannot be started is refused with its place`() throws {
        try withFolders("train", in: "here") { here, _ in
            let environment = ["PATH": "/usr/bin:/bin"]
            func problem(_ command: String) throws -> String? {
                do {
                    let file = try file(in: here, program: "train", command: command)
                    _ = try CommandTrainer().preflight(file.specification, file, environment: environment)
                    return nil
                } catch let error as SpaceFileError { return error.description }
            }
            #expect(try problem(#"[sh, train, "${args}"]"#) == nil)
            #expect(try problem(#"["${env}", A=1, sh, train, "${args}"]"#) == nil)
            #expect(try problem(#"["${envvar:AUTOLORA_TRIAL_DIR}/x", "${args}"]"#) == nil)
            #expect(
                try problem(#"["./train", "${args}"]"#)
                    == "space.yaml:2:11: command: \(here)/./train cannot be started as a program; make it executable (chmod +x), or name "
                    + "what runs it before it, such as python3")
            #expect(
                try problem(#"["${program}", "${args}"]"#)
                    == "space.yaml:2:11: command: no folder of PATH has a program 'train'; for the file in \(here) write ./train"
            )
            #expect(
                try problem(#"["${env}", no-such-program, "${args}"]"#)
                    == "space.yaml:2:21: command: no folder of PATH has a program 'no-such-program'; install it, or give its whole path"
            )
            #expect(
                try problem(#"[sh, "--token=${envvar:TOKEN_OF_NOBODY}", "${args}"]"#)
                    == "space.yaml:2:15: command: ${envvar:TOKEN_OF_NOBODY}: the environment has no variable TOKEN_OF_NOBODY; export it "
                    + "before the run")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: here + "/train")
            #expect(try problem(#"["./train", "${args}"]"#) == nil)
        }
    }
}
