import Backbones
import Checkpoints
import Finetuning
import Foundation
import Layers
import Methods
import Tasks
import Testing
import TrainerSettings

/// Which class is which, wherever an adapter goes.
@Suite struct AdapterLabelTests {
    private let lora = LoRAConfiguration(rank: 2, alpha: 4)

    private func classifier(_ labels: [String], from folder: String? = nil, seed: UInt64 = 1) throws -> TunedModel {
        try TunedModel(modelFolder: Fixture.model, labels: labels, lora: lora, seed: seed, initAdapter: folder)
    }

    /// Of each sequence, by label.
    private func scores(_ classifier: TunedModel) throws -> [[String: Float]] {
        let logits = try classifier.logits(Fixture.batch)
        let width = classifier.labels.count
        return stride(from: 0, to: logits.count, by: width).map { start in
            Dictionary(uniqueKeysWithValues: zip(classifier.labels, logits[start..<(start + width)]))
        }
    }

    @Test func `an adapter whose labels were numbered as texts goes on with each label's own row`() throws {
        try withTemporaryFolder { folder in
            let early = try classifier(["0", "1", "10", "11", "2"])
            for (place, value) in early.parameters.entries.suffix(1).flatMap(\.range).enumerated() {
                early.parameters.values[value] = Float(place) / 4
            }
            try early.saveAdapter(to: folder, baseModel: "m")
            let late = try classifier(["0", "1", "2", "10", "11"], from: folder, seed: 2)
            #expect(try scores(late) == scores(early))
            #expect(
                try classifier(["0", "1", "10", "11", "2"], from: folder, seed: 2).logits(Fixture.batch)
                    == early.logits(Fixture.batch))
        }
    }

    @Test func `of a head with a layer before its last one only the last one's rows are the labels'`() throws {
        // As many labels as the layer is wide: shapes alone do not tell.
        let labels = (0..<16).map { "\($0)" }
        let base = try #require(Fixture.encoders.first).base
        func classifier(_ labels: [String], from folder: String? = nil) throws -> TunedModel {
            try TunedModel(modelFolder: base, labels: labels, lora: lora, seed: 3, initAdapter: folder)
        }
        try withTemporaryFolder { folder in
            let early = try classifier(labels.sorted())
            try early.saveAdapter(to: folder, baseModel: "m")
            let late = try classifier(labels, from: folder)
            #expect(try scores(late) == scores(early))
            let names = early.parameters.entries.map(\.name).filter { !$0.contains("lora") }
            #expect(
                names
                    == ["dense.weight", "dense.bias", "out_proj.weight", "out_proj.bias"].map {
                        "base_model.model.classifier." + $0
                    })
        }
    }

    @Test func `1,0 and 1 are one label there too`() throws {
        try withTemporaryFolder { folder in
            let early = try classifier(["1.0", "0.0"])
            try early.saveAdapter(to: folder, baseModel: "m")
            let (was, now) = (try scores(early), try scores(classifier(["0", "1"], from: folder, seed: 2)))
            #expect(now.map { $0["1"] } == was.map { $0["1.0"] } && now.map { $0["0"] } == was.map { $0["0.0"] })
        }
    }

    @Test func `other labels are refused, with both lists; without a labels file classes go by their numbers`() throws {
        try withTemporaryFolder { folder in
            let early = try classifier(["a", "b", "c"])
            try early.saveAdapter(to: folder, baseModel: "m")
            for other in [["a", "b", "x"], ["a", "b"], ["a", "b", "c", "d"]] {
                let error = #expect(throws: CheckpointError.self) { try classifier(other, from: folder) }
                #expect(error?.path == folder + "/labels.json")
                #expect(
                    error?.problem.hasPrefix("has the labels a, b, c, the training data \(other.joined(separator: ", "));")
                        == true)
            }
            try FileManager.default.removeItem(atPath: folder + "/labels.json")
            #expect(
                try classifier(["x", "y", "z"], from: folder, seed: 2).logits(Fixture.batch) == early.logits(Fixture.batch))
        }
    }

    @Test(arguments: [
        "[1]", "{}", #"{"id2label": {"0": "a", "2": "b", "3": "c"}}"#, #"{"id2label": {"0": 1, "1": "b", "2": "c"}}"#,
    ])
    func `a damaged labels file starts nothing`(text: String) throws {
        try withTemporaryFolder { folder in
            try classifier(["a", "b", "c"]).saveAdapter(to: folder, baseModel: "m")
            try Data(text.utf8).write(to: URL(filePath: folder + "/labels.json"))
            let error = #expect(throws: CheckpointError.self) { try classifier(["a", "b", "c"], from: folder) }
            #expect(error?.path.hasPrefix(folder + "/labels.json") == true)
        }
    }

    @Test func `names can be anything, and the words about them stay on their line`() throws {
        try withTemporaryFolder { folder in
            try classifier(["a\n# b", "\"c\"\\"]).saveAdapter(to: folder, baseModel: "m")
            #expect(try LabelFile(adapterFolder: folder).names() == ["a\n# b", "\"c\"\\"])
            let readme = try String(contentsOfFile: folder + "/README.md", encoding: .utf8)
            #expect(!readme.contains("\n# b") && readme.contains("Their names are in labels.json."))
        }
    }
}
