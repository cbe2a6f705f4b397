import Foundation
import Testing
import TrainerSettings

@testable import Conversions

/// What a form cannot express is refused, with the form that can.
@Suite struct FormRefusalTests {
    @Test func `what a form has no room for is refused with the form that has`() throws {
        func check(_ trial: SmallTrial, _ form: String, _ words: String...) throws {
            let refusal = try trial.refusal(form)
            for word in words { #expect(refusal?.contains(word) == true, "\(form): \(refusal ?? "written")") }
            #expect(!FileManager.default.fileExists(atPath: trial.output), "something is left of it")
        }
        let dora = try SmallTrial(SmallTrial.llama, ["use_dora": .bool(true)])
        for form in ["gguf-lora", "vllm"] { try check(dora, form, "DoRA", "take --format merged or gguf") }
        let classifier = try SmallTrial(SmallTrial.bert, classes: ["a", "b"])
        for form in ["gguf-lora", "vllm", "mlx"] { try check(classifier, form, "head", "take --format merged") }
        try check(classifier, "gguf", "classifies", "merged")
        let whole = try SmallTrial(SmallTrial.llama, ["modules_to_save": .array([.string("gate_proj")])])
        for form in ["gguf-lora", "vllm", "mlx"] { try check(whole, form, "gate_proj", "modules_to_save") }
        let prompt = try SmallTrial(
            SmallTrial.llama, ["finetuning_type": .string("prompt_tuning"), "num_virtual_tokens": .int(3)])
        for form in ["merged", "gguf", "mlx"] { try check(prompt, form, "prompt_tuning") }
    }

    @Test(arguments: ["mlx", "vllm"])
    func `an adapter for programs that load no GGUF file is refused on one`(form: String) throws {
        let trial = try SmallTrial(SmallTrial.gguf)
        let refusal = try trial.refusal(form)
        #expect(refusal?.contains("is a GGUF file") == true && refusal?.contains("take --format merged") == true)
        #expect(!FileManager.default.fileExists(atPath: trial.output))
    }
}
