import Foundation
import SearchSpaces
import Studies
import TestSupport
import Testing

@testable import TrialRunners

@Suite struct FollowedFileTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private func launch(_ file: String, resumed: Bool = false, pattern: String? = nil) -> Launch {
        Launch(
            trial: Trial.ID(3), command: ["true"], environment: resumed ? ["AUTOLORA_RESUME_FROM": "/x"] : [:],
            workingFolder: temporary.path, folder: temporary.path,
            reports: WantedReports(metric: "loss", source: ReportSource(pattern: pattern, file: file)))
    }

    private func follow(_ file: String, resumed: Bool = false, pattern: String? = nil) throws -> FollowedFile {
        try #require(FollowedFile(launch(file, resumed: resumed, pattern: pattern)))
    }

    /// Writes the file, then gives the values that are new.
    private func news(_ file: inout FollowedFile, _ text: String, to name: String, isOver: Bool = false) throws -> [Double] {
        // A new version is known by more than its size.
        try? FileManager.default.removeItem(atPath: temporary.path + "/" + name)
        _ = try temporary.write(text, to: name)
        return file.news(isOver: isOver).map(\.value)
    }

    @Test func `lines of JSON are taken as they are appended, the last once it is whole`() throws {
        var file = try follow("out/metrics.jsonl")
        #expect(file.news(isOver: false).isEmpty)
        #expect(try news(&file, "{\"loss\": 3}\n{\"lo", to: "out/metrics.jsonl") == [3])
        #expect(try news(&file, "{\"loss\": 3}\n{\"loss\": 2}\n{\"loss\": NaN}\n", to: "out/metrics.jsonl").count == 2)
        #expect(
            try news(&file, "{\"loss\": 3}\n{\"loss\": 2}\n{\"loss\": NaN}\n{\"loss\": 1}", to: "out/metrics.jsonl").isEmpty)
        #expect(file.news(isOver: true).map(\.value) == [1])
        #expect(file.news(isOver: true).isEmpty)
    }

    @Test func `Hugging Face's trainer_state is read from its log_history, in the newest checkpoint`() throws {
        var file = try follow("checkpoint-*/trainer_state.json")
        func state(_ entries: String) -> String {
            #"{"best_metric": null, "log_history": [\#(entries)], "epoch": 1.0, "is": {"x": [1]}}"#
        }
        let one = #"{"epoch": 0.5, "grad_norm": 1, "step": 10, "learning_rate": 1e-4}, {"epoch": 1.0, "loss": 0.5, "step": 20}"#
        #expect(try news(&file, state(one), to: "checkpoint-20/trainer_state.json") == [0.5])
        let two = one + #", {"loss": NaN, "step": 40}"#
        #expect(try news(&file, String(state(two).dropLast(9)), to: "checkpoint-40/trainer_state.json").isEmpty)
        let more = try news(&file, state(two), to: "checkpoint-40/trainer_state.json")
        #expect(more.count == 1 && more[0].isNaN)
        #expect(
            try news(&file, state(two + #", {"loss": 0.25, "step": 60}"#), to: "checkpoint-60/trainer_state.json") == [0.25])
    }

    @Test func `a table has figures by its header, and rows without the metric are passed over`() throws {
        var file = try follow("${trial_dir}/results.csv")
        let text = "\u{FEFF}step,\"loss\", note\n1,3.5,a\n2,,b\n3,2.5,\"c,d\"\n"
        #expect(try news(&file, text, to: "results.csv") == [3.5, 2.5])
        // It grew a column and was written again; a program that began again wrote its header once more.
        let wider = "step,loss,note,f1\n1,3.5,a,\n2,,b,\n3,2.5,\"c,d\",\nstep,loss,note,f1\n4,1.5,,1\n5,0.5"
        #expect(try news(&file, wider, to: "results.csv") == [1.5])
        #expect(file.news(isOver: true).map(\.step) == [5])
        var tabs = try follow("t.tsv")
        #expect(try news(&tabs, "loss\tx\n1\t2\n", to: "t.tsv") == [1])
    }

    @Test func `a file of one result is an entry each time that it changes`() throws {
        var file = try follow("result.json")
        #expect(try news(&file, #"{"loss": 3}"#, to: "result.json") == [3])
        #expect(try news(&file, #"{"loss": 3}"#, to: "result.json").isEmpty)
        #expect(try news(&file, #"{"loss": 2, "x": [1]}"#, to: "result.json") == [2])
        #expect(try news(&file, #"[{"loss": 2, "x": [1]}, {"loss": 1}]"#, to: "result.json") == [1])
    }

    @Test func `a log can be followed by a pattern`() throws {
        var file = try follow("log", pattern: #"loss (\S+)"#)
        #expect(try news(&file, "hello\nloss 0.5, x\n", to: "log") == [0.5])
    }

    @Test func `what a launch from a checkpoint finds is known, whether it appends or begins again`() throws {
        _ = try temporary.write("{\"loss\": 3}\n{\"loss\": 2}\n", to: "m.jsonl")
        var appended = try follow("m.jsonl", resumed: true)
        #expect(appended.news(isOver: false).isEmpty)
        #expect(try news(&appended, "{\"loss\": 3}\n{\"loss\": 2}\n{\"loss\": 1}\n", to: "m.jsonl") == [1])
        var again = try follow("m.jsonl", resumed: true)
        #expect(try news(&again, "", to: "m.jsonl").isEmpty)
        #expect(try news(&again, "{\"loss\": 0.5}\n", to: "m.jsonl") == [0.5])
        // Back to the checkpoint's entries, then on from there.
        _ = try temporary.write("{\"loss\": 3}\n{\"loss\": 2}\n", to: "m.jsonl")
        var back = try follow("m.jsonl", resumed: true)
        #expect(try news(&back, "{\"loss\": 3}\n", to: "m.jsonl").isEmpty)
        #expect(try news(&back, "{\"loss\": 3}\n{\"loss\": 1.9}\n", to: "m.jsonl") == [1.9])
    }

    @Test func `a launch that starts over begins without the file in its folder`() throws {
        _ = try temporary.write("{\"loss\": 3}\n", to: "m.jsonl")
        var file = try follow("m.jsonl")
        #expect(temporary.read("m.jsonl") == nil)
        #expect(try news(&file, "{\"loss\": 3}\n", to: "m.jsonl") == [3])
        // Elsewhere it is somebody else's, and what is there is known.
        let outside = try TemporaryFolder()
        let path = try outside.write("{\"loss\": 3}\n", to: "m.jsonl")
        var other = try follow(path)
        #expect(outside.read("m.jsonl") != nil)
        #expect(other.news(isOver: true).isEmpty)
    }

    @Test func `a file that keeps its latest entries alone is followed`() throws {
        var file = try follow("m.jsonl")
        #expect(try news(&file, "{\"loss\": 3}\n{\"loss\": 2}\n", to: "m.jsonl") == [3, 2])
        #expect(try news(&file, "{\"loss\": 2}\n{\"loss\": 1}\n", to: "m.jsonl") == [1])
    }

    @Test func `a pipe or a folder in its place holds nothing up`() throws {
        #expect(mkfifo(temporary.path + "/m.jsonl", 0o600) == 0)
        var file = try follow("m.jsonl")
        #expect(file.news(isOver: true).isEmpty)
        var folder = try follow("..")
        #expect(folder.news(isOver: true).isEmpty)
    }

    @Test func `what a file lacks is told`() throws {
        let wanted = WantedReports(metric: "eval_loss")
        func lack(_ name: String) -> String { ReportFilePlace(name, folder: temporary.path, trial: 0).lack(wanted) }
        #expect(lack("x/${trial}.json") == "it wrote no file \(temporary.path)/x/0.json")
        _ = try temporary.write(#"[{"eval_los": 1, "epoch": 2}]"#, to: "a.json")
        #expect(lack("a.json") == "\(temporary.path)/a.json: its entries have eval_los, epoch; did you mean 'eval_los'?")
        _ = try temporary.write("nonsense", to: "b.json")
        #expect(lack("b.json") == "\(temporary.path)/b.json is no JSON that tells of figures")
        _ = try temporary.write("a,b\nx,y\n", to: "c.csv")
        #expect(lack("c.csv") == "\(temporary.path)/c.csv: none of its entries has a figure")
    }
}
