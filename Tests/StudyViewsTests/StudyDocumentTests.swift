import Foundation
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import StudyStore
@testable import StudyViews

/// The report of a study: what is in it, and that nothing of the study is markup in it.
@Suite struct StudyDocumentTests {
    private static let hostile = "<img src=x onerror=alert(1)>|`*\u{1B}]0;x\u{7}"

    private let recorded: RecordedStudy

    init() throws { recorded = try RecordedStudy("reviews") }

    private func document(_ facts: StudyDocument.Facts = StudyDocument.Facts()) throws -> Document {
        try StudyDocument(recorded.store, PlotSource(recorded.store, nil), facts, now: 300).document
    }

    private func text(_ document: Document) -> String { document.markdown { $0.kind + ".svg" } }

    @Test func `a report has the winner, its worth, the data and the way to repeat it`() throws {
        for number in 0..<4 {
            try recorded.add(number, value: 0.7 + Double(number) / 100, ["eval_accuracy_se": 0.02])
        }
        var data = DataFact(part: "train", path: "train.jsonl")
        (data.rows, data.labels, data.digest) = (3, ["no": 1, "yes": 2], "abcd")
        var facts = StudyDocument.Facts()
        (facts.data, facts.description, facts.name) = ([data], "study reviews", "reviews --studies here")
        facts.versions = [("autolora", "1.2.3")]
        let document = try document(facts)
        let titles = [
            "In short", "The winner, and what it is worth", "What was searched", "The data", "Plots", "All trials",
            "To repeat it",
        ]
        #expect(document.sections.map(\.title) == titles)
        let text = text(document)
        for part in [
            "the best of 4 trials: were all equally good, luck alone", "within one standard error", "3 rows: 1 no, 2 yes",
            "abcd",
            "autolora export reviews --studies here --format json", "autolora: 1.2.3", "](history.svg)",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        let kinds = document.plots.map(\.kind)
        #expect(kinds.contains("history") && kinds.contains("timeline") && !kinds.contains("front"))
        #expect(text.contains("front: nothing to see"))
        let page = document.html("/* plotly.js v0 */")
        #expect(document.plots.indices.allSatisfy { page.contains("id=\"plot-\($0)\"") })
    }

    @Test func `the winner is repeated as its trainer can be started`() throws {
        try recorded.add(0, value: 0.7, [:])
        let folder = recorded.store.folder.trial(Trial.ID(0))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func text(_ trainer: String, launch: String? = nil) throws -> String {
            try Data(#"{"trainer": {"type": "\#(trainer)"}}"#.utf8).write(to: URL(filePath: folder + "/config.json"))
            if let launch { try Data(launch.utf8).write(to: URL(filePath: folder + "/launch.json")) }
            return self.text(try document())
        }
        #expect(try text("lora").contains("autolora train best.json --output again"))
        let lost = try text("command")
        #expect(!lost.contains("autolora train") && lost.contains("--format json --output best.json"))
        let launch =
            #"{"command": ["python3", "my train.py"], "environment": {"AUTOLORA_TRIAL_DIR": "/x", "A": "b c"}, "folder": "/pro ject"}"#
        let command = try text("command", launch: launch)
        #expect(!command.contains("autolora train") && command.contains("cd '/pro ject' && mkdir -p again"))
        #expect(command.contains(#"A='b c' AUTOLORA_TRIAL_DIR="$PWD/again" python3 'my train.py'"#))
    }

    @Test func `a study without a value has a report that says so`() throws {
        #expect(text(try document()).contains("no trial of study 'reviews' has reported a number"))
        try recorded.add(0, .failed, reports: [], error: "boom")
        let text = text(try document())
        #expect(text.contains("1 failed") && text.contains("boom") && text.contains("nothing to see"))
    }

    @Test func `names, values and errors are text in it`() throws {
        let report = Report(iter: 1, value: 0.5, metrics: [Self.hostile: 1])
        try recorded.add(0, .complete, [Self.hostile: .string(Self.hostile)], reports: [report])
        try recorded.add(1, .failed, reports: [], error: Self.hostile)
        var facts = StudyDocument.Facts()
        facts.description = Self.hostile
        facts.versions = [(Self.hostile, Self.hostile)]
        var data = DataFact(part: "train", path: Self.hostile)
        data.problem = Self.hostile
        facts.data = [data]
        let document = try document(facts)
        let page = document.html("/* plotly.js v0 */")
        #expect(!page.contains("<img") && !page.contains("\u{1B}") && page.contains("&lt;img"))
        let code = text(document)
        // In Markdown it may stand between fences, where it is no markup.
        let outside = code.components(separatedBy: "```").enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        #expect(outside.allSatisfy { !$0.contains("<img") } && !code.contains("\u{1B}"))
        #expect(!outside.joined().contains("|`"))
    }

    @Test func `a fence is longer than any in the text`() {
        let document = Document(title: "t", sections: [Document.Section("s", [.code("a\n````\nb")])])
        #expect(text(document).contains("`````\na\n````\nb\n`````\n"))
    }
}
