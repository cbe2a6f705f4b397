import ArgumentParser
import Studies
import StudyStore
import StudyViews
import TrainerSettings

struct NoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: "Puts a note on a study, or on one of its trials.",
        discussion: """
            `status`, `trials` and `best` show notes. Without a text those are listed that are there, of one trial where its number is given, \
            with the numbers by which they are removed.

            Example: autolora note movie-reviews 7 "the first with the cleaned data"
            Example: autolora note movie-reviews --remove 12
            """)

    @OptionGroup var options: AskingOptions
    @Argument(help: "The text; before it the trial's number, where it is on a trial.") var words: [String] = []
    @Option(help: "The number of a note that is to go.") var remove: Int?

    func validate() throws {
        _ = try TrialAndText.read(words, "TEXT")
        if remove != nil, !words.isEmpty { throw ValidationError("--remove takes the note's number alone") }
    }

    func run() async throws {
        try await failing {
            if let remove { return try await options.ask(.remove(remove)) { _ in nil } }
            let (trial, text) = try TrialAndText.read(words, "TEXT")
            guard let text else { return try MarkList(options, "note", of: trial).print(\.notes) }
            try await options.ask(.note(text, trial)) { "autolora note \(options.name) --remove \($0)" }
        }
    }
}

/// The notes or tags that are there.
struct MarkList {
    private let options: AskingOptions
    private let word: String
    private let trial: Trial.ID?

    /// - Parameters:
    ///   - word: note or tag.
    ///   - trial: whose; nil: the study's and all trials'.
    init(_ options: AskingOptions, _ word: String, of trial: Trial.ID?) {
        (self.options, self.word, self.trial) = (options, word, trial)
    }

    func print(_ marks: (RequestLog) -> [Trial.ID?: [RequestLog.Mark]]) throws {
        let store = try options.study.store()
        if let trial, try store.trial(trial) == nil {
            throw StudyViewError(
                "study '\(options.study.study)' has no trial \(trial); it has \(try StudyStatus(store, now: 0).trials), from 0")
        }
        let found = marks(try store.requests()).filter { trial == nil || $0.key == trial }
        if options.json { return Console.print(json: MarkLines.json(found)) }
        if let text = MarkLines.text(found) { return Console.print(text) }
        guard let trial else { return Console.print("no \(word)s") }
        Console.error(
            "trial \(trial) has no \(word)s; `autolora \(word) \(options.name) \(trial) \(word == "tag" ? "TAG" : "TEXT")` puts one on it"
        )
    }
}

/// Notes or tags of a study and its trials, one a line.
enum MarkLines {
    /// The study's first, then by trial.
    private static func rows(_ marks: [Trial.ID?: [RequestLog.Mark]]) -> [(trial: Trial.ID?, mark: RequestLog.Mark)] {
        marks.sorted { ($0.key?.number ?? -1) < ($1.key?.number ?? -1) }.flatMap { trial, marks in marks.map { (trial, $0) } }
    }

    /// nil: there are none.
    static func text(_ marks: [Trial.ID?: [RequestLog.Mark]]) -> String? {
        let lines = rows(marks).map { trial, mark in
            "\(mark.number)  \(trial.map { "trial \($0)" } ?? "study")  \(mark.text)".printable
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    static func json(_ marks: [Trial.ID?: [RequestLog.Mark]]) -> SettingValue {
        .array(
            rows(marks).map { trial, mark in
                .object([
                    "number": .int(mark.number), "trial": trial.map { .int($0.number) } ?? .null, "at": .double(mark.at),
                    "text": .string(mark.text),
                ])
            })
    }
}
