import Checkpoints

/// Which modules of a model a configuration adapts.
package enum AdapterPlacement {
    /// Trainable parameters, the head included as PEFT counts them, from config.json alone.
    package static func trainableParameterCount(
        modelFolder: String, labelCount: Int, lora: LoRAConfiguration
    ) throws -> Int {
        throw CheckpointError(path: modelFolder, problem: "models cannot be read yet")
    }
}
