import FoundationEssentials
import SearchSpaces
import SpaceFiles
import TrainerSettings

/// Looks for what a space file's command starts.
struct CommandPlace {
    let command: LocatedCommand

    init(_ file: SpaceFile) {
        command = LocatedCommand(file.specification.trainer) { file.position(of: $0) }
    }

    /// Looks for the script that the command runs: beside the file, else in other folders, where trials then start. A W&B sweep names
    /// it from the folder in which its agent is started, which need not be the file's.
    ///
    /// - Parameter others: absolute.
    /// - Returns: what to say of it; nil: it is beside the file, or the command is no script's.
    /// - Throws: where `program` is in none of the folders.
    func find(for file: inout SpaceFile, besides others: [String]) throws(SpaceFileError) -> SpaceFile.Warning? {
        guard let (script, position, isProgram) = command.script else { return nil }
        let place = position ?? .init(line: 1, column: 1)
        var folders: [String] = []
        let home = file.specification.folder
        for folder in [home] + others where !folders.contains(folder) { folders.append(folder) }
        if let folder = folders.first(where: { ProgramPath.isFile(script.hasPrefix("/") ? script : $0 + "/" + script) }) {
            guard folder != home else { return nil }
            let said = "\(script) is not in \(home) but in \(folder): trials start there"
            file.start(in: folder)
            return SpaceFile.Warning(file: file.file, position: place, text: said)
        }
        let looked = script.hasPrefix("/") ? "" : " in " + folders.joined(separator: " or in ")
        let advice =
            HomeFolder.hint(for: script)
            ?? (script.hasPrefix("/") ? "" : "; name it as it is called from there, or give its whole path")
        guard isProgram else {
            return SpaceFile.Warning(file: file.file, position: place, text: "there is no \(script)\(looked)\(advice)")
        }
        throw file.refusal(at: place, "program: there is no \(script)\(looked)\(advice)")
    }

    /// Refuses a command that no trial could be started with: its program is not there, or a variable that it asks for is not set.
    ///
    /// - Parameter environment: that trials will be started in.
    func require(of file: SpaceFile, environment: [String: String]) throws(SpaceFileError) {
        let home = file.specification.folder
        func refusal(_ problem: String, at index: Int) -> SpaceFileError {
            file.refusal(at: command.position(of: index) ?? .init(line: 1, column: 1), "command: " + problem)
        }
        let always = Set(CommandWord.trialVariables.map(\.name))
        for (index, word) in command.words.enumerated() {
            guard let name = word.variables.first(where: { environment[$0] == nil && !always.contains($0) }) else { continue }
            throw refusal("${envvar:\(name)}: the environment has no variable \(name); export it before the run", at: index)
        }
        guard let (index, program) = command.executable(environment: environment) else { return }
        let path = ProgramPath(environment: environment)
        // A variable's value may be a secret: a word that has one is shown as it stands in the file.
        let word = command.words[index]
        func shown(_ filledIn: String) -> String { word.variables.isEmpty ? filledIn : word.text }
        if program.contains("/") {
            let whole = program.hasPrefix("/") ? program : home + "/" + program
            guard FileManager.default.fileExists(atPath: whole) else {
                throw refusal("there is no program \(shown(whole))\(HomeFolder.hint(for: program) ?? "")", at: index)
            }
            guard ProgramPath.isProgram(whole) else {
                throw refusal(
                    "\(shown(whole)) cannot be started as a program; make it executable (chmod +x), or name what runs it before it, such as python3",
                    at: index)
            }
        } else if path.find(program) == nil {
            let isScript = ProgramPath.isFile(home + "/" + program)
            let advice =
                if isScript {
                    "; for the file in \(home) write ./\(shown(program))"
                } else if program == "python", path.find("python3") != nil {
                    "; python3 is there: write that, or ${interpreter}"
                } else { "; install it, or give its whole path" }
            throw refusal("no folder of PATH has a program '\(shown(program))'\(advice)", at: index)
        }
    }
}

extension LocatedCommand {
    private static let scriptEndings = [".py", ".sh", ".bash", ".R", ".jl", ".js", ".lua", ".rb", ".pl"]

    /// The file that the command plainly runs; `isProgram`: the file calls it so.
    fileprivate var script: (name: String, position: Position?, isProgram: Bool)? {
        if let program, words.contains(where: { $0.loneMacro == "program" }) { return (program, programPosition, true) }
        let index = words.firstIndex { word in
            word.macros.isEmpty && !word.text.hasPrefix("-") && !word.text.contains { $0.isWhitespace || $0 == "=" }
                && Self.scriptEndings.contains { word.text.hasSuffix($0) }
        }
        guard let index, !words[..<index].contains(where: { $0.text == "-c" || $0.text == "-m" }) else { return nil }
        return (words[index].text, position(of: index), false)
    }

    /// The word that names what is started, macros filled in; nil: it cannot be told beforehand.
    fileprivate func executable(environment: [String: String]) -> (index: Int, program: String)? {
        var index = 0
        if let first = words.first, first.loneMacro == "env" || ["env", "/usr/bin/env"].contains(first.text) {
            index = words.dropFirst().firstIndex { $0.text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*=.*/) == nil } ?? words.count
        }
        guard words.indices.contains(index) else { return nil }
        var text = ""
        for part in words[index].parts {
            switch part {
            case .text(let own): text += own
            case .macro("program"): text += program ?? ""
            case .macro("interpreter"):
                text += ProgramPath(environment: environment).find("python") == nil ? "python3" : "python"
            case .macro(let name):
                guard let value = CommandWord("${\(name)}").variables.first.flatMap({ environment[$0] }) else { return nil }
                text += value
            }
        }
        return text.isEmpty || text.hasPrefix("-") ? nil : (index, text)
    }
}
