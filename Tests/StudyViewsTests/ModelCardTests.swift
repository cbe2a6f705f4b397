import Foundation
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

@testable import StudyViews

/// The card at the head of an exported adapter's README, and what is read back of it.
@Suite struct ModelCardTests {
    private let recorded: RecordedStudy
    private var temporary: TemporaryFolder { recorded.temporary }

    init() throws {
        recorded = try RecordedStudy("reviews")
        try recorded.add(0, value: 0.8, ["loss": 0.2, "eval_accuracy_se": 0.01])
    }

    private func card(_ data: [DataFact] = []) throws -> ModelCard {
        let origin = ModelCard.Origin(version: "1.2.3", date: 1000, data: data)
        return ModelCard(try BestTrial(recorded.store), try recorded.store.study(), origin)
    }

    private func folder(_ readme: String, _ name: String = "adapter") throws -> String {
        _ = try temporary.write(readme, to: name + "/README.md")
        _ = try temporary.write(#"{"r": 8}"#, to: name + "/adapter_config.json")
        return temporary.path + "/" + name
    }

    @Test func `a card says where its adapter is from, and is read back as it was`() throws {
        var data = DataFact(part: "train", path: "train.jsonl")
        (data.rows, data.digest, data.labels) = (2, "abc", ["yes": 1, "no": 1])
        let card = try card([data])
        let read = try #require(try ModelCard(folder: try folder(card.added(to: nil))))
        #expect(read.values == card.values)
        #expect(read.study == "reviews" && read.trial == 0 && read.value == 0.8 && read.metric?.name == "eval_accuracy")
        #expect(read.text("exported") == "1970-01-01T00:16:40Z" && read.values["standard_error"] == .double(0.01))
        #expect(Contender(try #require(ExportedAdapter(temporary.path + "/adapter"))).training.data["train"]?.digest == "abc")
    }

    @Test func `a head that is there keeps what it says, and one card alone is in it`() throws {
        let readme = "---\nlibrary_name: peft\nlicense: mit\n---\n# Mine\n"
        let card = try card()
        let once = card.added(to: readme)
        #expect(once.hasPrefix("---\nlibrary_name: peft\nlicense: mit\nautolora: {") && once.hasSuffix("}\n---\n# Mine\n"))
        #expect(card.added(to: once) == once)
        #expect(card.added(to: "# Bare\n").hasSuffix("\n---\n# Bare\n"))
    }

    @Test func `what is no card or a damaged one is told apart`() throws {
        #expect(try ModelCard(folder: try folder("# Nothing\n", "a")) == nil)
        #expect(try ModelCard(folder: try folder("---\nlibrary_name: peft\n---\nautolora: {}\n", "b")) == nil)
        let damaged = try folder("---\nautolora: {\"study\": \n---\n", "c")
        #expect(throws: JSONInputError.self) { try ModelCard(folder: damaged) }
        #expect(try #require(ExportedAdapter(damaged)).problem != nil)
        #expect(ExportedAdapter(temporary.path) == nil)
    }

    @Test func `a whole model with a card is in the registry, and its card says what loads it`() throws {
        let card = try card()
        let readme = card.added(to: nil, library: "transformers")
        #expect(readme.contains("library_name: transformers\n") && !readme.contains("peft"))
        _ = try temporary.write("---\nbase_model: \"base\"\n" + readme.dropFirst(4), to: "all/merged/README.md")
        _ = try temporary.write("{}", to: "all/merged/config.json")
        _ = try temporary.write("---\nlicense: mit\n---\n", to: "all/other/README.md")
        _ = try folder(card.added(to: nil), "all/adapter")
        let registry = try AdapterRegistry(temporary.path + "/all")
        #expect(registry.adapters.map(\.form) == ["adapter", "whole model"])
        #expect(registry.adapters.map(\.baseModel) == [nil, "base"] && registry.adapters.allSatisfy { $0.problem == nil })
        #expect(registry.text.contains("whole model  reviews"))
        let problem = #expect(throws: StudyViewError.self) { try AdapterRegistry(temporary.path + "/all/merged/config.json") }
        #expect(problem?.description.contains("is a file") == true)
    }

    @Test func `adapters of other data are not compared without a warning`() throws {
        func adapter(_ name: String, _ digest: String) throws -> Contender {
            var data = DataFact(part: "validation", path: "v.jsonl")
            data.digest = digest
            return Contender(try #require(ExportedAdapter(try folder(try card([data]).added(to: nil), name))))
        }
        let (one, same, other) = (try adapter("one", "aa"), try adapter("same", "aa"), try adapter("other", "bb"))
        #expect(Comparison(one, other).sentences[0].contains("data are not the same (validation)"))
        #expect(Comparison(one, same).sentences[0] == "both have the same eval_accuracy")
        #expect(Comparison(one, same).sentences.count == 1, "no difference has no noise to be held against")
        #expect(Comparison(one, same).isMoreThanNoise == nil)
    }
}
