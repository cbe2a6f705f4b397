import Checkpoints
import Testing
import TrainerSettings

@testable import Tasks

@Suite struct SplitTests {
    private let model: TinyModel

    init() throws { model = try TinyModel() }

    private static let shares: SettingValue = .object(["validation": .double(0.2), "test": .double(0.1), "by": .string("hash")])

    /// Rows enough that every share has some, each second text twice.
    private func rows(_ count: Int = 600) -> String {
        (0..<count).map { "{\"body\": \"film \($0 / 3 * 2) \", \"stars\": \($0 / 3 % 3)}\n" }.joined()
    }

    private func settings(_ more: [String: SettingValue] = [:]) throws -> TrainerSettings {
        let file = try model.folder.write(rows(), as: "all.jsonl")
        let split: [String: SettingValue] = [
            "train": .string(file), "validation": .null, "split": Self.shares, "text_column": .string("body"),
            "label_column": .string("stars"),
        ]
        return try model.settings(split.merging(more) { $1 })
    }

    private func part(_ part: DataPart, _ settings: TrainerSettings) throws -> [LabeledText] {
        try DataFile(try #require(settings.source(of: part)), settings.columns, check: ClassificationTask.check).examples
    }

    @Test func `each row is in one part, equal texts in the same, and the shares are about what was asked`() throws {
        let settings = try settings()
        let parts = try DataPart.allCases.map { try part($0, settings) }
        #expect(parts.map(\.count).reduce(0, +) == 600)
        #expect(Set(parts.joined().map(\.line)).count == 600)
        let texts = parts.map { Set($0.map(\.text)) }
        #expect(
            texts[0].isDisjoint(with: texts[1]) && texts[0].isDisjoint(with: texts[2]) && texts[1].isDisjoint(with: texts[2]))
        for (part, share) in zip(parts, [0.7, 0.2, 0.1]) {
            #expect(abs(Double(part.count) / 600 - share) < 0.07, "\(part.count)")
        }
        let summary = try ClassificationSummary(settings)
        #expect(DataPart.allCases.map { summary.whole.rows[$0] } == parts.map(\.count))
        #expect(summary.labels == ["0", "1", "2"] && summary.remarks.isEmpty, "\(summary.remarks)")
    }

    @Test func `a text's place hangs on the text alone, not on spaces around it, and never changes`() {
        func place(_ text: String) -> Double { LabeledText(text: text, label: "x", line: 1).place }
        #expect(place("a film") == place(" a film\t\n") && place("a film") != place("a  film"))
        // Another version must put every text where this one does.
        #expect([place(""), place("a film"), place("漢")].map { Int($0 * 1e9) } == [936_769_448, 210_551_532, 591_269_976])
        #expect(place("  ") == place(""))
    }

    @Test func `another share of validation leaves the test part as it is, and new rows move none`() throws {
        let settings = try settings()
        let other = try self.settings(["split": .object(["validation": .double(0.3), "test": .double(0.1)])])
        #expect(try part(.test, settings) == part(.test, other))
        let before = try part(.validation, settings).map(\.text)
        try model.folder.write("{\"body\": \"new\", \"stars\": 1}\n" + rows(), as: "all.jsonl")
        #expect(try part(.validation, settings).map(\.text).filter { $0 != "new" } == before)
    }

    @Test func `a test file may stand beside a share of validation`() throws {
        let file = try model.folder.write("{\"body\": \"x\", \"stars\": 1}\n", as: "test.jsonl")
        let settings = try settings(["test": .string(file), "split": .object(["validation": .double(0.2)])])
        #expect(settings.source(of: .test) == DataSource(path: file))
        #expect(try ClassificationSummary(settings).whole.rows[.test] == 1)
    }

    @Test func `a share that gets no row, and a label that training does not, are said`() throws {
        let few = try model.folder.write("{\"body\": \"a\", \"stars\": 1}\n{\"body\": \"b\", \"stars\": 0}\n", as: "few.jsonl")
        let none = #expect(throws: InputError.self) { try ClassificationSummary(settings(["train": .string(few)])) }
        #expect(none?.problem.contains("of its 2 rows falls into the share from ") == true, "\(none as Any)")
        let held = try #require(part(.test, settings()).first)
        try model.folder.write(rows() + "{\"body\": \"\(held.text)\", \"stars\": 9}\n", as: "rare.jsonl")
        let rare = #expect(throws: InputError.self) {
            try ClassificationSummary(settings(["train": .string(model.folder.path + "/rare.jsonl")]))
        }
        #expect(
            rare?.description.contains("rare.jsonl:601: label '9' does not occur in the rows to train on") == true,
            "\(rare as Any)")
    }

    @Test func `each part and each way to read it has a cache of its own`() throws {
        let cache = CacheFolder(model.folder.path + "/cache")
        func key(_ settings: TrainerSettings, _ part: DataPart) throws -> CacheKey? {
            TokenizedData(ClassificationTask.self, settings, cache: cache).key(of: try #require(settings.source(of: part)))
        }
        let settings = try settings()
        var keys = try DataPart.allCases.map { try key(settings, $0) }
        let others: [[String: SettingValue]] = [
            ["split": .object(["validation": .double(0.25)])], ["text_column": .string("title")],
            ["label_column": .string("mark")],
            ["separator": .string(";")], ["quoting": .string("off")], ["quoting": .string("on")],
        ]
        for other in others { keys.append(try key(self.settings(other), .train)) }
        #expect(!keys.contains(nil) && Set(keys).count == keys.count)
        // A name cannot be made to read as another setting.
        let odd = try key(self.settings(["text_column": .string("body\", label \"stars")]), .train)
        #expect(!keys.contains(odd))
    }

    @Test func `a trial trains on its part, is compared by another, and never sees the third`() throws {
        let settings = try settings(["max_length": .int(8)])
        var cached = TokenizedData(ClassificationTask.self, settings, cache: CacheFolder(model.folder.path + "/cache"))
        var plain = TokenizedData(ClassificationTask.self, settings, cache: nil)
        let data = try TaskData(ClassificationTask.self, settings, from: &cached)
        cached.save()
        #expect(try data.training == TaskData(ClassificationTask.self, settings, from: &plain).training)
        #expect(data.training.count == (try part(.train, settings).count))
        #expect(data.validation.count == (try part(.validation, settings).count))
    }
}
