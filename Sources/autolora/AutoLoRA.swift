import ArgumentParser
import CStartup
import Dispatch
import Foundation

@main
enum Program {
    /// Not asynchronous: that would begin with threads, which a limit may keep from being made.
    static func main() {
        if let lack = lacks_at_startup() {
            let words = "autolora: \(String(cString: lack))\n"
            _ = words.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            exit(1)
        }
        Task {
            await AutoLoRA.start()
            exit(0)
        }
        dispatchMain()
    }
}

struct AutoLoRA: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "autolora",
        abstract: "Finds the best LoRA fine-tuning configuration for a model and data.",
        version: version,
        subcommands: [
            RunCommand.self, ResumeCommand.self, StatusCommand.self, TrialsCommand.self, LogCommand.self, BestCommand.self,
            StopCommand.self, PruneCommand.self, EnqueueCommand.self, WorkersCommand.self, NoteCommand.self, TagCommand.self,
            ConfirmCommand.self, ExportCommand.self, ImportCommand.self, VerifyCommand.self, CheckCommand.self,
            InitCommand.self, DataCommand.self, RanksCommand.self, ImportanceCommand.self, PlotCommand.self, ReportCommand.self,
            CompareCommand.self, MergeCommand.self,
            ListCommand.self, DashboardCommand.self, DoctorCommand.self,
            TrainCommand.self,
            GenerateCommand.self, PredictCommand.self, ServeCommand.self, EvaluateCommand.self, TokenizeCommand.self,
            SuperviseCommand.self, WorkCommand.self,
        ])

    /// Does what the command line says; what is wrong with that is printed clean, whatever stands in it.
    static func start() async {
        PathArguments.requireText()
        do {
            var command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            let (text, code) = (fullMessage(for: error), exitCode(for: error))
            if !text.isEmpty { if code == .success { Console.print(data: text + "\n") } else { Console.error(text) } }
            exit(withError: code)
        }
    }
}
