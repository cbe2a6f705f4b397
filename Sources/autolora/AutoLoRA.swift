import ArgumentParser

@main
struct AutoLoRA: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "autolora",
        abstract: "Finds the best LoRA fine-tuning configuration for a model and data.",
        version: version,
        subcommands: [
            RunCommand.self, ResumeCommand.self, StatusCommand.self, TrialsCommand.self, LogCommand.self, BestCommand.self,
            ExportCommand.self, VerifyCommand.self, CheckCommand.self, ListCommand.self, DoctorCommand.self, TrainCommand.self,
            EvaluateCommand.self, TokenizeCommand.self, SuperviseCommand.self,
        ])

    static func main() async {
        PathArguments.requireText()
        await main(nil)
    }
}
