import Foundation
import SearchSpaces
import SpaceFiles
import TestSupport
import Testing
import TrainerSettings
import Trainers

@testable import BuiltInTrainer

/// Studies of what is tuned otherwise than by LoRA.
@Suite struct OtherTypesTests {
    private let temporary: TemporaryFolder

    init() throws {
        temporary = try TemporaryFolder()
        try temporary.addTinyModel()
    }

    @Test func `LoRA's recipes are for LoRA, and what a step takes hangs on the type`() {
        func traits(_ settings: [String: SettingValue]) -> TrainerTraits { TrainerSpecification.lora(settings).traits }
        #expect(traits([:]).loraRank == 8 && traits(["r": .int(32)]).loraRank == 32)
        #expect(traits(["finetuning_type": .string("lora"), "r": .int(4)]).loraRank == 4)
        for type in TrainerSettings.FinetuningType.allCases where type != .lora {
            #expect(traits(["finetuning_type": .string(type.rawValue)]).loraRank == nil, "\(type)")
        }
        #expect(traits([:]).pace.contains("finetuning_type"))
    }

    /// The model has positions for 16 tokens. More values than are tried: one of the ends alone may be too much.
    @Test(
        arguments: [
            ("max_length: 12", "num_virtual_tokens: {min: 1, max: 5}", 5),
            ("max_length: 12", "num_virtual_tokens: {min: 1, max: 4}", nil),
            ("num_virtual_tokens: 6", "max_length: {min: 3, max: 11}", 6),
            ("num_virtual_tokens: 6", "max_length: {min: 3, max: 10}", nil),
            (nil, "num_virtual_tokens: {min: 1, max: 9}\n  max_length: {min: 3, max: 8}", 9),
            (nil, "num_virtual_tokens: {min: 1, max: 9}\n  max_length: {min: 3, max: 7}", nil),
        ] as [(String?, String, Int?)])
    func `the ends of wide ranges have to fit the model together`(fixed: String?, searched: String, refused: Int?) throws {
        // So many combinations that not all are tried.
        let many = "seed: {min: 1, max: 100000}"
        let text = """
            metric: {name: eval_loss, goal: minimize}
            trainer:
              {model: model, train: train.jsonl, validation: train.jsonl, finetuning_type: prompt_tuning, max_steps: 4\(
                fixed.map { ", " + $0 } ?? "")}
            parameters:
              learning_rate: {distribution: log_uniform_values, min: 1e-3, max: 1e-1}
              \(many)
              \(searched)

            """
        let file = try SpaceFile(
            text: text, SpaceFilePlace(file: "space.yaml", folder: temporary.path), trainers: TrainerList.standard.types)
        func check() throws { _ = try LoRAPreflight(file.specification, file: file).run() }
        guard let refused else { return try check() }
        let error = #expect(throws: SpaceFileError.self) { try check() }
        let words = error.map { "\($0)" } ?? ""
        #expect(words.contains("num_virtual_tokens \(refused) leaves room for texts of \(16 - refused) tokens"), "\(words)")
    }
}
