import ArgumentParser
import Studies
import StudyStore

struct TagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Puts a tag on a study, or on one of its trials.",
        discussion: """
            A tag is one word. `status`, `trials` and `best` show tags. Without one those are listed that are there, of one trial where \
            its number is given.

            Example: autolora tag movie-reviews 7 candidate
            Example: autolora tag movie-reviews 7 candidate --remove
            """)

    @OptionGroup var options: AskingOptions
    @Argument(help: "The tag; before it the trial's number, where it is on a trial.") var words: [String] = []
    @Flag(help: "Remove the tag.") var remove = false

    func validate() throws {
        _ = try TrialAndText.read(words, "TAG")
        if remove, words.isEmpty { throw ValidationError("--remove: say which tag, and of which trial") }
    }

    func run() async throws {
        try await failing {
            let read = try TrialAndText.read(words, "TAG")
            // A study's own tag may be a number.
            let (trial, word) = remove && words.count == 1 ? (nil, words[0]) : (read.trial, read.text)
            guard let tag = word else { return try MarkList(options, "tag", of: trial).print(\.tags) }
            let place = trial.map { " \($0)" } ?? ""
            guard remove else {
                return try await options.ask(.tag(tag, trial)) { _ in
                    "autolora tag \(options.name)\(place) \(tag) --remove"
                }
            }
            let log = try options.study.store().requests()
            guard let mark = log.tags[trial]?.first(where: { $0.text == tag }) else {
                let there = log.tags[trial]?.map(\.text).joined(separator: ", ") ?? "none"
                throw NoTag(
                    description:
                        "\(trial.map { "trial \($0)" } ?? "study '\(options.study.study)'") has no tag '\(tag)'; it has: \(there)"
                )
            }
            try await options.ask(.remove(mark.number)) { _ in "autolora tag \(options.name)\(place) \(tag)" }
        }
    }
}

private struct NoTag: Error, CustomStringConvertible { let description: String }
