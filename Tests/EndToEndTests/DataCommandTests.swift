import Foundation
import TestSupport
import Testing

/// What `autolora data` tells of files, for people and for programs.
@Suite(.timeLimit(.minutes(5))) struct DataCommandTests {
    private let temporary: TemporaryFolder
    private let autolora: Autolora

    init() throws {
        temporary = try TemporaryFolder()
        autolora = Autolora(in: temporary.path)
        try temporary.addTinyModel()
    }

    private func run(_ arguments: [String]) async throws -> Autolora.Result {
        try await autolora.wait(for: try autolora.start(arguments))
    }

    @Test func `a report for people and for programs`() async throws {
        _ = try temporary.write("text,label\nfilm,good\n film ,good\nfilm,bad\nplot,bad\n", to: "a.csv")
        _ = try temporary.write("text,label\nplot,bad\n", to: "b.csv")
        let report = try await autolora.run("data", "a.csv", "b.csv", "--model", "model")
        #expect(report.code == 0, "\(report.errors)")
        #expect(report.output.contains("a.csv: 4 rows of text and label") && report.output.contains("tokens"))
        #expect(report.output.contains("a.csv:2 and a.csv:3") && report.output.contains("b.csv:2 and a.csv:5"))
        let json = try #require(try await autolora.run("data", "a.csv", "b.csv", "--json").json() as? [String: Any])
        let files = try #require(json["files"] as? [[String: Any]])
        #expect(files.map { $0["rows"] as? Int } == [4, 1] && (json["findings"] as? [Any])?.isEmpty == false)
    }

    @Test(arguments: [
        ["data", "gone.csv"], ["data", "train.jsonl", "--model", "gone"], ["data", "train.jsonl", "--task", "x"],
    ])
    func `what is not there is named`(arguments: [String]) async throws {
        let report = try await run(arguments)
        #expect(report.code != 0 && report.output.isEmpty && report.errors.contains(arguments.last ?? ""), "\(report.errors)")
    }
}
