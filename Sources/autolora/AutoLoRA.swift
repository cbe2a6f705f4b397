import ArgumentParser

@main
struct AutoLoRA: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autolora",
        abstract: "Finds the best LoRA fine-tuning configuration for a model and data.",
        version: "0.1.0")
}
