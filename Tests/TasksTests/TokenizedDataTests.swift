import Checkpoints
import FoundationEssentials
import Testing
import TrainerSettings

@testable import Tasks

@Suite struct TokenizedDataTests {
    private let model: TinyModel
    private let cache: CacheFolder

    init() throws {
        model = try TinyModel()
        cache = CacheFolder(model.folder.path + "/cache")
    }

    private var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: cache.path)) ?? []).sorted() }

    private func data(_ more: [String: SettingValue] = [:], cached: Bool = true) throws -> TaskData {
        let settings = try model.settings(more)
        var source = TokenizedData(ClassificationTask.self, settings, cache: cached ? cache : nil)
        let data = try TaskData(ClassificationTask.self, settings, from: &source)
        source.save()
        return data
    }

    @Test func `a file survives being written and read`() {
        let texts = [("a b", "né"), ("", "x"), ("c", "né"), ("d d d", ""), ("e", "x")]
        let file = TokenizedFile(texts.enumerated().map { LabeledText(text: $1.0, label: $1.1, line: 2 * $0 + 1) }) {
            $0.utf8.map { Int32($0) * 1000 - 50_000 }
        }
        #expect(file.names == ["né", "x", ""])
        #expect(file.lines == [1, 3, 7])
        #expect(file.labels == [0, 1, 0, 2, 1])
        let bytes = file.encoded
        #expect(bytes.withUnsafeBytes { TokenizedFile($0) } == file)
        for count in 0..<bytes.count { #expect(bytes[..<count].withUnsafeBytes { TokenizedFile($0) } == nil, "\(count)") }
    }

    @Test func `numbers that fit no file are refused, whatever they are`() {
        let file = TokenizedFile([LabeledText(text: "a", label: "b", line: 1)]) { _ in [1, 2, 3] }
        let bytes = file.encoded
        for index in bytes.indices {
            for value in [UInt8(0), 0x7F, 0xFF] {
                var other = bytes
                other[index] = value
                // It is the checksum that finds wrong tokens; what is asked here is that nothing is read out of bounds.
                guard let read = other.withUnsafeBytes({ TokenizedFile($0) }) else { continue }
                #expect(read.tokens.count == 3 && read.offsets == [0, 3] && read.labels == [0])
            }
        }
    }

    @Test func `what comes from the cache is what tokenizing gives`() throws {
        let fresh = try data(cached: false)
        #expect(files.isEmpty)
        for _ in 0..<2 {
            let kept = try data()
            #expect(kept.training == fresh.training && kept.validation == fresh.validation)
            #expect(kept.fingerprint == fresh.fingerprint)
            #expect(files.count == 1)
        }
    }

    @Test func `it is read from the cache indeed`() throws {
        // What the key names is what comes back, be it what tokenizing gives or not.
        let settings = try model.settings()
        var source = TokenizedData(ClassificationTask.self, settings, cache: cache)
        let marked = TokenizedFile([LabeledText(text: "x", label: "a", line: 1), LabeledText(text: "y", label: "b", line: 2)]) {
            _ in [7, 8]
        }
        let key = try #require(source.key(of: settings.trainingSource))
        try marked.encoded.withUnsafeBytes { try cache.write($0, as: key) }
        #expect(try source.read(settings.trainingSource) == marked)
        #expect(try source.trainingTask().head.outputCount == 2)
    }

    @Test func `another length, other data and another vocabulary have files of their own`() throws {
        _ = try data()
        #expect(try data(["max_length": .int(5)]).training == data(["max_length": .int(5)], cached: false).training)
        #expect(files.count == 2)
        for name in ["train.jsonl", "vocab.txt"] {
            let text = String(decoding: try #require(model.folder.contents(name)), as: UTF8.self)
            try model.folder.write(text.replacing("film", with: "plot"), as: name)
            #expect(try data().training == data(cached: false).training)
        }
        #expect(files.count == 4)
        try model.folder.write(#"{"do_lower_case": false}"#, as: "tokenizer_config.json")
        #expect(try data().training == data(cached: false).training)
        #expect(files.count == 5)
    }

    @Test func `damage is as if nothing were there`() throws {
        let fresh = try data()
        let whole = try #require(model.folder.contents("cache/" + files[0]))
        for damaged in [Data(), whole.prefix(whole.count - 1), Data(whole.reversed()), whole + whole] {
            try damaged.write(to: URL(filePath: cache.path + "/" + files[0]))
            #expect(try data().training == fresh.training)
            #expect(model.folder.contents("cache/" + files[0]) == whole)
        }
    }

    @Test(arguments: [false, true])
    func `a label that training never shows is named with its line, from the cache too`(isCached: Bool) throws {
        try model.folder.write(
            #"{"text": "good", "label": "positive"}"# + "\n\n" + #"{"text": "bad", "label": "zebra"}"# + "\n", as: "other.jsonl"
        )
        let path = model.folder.path + "/other.jsonl"
        if isCached {
            var source = TokenizedData(ClassificationTask.self, try model.settings(), cache: cache)
            _ = try source.read(DataSource(path: path))
            source.save()
            #expect(files.count == 1)
        }
        let settings: [String: SettingValue] = ["validation": .string(path)]
        let plain = #expect(throws: InputError.self) { try data(settings, cached: false) }
        let error = #expect(throws: InputError.self) { try data(settings) }
        #expect(error == plain)
        #expect(plain?.description.contains("other.jsonl:") == true)
    }

    @Test func `data that went bad are read again, and the message is the reader's`() throws {
        _ = try data()
        try model.folder.write("{no json\n", as: "train.jsonl")
        let error = #expect(throws: InputError.self) { try data() }
        #expect(error?.description.contains("train.jsonl:1") == true)
        try FileManager.default.removeItem(atPath: model.folder.path + "/train.jsonl")
        #expect(throws: InputError.self) { try data() }
    }

    @Test func `where nothing can be written nothing is lost`() throws {
        let settings = try model.settings()
        var source = TokenizedData(ClassificationTask.self, settings, cache: CacheFolder("/dev/null/cache"))
        let unkept = try TaskData(ClassificationTask.self, settings, from: &source)
        source.save()
        #expect(unkept.training == (try data(cached: false)).training)
    }
}
