import FoundationEssentials
import StudyStore
import StudyViews
import TrainerSettings

/// A trial's settings for a trainer of others: a folder with its configuration, and with what runs it as a trial of that type is run.
struct ForeignExport: ExportFormat {
    let name: String
    let summary = "a folder with the configuration for that trainer, and run.sh"
    let content = ExportContent.configuration
    let target: ExportTarget

    /// - Parameter file: in which the trainer has its configuration.
    private init(_ name: String, file: String) {
        self.name = name
        target = .folder(
            mark: "run.sh",
            files: [
                "run.sh", "config.json", file, "bridge.py", "bridge_mlx.py", "autolora_trial.py", "peft_train.py",
                "dataset_info.json", "chat_template.jinja",
            ])
    }

    static let all = [
        ForeignExport("peft-script", file: "config.json"), ForeignExport("trl", file: "trainer.yaml"),
        ForeignExport("llama-factory", file: "trainer.yaml"), ForeignExport("axolotl", file: "trainer.yaml"),
        ForeignExport("mlx-lm", file: "trainer.yaml"),
    ]

    func write(_ source: ExportSource, to draft: String) throws {
        guard let files = source.configuration else {
            throw ExportError("--format \(name): this study's trainer is none whose settings are known; take --format json")
        }
        let texts: [String: String]
        do { texts = try files(name) } catch { throw ExportError("--format \(name): \(error)") }
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false)
        let worth = try TrialWorth(source.best, source.store.study()).comment
        for (file, text) in texts {
            let whole = file == "trainer.yaml" ? worth + text : text
            try AtomicFile.write([Data(whole.utf8)], to: draft + "/" + file)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: draft + "/run.sh")
    }

    func verify(_ draft: String, of source: ExportSource) throws {
        _ = try JSONInput.object(file: draft + "/config.json")
        guard FileManager.default.fileExists(atPath: draft + "/run.sh") else { throw ExportError("\(draft): has no run.sh") }
    }
}
