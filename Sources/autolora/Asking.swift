import ArgumentParser
import Foundation
import Studies
import StudyStore
import StudyViews
import TrainerSettings

/// What all commands share that ask something of a study.
struct AskingOptions: ParsableArguments {
    @OptionGroup var study: StudyArgument
    @Flag(help: "Print the request and its answer as JSON.") var json = false

    /// As commands take it.
    var name: String { study.study.shellWord + study.studies.repeated }

    /// Asks, waits for the answer, and prints it.
    ///
    /// - Parameter undo: the command that takes it back, by the request's number; nil: it cannot be.
    /// - Throws: `ExitCode` 2 where it was refused, 1 where nobody has answered.
    func ask(_ request: StudyRequest, undo: (Int) -> String?) async throws {
        let folder = try StudyFolder(root: study.studies.root, name: study.study)
        let recorded = try await StudyStore.ask(
            request, of: folder, rules: SteeringRules.of, now: { Date().timeIntervalSince1970 })
        if json { Console.print(json: recorded.json) }
        guard let answer = recorded.answer else {
            Console.error(
                "request \(recorded.number) waits: the run has not answered yet. It is kept, and answered as soon as that can; `autolora status"
                    + " \(name)` shows it")
            throw ExitCode(1)
        }
        guard answer.isDone else {
            Console.error("autolora: \(recorded.words)".printable)
            throw ExitCode(2)
        }
        guard !json else { return }
        Console.print(recorded.words.printable)
        if let undo = undo(recorded.number) { Console.print("undo: \(undo)") }
    }
}

/// "[TRIAL] TEXT" as words of a command line; a lone number is a trial's.
enum TrialAndText {
    /// - Throws: `ValidationError` where there are more words, or the first of two is no trial's number.
    static func read(_ words: [String], _ what: String) throws -> (trial: Trial.ID?, text: String?) {
        guard words.count <= 2 else {
            throw ValidationError(
                "found \(words.count) words after the study, expected [TRIAL] \(what); quote a text of several words")
        }
        guard words.count == 2 else {
            if let word = words.first, let number = Int(word), number >= 0 { return (Trial.ID(number), nil) }
            return (nil, words.first)
        }
        return (try trial(words[0]), words[1])
    }

    static func trial(_ word: String) throws -> Trial.ID {
        guard let number = Int(word), number >= 0 else {
            throw ValidationError("'\(word)' is no trial's number; trials are numbered from 0")
        }
        return Trial.ID(number)
    }
}
