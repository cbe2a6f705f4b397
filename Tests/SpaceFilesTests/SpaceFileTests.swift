import BuiltInTrainer
import Foundation
import SearchSpaces
import SpaceFiles
import Testing
import Trainers

struct SpaceFileTests {
    @Test(arguments: [
        ("", "1:1: the file is empty"),
        ("# nothing\n", "1:1: the file is empty"),
        ("~", "1:1: the file is empty"),
        ("- a\n- b", "1:1: found a list, expected the file as a mapping of name, description, metric,"),
        ("just words", "1:1: found the text 'just words', expected the file as a mapping"),
        ("metod: tpe", "1:1: unknown key 'metod'; allowed: name, description,"),
        ("a: [1, 2", "2:1: not YAML: did not find expected ',' or ']'"),
        ("a: 1\n\tb: 2", "2:1: not YAML: found a tab character that violates indentation"),
        ("a: 1\nb: \"open", "2:9: not YAML: found unexpected end of stream"),
        ("a: *nobody", "1:4: not YAML: found undefined alias"),
        ("a: 1\n---\nb: 2", "2:1: not YAML: but found another document"),
        ("seed: 1\nname: x\nseed: 2", "1:1: 'seed' is given more than once; keep one"),
        ("name: a\u{1}", "1:8: not YAML: control characters are not allowed"),
    ])
    func `What is no space file is refused with the place`(text: String, message: String) {
        let found = refusal(text) ?? "accepted"
        #expect(found.hasPrefix("space.yaml:\(message)"), "\(found)")
    }

    @Test(arguments: ["", "{}", "[]", "~"])
    func `An empty space is refused`(parameters: String) {
        let found = refusal("metric: {name: a, goal: minimize}\nprogram: a.py\nparameters: \(parameters)") ?? ""
        #expect(found.contains(parameters == "[]" ? "3:13: found a list" : ": an empty space: 'parameters' lists nothing"))
    }

    @Test func `A file without parameters is an empty space`() {
        #expect(
            refusal("metric: {name: a, goal: minimize}\nprogram: a.py")
                == "space.yaml:1:1: an empty space: 'parameters' lists nothing to search")
    }

    @Test func `A missing file is named`() {
        let error = #expect(throws: SpaceFileError.self) {
            try SpaceFile(path: "no/such.yaml", trainers: TrainerList.standard.types)
        }
        #expect(error?.description == "no/such.yaml: there is no such file")
    }

    @Test func `A folder is no file`() {
        let path = projectFolder.path
        let error = #expect(throws: SpaceFileError.self) { try SpaceFile(path: path, trainers: TrainerList.standard.types) }
        #expect(error?.description == "\(path): is a folder, not a regular file")
    }

    @Test func `Bytes that are no text are located`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try (Data("seed: 1\nname: \u{e9}t".utf8) + Data([0xff])).write(to: file)
        let error = #expect(throws: SpaceFileError.self) {
            try SpaceFile(path: file.path, trainers: TrainerList.standard.types)
        }
        #expect(error?.position == Position(line: 2, column: 9))
    }

    @Test func `Its folder is where relative paths are taken from, links followed`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "real"), withIntermediateDirectories: true)
        try Data(sweep("p: {value: 1}").utf8).write(to: folder.appending(path: "real/space.yaml"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "link"), withDestinationURL: folder.appending(path: "real"))
        let file = try SpaceFile(path: folder.appending(path: "link/space.yaml").path, trainers: TrainerList.standard.types)
        #expect(file.specification.folder.hasSuffix("/real"))
        #expect(file.specification.folder.hasPrefix("/"))
    }

    @Test func `A model or data file that is not there is located`() throws {
        let file = try parse(study("r: {values: [1]}"))
        let error = #expect(throws: SpaceFileError.self) { try file.requirePaths() }
        #expect(error?.description == "space.yaml:3:10: model: there is no /folder/m")
    }

    @Test func `A searched path is looked for instead of the fixed one`() throws {
        let here = #filePath
        let trainer = "metric: {name: eval_loss, goal: minimize}\ntrainer: {model: gone, train: \(here), validation: \(here)}\n"
        let file = try parse(trainer + "parameters:\n  model: {values: [\(here), nowhere]}")
        let error = #expect(throws: SpaceFileError.self) { try file.requirePaths() }
        #expect(error?.description == "space.yaml:4:\(22 + here.count): model: there is no /folder/nowhere")
    }

    @Test func `A command's words are not taken for files`() throws {
        try parse(sweep("model: {values: [nowhere]}")).requirePaths()
    }

    // MARK: - The examples

    static let examples =
        ((try? FileManager.default.contentsOfDirectory(atPath: projectFolder.appending(path: "search-spaces").path)) ?? [])
        .filter { $0.hasSuffix(".yaml") }

    @Test func `There are examples to be tested`() {
        #expect(Set(Self.examples).isSuperset(of: ["movie-reviews.yaml", "quick.yaml"]))
    }

    @Test(arguments: examples)
    func `Every example parses without a warning`(name: String) throws {
        let file = try SpaceFile(
            path: projectFolder.appending(path: "search-spaces/\(name)").path, trainers: TrainerList.standard.types)
        #expect(file.warnings.isEmpty)
        #expect(!SpaceDescription(file.specification).text.isEmpty)
    }

    @Test func `Every file in the documentation parses without a warning`() throws {
        let blocks = try text(of: "docs/space-file.md").matches(of: #/```yaml\n([^`]*)```/#).map { String($0.1) }
        #expect(blocks.count == 3)
        for block in blocks { #expect(try parse(block).warnings.isEmpty) }
    }

    @Test func `A file cut off anywhere is accepted or refused, and never brings the parser down`() throws {
        let characters = Array(try text(of: exampleFile))
        let refused = (0..<characters.count).filter { refusal(String(characters[..<$0])) != nil }
        #expect(refused.count > characters.count / 2)
    }

    @Test func `A file with a line left out is accepted or refused with a place`() throws {
        let lines = try text(of: exampleFile).split(separator: "\n", omittingEmptySubsequences: false)
        for skipped in lines.indices {
            let rest = lines.enumerated().filter { $0.offset != skipped }.map(\.element).joined(separator: "\n")
            guard let found = refusal(rest) else { continue }
            #expect(found.prefixMatch(of: #/space\.yaml:[0-9]+:[0-9]+: /#) != nil, "\(found)")
        }
    }

    @Test func `A file with any character changed is accepted or refused, and never brings the parser down`() throws {
        let characters = Array(try text(of: exampleFile))
        var refused = 0
        for (index, replacement) in zip(stride(from: 0, to: characters.count, by: 3), "{}[]:,#&*!|>'\"%@`-? \n9".cycled) {
            var changed = characters
            changed[index] = replacement
            refused += refusal(String(changed)) == nil ? 0 : 1
        }
        #expect(refused > 0)
    }
}

extension String {
    /// The characters over and over.
    fileprivate var cycled: some Sequence<Character> {
        let characters = Array(self)
        return sequence(state: 0) { position in
            defer { position = (position + 1) % characters.count }
            return characters[position]
        }
    }
}
