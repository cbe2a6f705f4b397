import Foundation
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

@testable import Dashboard

/// Counts of what was taken for what, from trainers that nobody vouches for.
@Suite struct ConfusionTests {
    private let fixture: DashboardFixture

    init() throws { fixture = try DashboardFixture() }

    private func confusion(_ trial: Int) async throws -> SettingValue {
        try await fixture.get("/api/studies/reviews/trials/\(trial)").body["confusion"]
    }

    private func add(_ number: Int, _ details: [String: String]) throws {
        let report = Report(iter: 1, step: 10, value: 0.5, metrics: [:], details: details)
        try fixture.recorded.add(number, reports: [report])
    }

    @Test func `a trial's file is shown with its labels`() async throws {
        #expect(try await confusion(2) == .null)
        let text = #"{"step": 20, "labels": ["<b>no</b>", "yes"], "counts": [[3, 1], [0, 4]]}"#
        _ = try fixture.recorded.temporary.write(text, to: "reviews/trials/1/confusion.json")
        let shown = try await confusion(1)
        #expect(shown["labels"] == .array([.string("<b>no</b>"), .string("yes")]) && shown["step"] == .int(20))
        #expect(shown["counts"][1][1] == .int(4))
    }

    @Test func `so are the latest report's words, by number where labels are not told or too few`() async throws {
        try add(4, ["eval_confusion_matrix": "[[5, 0], [2, 3]]"])
        try add(5, ["confusion_matrix": "[[1]]", "labels": #"["a", "b"]"#])
        #expect(try await confusion(4)["labels"] == .array([.string("0"), .string("1")]))
        #expect(try await confusion(4)["counts"][1][0] == .int(2))
        #expect(try await confusion(5)["labels"] == .array([.string("0")]))
    }

    @Test(arguments: [
        "", "[]", "[[1, 2]]", "[[1], [2]]", #"[["<b>", 1], [1, 1]]"#, "{}", "[[1, 2], 3]", "null", "[[[1]]]",
        "[" + Array(repeating: "[0]", count: 41).joined(separator: ",") + "]",
    ])
    func `what is no square of numbers is not shown`(_ text: String) async throws {
        try add(4, ["eval_confusion_matrix": text])
        #expect(try await confusion(4) == .null)
        let file = "{\"counts\": \(text.isEmpty ? "1" : text)}"
        _ = try fixture.recorded.temporary.write(file, to: "reviews/trials/1/confusion.json")
        #expect(try await confusion(1) == .null)
    }

    @Test func `through a link nothing is shown`() async throws {
        let secret = try fixture.recorded.temporary.write(#"{"counts": [[7]]}"#, to: "secret.json")
        let folder = fixture.recorded.store.folder
        try FileManager.default.createDirectory(atPath: folder.trial(Trial.ID(1)), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder.confusion(of: Trial.ID(1)), withDestinationPath: secret)
        #expect(try await confusion(1) == .null)
    }
}
