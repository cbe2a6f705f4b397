import Conversions
import Exports
import Foundation
import TrainerSettings
import Trainers

/// An export in the Python program that it is for, where that is installed.
struct PythonVerification {
    /// The interpreter: what the environment's PYTHON names, else python3.
    private let python = ProcessInfo.processInfo.environment["PYTHON"] ?? "python3"
    /// Texts that are compared: a program may take seconds for each.
    private static let textCount = 8

    private struct Answer: Decodable {
        var program: String?
        var largest: Double?
        var share: Double?
        var missing: String?
        var cannot: String?
    }

    /// - Parameters:
    ///   - limit: of the differences, as a share of the logits' spread.
    ///   - room: tokens of a text at most, as the export has it.
    /// - Returns: which program, and how far its answers are from the trial's.
    /// - Throws: `ExportError` where it cannot be run, or its answers differ by more.
    func verify(_ draft: String, of trial: TrialModel, as form: String, limit: Double, room: Int) throws -> String {
        let folder = Unfinished.draft(for: FileManager.default.temporaryDirectory.path + "/autolora-verify")
        defer { Unfinished.remove(folder) }
        try makeFolders(folder)
        let (program, reference) = (folder + "/verify_export.py", folder + "/reference.json")
        try Data(ProgramText.verifier.utf8).write(to: URL(filePath: program))
        // llama.cpp's server keeps a place for the token that it writes.
        let given = JSONWriter.text(try trial.reference(count: Self.textCount, room: max(1, room - 1)), .exact)
        try Data(given.utf8).write(to: URL(filePath: reference))
        let words = [program, form, draft, trial.source, reference]
        let answer = try run(words, form)
        if let missing = answer.missing {
            throw ExportError(
                "--verify-with python: \(missing) is not installed for \(python); pip install \(missing), set PYTHON to an interpreter "
                    + "that has it, or leave --verify-with out")
        }
        guard let name = answer.program, let share = answer.share, let largest = answer.largest else {
            throw ExportError("--verify-with python: \(answer.cannot ?? "no answer"); leave --verify-with out")
        }
        let off = Agreement(share: share, largest: largest)
        guard share <= limit else {
            throw ExportError(
                "--verify-with python: \(name) answers otherwise than the trial: its logits are off by \(off.words). Nothing is left of the "
                    + "export; report this as a fault of autolora")
        }
        return "\(name) on \(Self.textCount) of them: \(off.words)"
    }

    private var cannotStart: ExportError {
        ExportError(
            "--verify-with python: '\(python)' cannot be started; set PYTHON to the path of a Python interpreter that has the program, or leave "
                + "--verify-with out")
    }

    private func run(_ words: [String], _ form: String) throws -> Answer {
        let (process, output, errors) = (Process(), Pipe(), words[0] + ".errors")
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python] + words
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: errors)
        let number: pid_t
        do {
            number = try Unfinished.run {
                try process.run()
                return process.processIdentifier
            }
        } catch { throw cannotStart }
        defer { Unfinished.ended(number) }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        // What env says of a program that is not there, or is none.
        if [126, 127].contains(process.terminationStatus) { throw cannotStart }
        let line = String(decoding: data, as: UTF8.self).split(separator: "\n").last { $0.hasPrefix("VERIFIED ") }
        guard let line,
            let answer = try? JSONInput.decode(Answer.self, from: Data(line.dropFirst("VERIFIED ".count).utf8), of: "verify")
        else {
            let told = (try? TextFile.text(errors))?.split(separator: "\n").last.map(String.init) ?? "no line of its own"
            throw ExportError(
                "--verify-with python: the program for \(form) ended early: \(told.printable); set PYTHON to an interpreter that "
                    + "has the program (here \(python)), or leave --verify-with out")
        }
        return answer
    }
}
