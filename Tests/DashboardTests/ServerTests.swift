import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

@testable import Dashboard

/// What the server answers.
@Suite struct ServerTests {
    private let fixture: DashboardFixture

    init() throws { fixture = try DashboardFixture() }

    @Test func `the list has each study with its best, and one that cannot be read with the reason`() async throws {
        let folder = fixture.recorded.temporary.path + "/broken"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("no database".utf8).write(to: URL(filePath: folder + "/study.sqlite"))
        let list = try await fixture.get("/api/studies").body
        #expect(list.count == 2)
        #expect(list[0]["study"] == .string("broken"))
        #expect(list[0]["error"].text?.contains("not a study that can be read") == true)
        #expect(list[1]["best"]["value"] == .double(0.9))
        #expect(list[1]["curve"].count == 3)
        #expect(try await fixture.get("/api/studies/broken").body["error"].text?.contains("autolora verify") == true)
    }

    @Test func `a study tells its state, parameters and metrics`() async throws {
        let study = try await fixture.get("/api/studies/reviews").body
        #expect(study["status"]["trials"]["failed"] == .int(1))
        #expect(study["parameters"][1]["name"] == .string("r"))
        #expect(study["metrics"] == .array([.string("eval_loss")]))
    }

    @Test func `trials come in order, found, filtered and by the page`() async throws {
        func numbers(_ query: String) async throws -> [Int?] {
            let rows = try await fixture.get("/api/studies/reviews/trials?\(query)").body["rows"]
            return (0..<rows.count).map { rows[$0]["number"].integer }
        }
        #expect(try await numbers("") == [0, 1, 2, 3])
        #expect(try await numbers("sort=value&order=down") == [2, 1, 0, 3])
        #expect(try await numbers("sort=r&order=up") == [3, 0, 1, 2])
        #expect(try await numbers("states=complete,failed") == [1, 2, 3])
        #expect(try await numbers("find=r=16") == [1])
        #expect(try await numbers("top=0.5") == [1, 2])
        #expect(try await numbers("trials=0,3&order=down") == [3, 0])
        #expect(try await numbers("from=1&count=2") == [1, 2])
        #expect(try await numbers("from=-1&count=-1") == [])
        #expect(try await fixture.get("/api/studies/reviews/trials?count=1").body["total"] == .int(4))
    }

    @Test func `a trial has its curves, its events and the commands that repeat it`() async throws {
        let trial = try await fixture.get("/api/studies/reviews/trials/2").body
        #expect(trial["curves"]["report"] == .array([.int(1), .int(2), .int(3)]))
        #expect(trial["curves"]["metrics"]["eval_loss"].count == 3)
        #expect(trial["events"].count == 6)
        #expect(trial["commands"][1]["command"].text?.contains("--trial 2 --format json") == true)
        #expect(trial["commands"][1]["command"].text?.contains(" --studies here") == true)
        #expect(try await fixture.get("/api/studies/reviews/trials/9").status == 404)
        #expect(try await fixture.get("/api/studies/reviews/trials/x").status == 404)
        #expect(try await fixture.get("/api/studies/reviews/trials/-1").status == 404)
    }

    @Test func `failures that differ in numbers alone are one`() async throws {
        try fixture.recorded.add(4, .failed, ["r": .int(2)], reports: [], error: "exit code 18 <script>")
        try fixture.recorded.add(5, .failed, ["r": .int(2)], reports: [], error: "killed")
        let groups = try await fixture.get("/api/studies/reviews/failures").body
        #expect(groups.count == 2)
        #expect(groups[0]["count"] == .int(2))
        #expect(groups[0]["trials"] == .array([.int(3), .int(4)]))
    }

    @Test func `what has changed is seen by the next look`() async throws {
        #expect(try await fixture.get("/api/studies/reviews/trials").body["total"] == .int(4))
        try fixture.recorded.add(4, value: 0.95, [:])
        #expect(try await fixture.get("/api/studies/reviews/trials").body["total"] == .int(5))
        #expect(try await fixture.get("/api/studies").body[0]["best"]["value"] == .double(0.95))
    }

    @Test(arguments: ["history", "curves", "parallel", "importances", "slice", "timeline", "resources"])
    func `each plot has its figure and its table`(_ kind: String) async throws {
        let plot = try await fixture.get("/api/studies/reviews/plots/\(kind)?theme=dark&states=complete,pruned").body
        #expect(plot["title"].text?.isEmpty == false)
        #expect(plot["plotly"]["data"].count > 0 || plot["notes"].count > 0)
        #expect(try await fixture.get("/api/studies/reviews/plots/\(kind)?states=odd").status == 400)
    }

    @Test func `a log comes by pieces, as text whatever is in it`() async throws {
        let bytes = Data("<script>é".utf8) + Data([0, 7, 27, 0xFF, 0x0A]) + Data("\u{202E}end".utf8)
        _ = try fixture.recorded.temporary.write("", to: "reviews/trials/1/log.txt")
        try bytes.write(to: URL(filePath: fixture.recorded.store.folder.log(of: Trial.ID(1))))
        let path = "/api/studies/reviews/trials/1/log"
        let whole = try await fixture.get(path).body
        #expect(whole["text"] == .string("<script>é\u{2400}\u{2407}\u{241B}\u{FFFD}\n\u{FFFD}end"))
        #expect(whole["to"] == .int(bytes.count))
        #expect(try await fixture.get(path + "?from=8").body["text"].text?.hasPrefix("é") == true)
        #expect(try await fixture.get(path + "?from=99999").body["text"] == .string(""))
        #expect(try await fixture.get("/api/studies/reviews/trials/0/log").body["size"] == .int(0))
    }

    @Test func `a piece of a long log ends with a whole character`() throws {
        let file = try fixture.recorded.temporary.write(
            String(repeating: "é", count: LogPiece.most), to: "reviews/trials/1/log.txt")
        #expect(file == fixture.recorded.store.folder.log(of: Trial.ID(1)))
        let piece = try LogPiece.json(of: Trial.ID(1), in: fixture.recorded.store.folder, from: 0)
        #expect(piece["text"].text?.contains("\u{FFFD}") == false)
        #expect(piece["to"].integer.map { $0 % 2 } == 0)
    }

    @Test func `through a link in a trial's folder nothing is read`() async throws {
        let secret = try fixture.recorded.temporary.write("secret", to: "secret.txt")
        let folder = fixture.recorded.store.folder
        try FileManager.default.createDirectory(atPath: folder.trial(Trial.ID(1)), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder.log(of: Trial.ID(1)), withDestinationPath: secret)
        try FileManager.default.createSymbolicLink(atPath: folder.configuration(of: Trial.ID(1)), withDestinationPath: secret)
        for file in ["log", "config"] {
            let answer = try await fixture.get("/api/studies/reviews/trials/1/\(file)")
            #expect(answer.status == 409)
            #expect(!String(buffer: answer.response.body).contains("secret\""))
        }
    }
}
