import Exports
import Foundation
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TestSupport
import Testing
import TrainerSettings

/// A format that somebody adds: this file, and a line in the list below.
private struct ResultCard: ExportFormat {
    let name = "card"
    let summary = "the result in a few lines"
    let content = ExportContent.configuration
    let target = ExportTarget.file { Set(try Self.lines($0).compactMap { $0.split(separator: ":").first.map(String.init) }) }

    func write(_ source: ExportSource, to draft: String) throws {
        let best = source.best
        let text = "trial: \(best.trial.id)\nvalue: \(best.report.value)\nparameters: \(best.trial.assignment.summary)\n"
        try AtomicFile.write([Data(text.utf8)], to: draft)
    }

    func verify(_ draft: String, of source: ExportSource) throws {
        guard try Self.lines(draft).count == 3 else { throw ExportError("\(draft): is not whole") }
    }

    private static func lines(_ path: String) throws -> [Substring] { try TextFile.text(path).split(separator: "\n") }
}

/// In place of the training tower: files by which an export of the form is known.
private struct SmallConversion: ModelConversion {
    func write(as form: String, to draft: String) throws {
        switch ExportFormats.named(form)?.target {
        case .folder(let mark, _)?:
            try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false)
            try Data("{}".utf8).write(to: URL(filePath: draft + "/" + mark))
        default: try Data("GGUF and more".utf8).write(to: URL(filePath: draft))
        }
    }

    func verify(_ draft: String, as form: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: draft) else { throw ExportError("\(draft): is not there") }
        return "its logits differ by nothing"
    }

    func complete(_ draft: String) throws { try Data("{{ }}".utf8).write(to: URL(filePath: draft + "/chat_template.jinja")) }
    func usage(_ draft: String, as form: String) throws -> String { "\n## How it is loaded\n\nBy \(form).\n" }
}

/// A conversion whose answers are others.
private struct WrongConversion: ModelConversion {
    struct Problem: Error, CustomStringConvertible { let description = "answers otherwise" }
    func write(as form: String, to draft: String) throws { try SmallConversion().write(as: form, to: draft) }
    func verify(_ draft: String, as form: String) throws -> String? { throw Problem() }
    func complete(_ draft: String) throws {}
    func usage(_ draft: String, as form: String) throws -> String { "" }
}

/// What every export format has to do, for those that there are and one that is new.
@Suite struct ExportFormatConformanceTests {
    private static let formats = ExportFormats.all + [ResultCard()]
    private static let names = formats.map(\.name)

    private let recorded: RecordedStudy
    private var temporary: TemporaryFolder { recorded.temporary }

    init() throws {
        recorded = try RecordedStudy("reviews")
        try recorded.add(0, value: 0.8, ["loss": 0.2])
        _ = try temporary.write("{}", to: "reviews/trials/0/adapter/adapter_config.json")
        _ = try temporary.write(#"{"trainer": {"type": "lora", "r": 8}}"#, to: "reviews/trials/0/config.json")
    }

    private func format(_ name: String) throws -> any ExportFormat {
        try #require(Self.formats.first { $0.name == name })
    }

    private func source(damage: StudyDamage? = nil) throws -> ExportSource {
        var source = ExportSource(try BestTrial(recorded.store), of: recorded.store) { _ in damage }
        source.conversion = SmallConversion()
        source.configuration = { ["config.json": "{}", "run.sh": "# \($0)\n"] }
        return source
    }

    private func export(_ name: String, to output: String = "out/export", force: Bool = false) throws -> String? {
        try TrialExport(source(), as: format(name)).write(to: temporary.path + "/" + output, force: force)
    }

    /// Every file under a path, by its name from there on; the path itself is "".
    private func contents(_ path: String) throws -> [String: Data] {
        let root = temporary.path + "/" + path
        let files = FileManager.default.subpaths(atPath: root) ?? []
        var contents: [String: Data] = [:]
        for file in files.isEmpty ? [""] : files { contents[file] = try? Data(contentsOf: URL(filePath: root + "/" + file)) }
        return contents
    }

    @Test func `names are single words, and each stands once`() {
        #expect(Set(Self.names).count == Self.names.count)
        #expect(Self.names.allSatisfy { $0.wholeMatch(of: /[a-z][a-z0-9_-]*/) != nil })
        #expect(
            ExportFormats.help.hasPrefix(
                "json, yaml (the trainer's whole configuration), peft (the adapter's folder), merged ("))
        #expect(ExportFormats.all.allSatisfy { ExportFormats.named($0.name)?.name == $0.name })
        #expect(ExportFormats.named("onnx") == nil)
    }

    @Test(arguments: names) func `an export is what the format says, and all that is left behind`(name: String) throws {
        #expect(try export(name) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/out") == ["export"])
        let path = temporary.path + "/out/export"
        switch try format(name).target {
        case .file(let names):
            #expect(RegularFile.stranger(at: path) == nil)
            #expect(try !names(path).isEmpty, "nothing tells an export of this format from another file")
        case .folder(let mark, let files):
            #expect(RegularFile.stranger(at: path) == RegularFile.folder)
            #expect(RegularFile.stranger(at: path + "/" + mark) == nil)
            #expect(files.contains(mark))
        }
        try format(name).verify(path, of: source())
    }

    @Test(arguments: names) func `the same trial is written as the same bytes`(name: String) throws {
        _ = try (export(name, to: "out/one"), export(name, to: "out/two"))
        let one = try contents("out/one")
        #expect(!one.isEmpty)
        #expect(try one == contents("out/two"))
    }

    @Test(arguments: names) func `an earlier export is replaced where that is asked for`(name: String) throws {
        _ = try export(name)
        let before = try contents("out/export")
        let error = #expect(throws: ExportError.self) { try export(name) }
        #expect(error?.description.contains("exists already") == true)
        _ = try export(name, force: true)
        #expect(try contents("out/export") == before)
    }

    @Test(arguments: names) func `what no export wrote is never replaced`(name: String) throws {
        for file in ["out/export", "out/folder/notes.txt"] { _ = try temporary.write("precious", to: file) }
        for output in ["out/export", "out/folder"] {
            #expect(throws: ExportError.self) { try export(name, to: output, force: true) }
        }
        #expect(temporary.read("out/export") == "precious" && temporary.read("out/folder/notes.txt") == "precious")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/out").sorted() == ["export", "folder"])
    }

    @Test(arguments: names) func `a damaged adapter is refused, and a configuration warns of it`(name: String) throws {
        let damage = StudyDamage(place: "adapter", problem: "is cut short", advice: "train it again")
        let export = TrialExport(try source(damage: damage), as: try format(name))
        let output = temporary.path + "/out"
        switch try format(name).content {
        case .configuration:
            #expect(
                try export.write(to: output, force: false)?.hasSuffix(
                    "adapter is damaged: adapter: is cut short; train it again") == true)
            #expect(FileManager.default.fileExists(atPath: output))
        case .adapter:
            let error = #expect(throws: ExportError.self) { try export.write(to: output, force: false) }
            #expect(error?.description.contains("is damaged and is not exported") == true)
            #expect(!FileManager.default.fileExists(atPath: output))
        }
    }

    private static let models = ["merged", "gguf", "gguf-lora", "mlx", "vllm"]

    @Test(arguments: models) func `of an export that answers otherwise nothing is left`(name: String) throws {
        var source = try source()
        source.conversion = WrongConversion()
        let export = TrialExport(source, as: try format(name))
        let error = #expect(throws: ExportError.self) { try export.write(to: temporary.path + "/out/export", force: false) }
        #expect(error?.description == "answers otherwise")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/out").isEmpty)
    }

    @Test(arguments: models) func `another trainer's models are refused in forms of ours`(name: String) throws {
        var source = try source()
        source.conversion = nil
        let export = TrialExport(source, as: try format(name))
        let error = #expect(throws: ExportError.self) { try export.write(to: temporary.path + "/out", force: false) }
        #expect(error?.description.contains("take --format peft") == true)
    }
}
